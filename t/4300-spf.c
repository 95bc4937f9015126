/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPF by cases: t/spf.cases, or the file that is named. Lines:
 *
 *   zone NAME             begins a new zone, without records
 *   NAME TYPE rdata       a record of it (wrap/dns.h)
 *   case NAME CLIENT HELO SENDER RESULT[,RESULT] [MECHANISM]
 *
 * SENDER <> is the null sender; a blank in a HELO or SENDER is written \x20.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/spf.h"

static struct slice
read_file(void *mem, const char *path)
{
	FILE *in = fopen(path, "r");
	struct buf all = BUF(mem);
	char block[4096];
	size_t n;

	while (in != NULL && (n = fread(block, 1, sizeof(block), in)) > 0)
		buf_add(&all, block, n);
	if (in != NULL)
		fclose(in);
	return buf_view(&all);
}

static char *
word(void *mem, struct slice *rest)
{
	struct slice found = SLICE("");
	struct buf out = BUF(mem);

	slice_word(rest, " \t", &found);
	if (slice_is(found, "<>"))
		return mem_strdup(mem, "");
	buf_text(&out, "");
	for (size_t i = 0; i < found.len; i++) {
		if (slice_starts(slice_from(found, i), "\\x20")) {
			buf_char(&out, ' ');
			i += 3;
		} else {
			buf_char(&out, found.data[i]);
		}
	}
	return out.data;
}

static bool
is_one_of(struct slice list, const char *result)
{
	struct slice item;

	while (slice_word(&list, ",", &item))
		if (slice_is(item, result))
			return true;
	return false;
}

static void
run_case(struct slice zone, struct slice line)
{
	void *mem = mem_context(NULL, "case");
	struct err err = { .text = "" };
	struct dns_source *source = dns_table(mem, zone, &err);
	struct dns *dns = dns_new(mem, source, 1000);
	const char *name = word(mem, &line);
	const char *client = word(mem, &line), *helo = word(mem, &line);
	const char *sender = word(mem, &line);
	const struct slice wanted = slice_of(word(mem, &line));
	const char *mechanism = word(mem, &line), *result;
	const struct spf_question question = { client, helo, sender };
	struct auth_spf got;

	if (source == NULL)
		tap_ok(false, "%s: zone: %s", name, err.text);
	dns_begin(dns);
	spf_check(mem, dns, &question, &got);
	result = auth_result_name(got.result);
	tap_ok(is_one_of(wanted, result), "%s: %.*s", name, (int)wanted.len,
	       wanted.data);
	if (!is_one_of(wanted, result))
		tap_note("%s (%s): %s", result, got.mechanism, got.why);
	if (mechanism[0] != '\0')
		tap_is(got.mechanism, mechanism, "by that mechanism");
	mem_free(mem);
}

int
main(int argc, char **argv)
{
	void *mem = mem_context(NULL, "test");
	const char *path = argc > 1 ? argv[1] : "t/spf.cases";
	struct slice rest = read_file(mem, path), line;
	struct buf zone = BUF(mem);

	tap_ok(rest.len > 0, "%s is read", path);
	buf_text(&zone, "");
	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (slice_starts(line, "zone ")) {
			buf_reset(&zone);
		} else if (slice_starts(line, "case ")) {
			run_case(buf_view(&zone), slice_from(line, 5));
		} else {
			buf_slice(&zone, line);
			buf_char(&zone, '\n');
		}
	}
	mem_free(mem);
	return tap_done();
}
