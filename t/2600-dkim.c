/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DKIM and ARC over the signed mails of t/dkim, whose names begin with the
 * result; python3-dkim made them, with keys of their own. Then over
 * Mail::DKIM's messages, where they are at hand.
 *
 * 2600-dkim --arc ZONE MAIL...: prints what each chain is, for the ARC suite.
 */
#include "tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/arc.h"
#include "mail/dkim.h"
#include "mail/taglist.h"
#include "wrap/crypto.h"

#define OTHERS "../shared/hostile/dkim"
#define NOW 1795400000 /* 2026-11 */

static struct slice
file_bytes(void *mem, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct buf bytes = BUF(mem);
	char piece[4096];
	size_t got;

	if (file == NULL)
		return SLICE_NONE;
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(&bytes, piece, got);
	fclose(file);
	return buf_view(&bytes);
}

static struct dns *
zone(void *mem, struct slice text)
{
	struct err err = { .kind = ERR_NONE };
	struct dns_source *source = dns_table(mem, text, &err);
	struct dns *dns;

	if (source == NULL) {
		tap_ok(false, "the zone is read: %s", err.text);
		exit(tap_done());
	}
	dns = dns_new(mem, source, 200);
	dns_begin(dns);
	return dns;
}

static const struct dkim_results *
verify(void *mem, struct slice mail, struct slice keys, unsigned bits)
{
	static struct dkim_settings settings;

	settings = (struct dkim_settings){ .key_bits = bits, .now = NOW };
	return dkim_finish(dkim_begin(mem, message_parse(mem, mail, NULL),
				      zone(mem, keys), &settings));
}

static const struct arc_results *
verify_arc(void *mem, struct slice mail, struct slice keys)
{
	static const struct dkim_settings settings = { .now = NOW };

	return arc_finish(arc_begin(mem, message_parse(mem, mail, NULL),
				    zone(mem, keys), &settings));
}

/* "pass-pass" for two signatures. */
static const char *
results_text(void *mem, const struct dkim_results *results)
{
	struct buf text = BUF(mem);

	for (size_t i = 0; i < results->count; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : "-",
			   auth_result_name(results->items[i]->result));
	return buf_string(&text);
}

/* CRLF as SMTP has it, and LF as files have it. */
static struct slice
without_cr(void *mem, struct slice mail)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < mail.len; i++)
		if (mail.data[i] != '\r')
			buf_char(&out, mail.data[i]);
	return buf_view(&out);
}

static void
test_mail(void *mem, const char *name, struct slice mail, struct slice keys)
{
	const struct dkim_results *results = verify(mem, mail, keys, 0);
	const char *got = results_text(mem, results);
	size_t len = strlen(got);

	tap_ok(len > 0 && strncmp(name, got, len) == 0, "%s: %s%s%s", name, got,
	       results->count > 0 && results->items[0]->why[0] ? ", " : "",
	       results->count > 0 ? results->items[0]->why : "");
	for (size_t i = 0; i < results->count; i++)
		if (results->items[i]->result != AUTH_PASS &&
		    results->items[i]->why[0] == '\0')
			tap_ok(false, "%s: it does not say why", name);
}

static void
test_chain(void *mem, const char *name, struct slice mail, struct slice keys)
{
	const struct arc_results *results = verify_arc(mem, mail, keys);
	const char *got = auth_result_name(results->result);

	tap_ok(strncmp(name + strlen("arc-"), got, strlen(got)) == 0,
	       "%s: %s%s%s", name, got, results->why[0] ? ", " : "",
	       results->why);
}

static int
is_mail(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".eml") == 0;
}

static void
test_own(void)
{
	void *all = mem_context(NULL, "own");
	struct slice keys = file_bytes(all, "t/dkim/keys.zone");
	struct dirent **entries;
	int count = scandir("t/dkim", &entries, is_mail, alphasort);

	tap_ok(count > 40, "t/dkim holds %d mails", count);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		void *mem = mem_context(all, name);
		struct slice mail = file_bytes(mem, mem_printf(mem, "t/dkim/%s",
							       name));
		bool arc = strncmp(name, "arc-", 4) == 0;

		(arc ? test_chain : test_mail)(mem, name, mail, keys);
		(arc ? test_chain : test_mail)(mem, name, without_cr(mem, mail),
					       keys);
		mem_free(mem);
	}
	mem_free(all);
}

static void
test_details(void *mem)
{
	struct slice keys = file_bytes(mem, "t/dkim/keys.zone");
	const struct dkim_results *results;
	const struct dkim_signature *one;
	struct buf many = BUF(mem);

	results =
		verify(mem, file_bytes(mem, "t/dkim/pass-length.eml"), keys, 0);
	tap_is_int((long long)results->items[0]->unsigned_bytes, 35,
		   "what was added behind l= is counted, two empty lines too");
	one = verify(mem, file_bytes(mem, "t/dkim/pass-identity.eml"), keys,
		     0)->items[0];
	tap_is(one->identity, "ada=lovelace@mail.author.example",
	       "i= is decoded");
	tap_is(one->domain, "author.example", "d=");
	tap_is(one->selector, "one", "s=");
	tap_is_int((long long)one->key_bits, 1024, "bits of the key");
	tap_is_int((long long)strlen(one->signature), 8,
		   "the beginning of b= is kept");
	one = verify(mem, file_bytes(mem, "t/dkim/policy-small.eml"), keys,
		     512)->items[0];
	tap_is(auth_result_name(one->result), "pass",
	       "with a smaller limit a small key will do");
	for (int i = 0; i < 30; i++)
		buf_text(&many, "DKIM-Signature: v=1; x\r\n");
	buf_text(&many, "\r\nx\r\n");
	results = verify(mem, buf_view(&many), keys, 0);
	tap_is_int((long long)results->count, DKIM_SIGNATURES_MAX,
		   "so many signatures are looked at");
	tap_is_int((long long)results->left_out, 20, "and the others counted");
	results = dkim_finish(dkim_begin(
		mem,
		message_parse(mem, file_bytes(mem, "t/dkim/pass-pass.eml"),
			      NULL),
		dns_new(mem, NULL, 10), &(struct dkim_settings){ .now = 1 }));
	tap_is_int(results->items[0]->result, AUTH_NOT_RUN,
		   "without a network nothing is said");
}

static void
test_trust(void *mem)
{
	struct slice keys = file_bytes(mem, "t/dkim/keys.zone");
	static const char *const list[] = { "other.example", "list.example" };
	static const char *const both[] = { "author.example", "list.example" };
	const char *sealer = "";
	const struct arc_results *one = verify_arc(mem,
		file_bytes(mem, "t/dkim/arc-pass-1.eml"), keys);
	const struct arc_results *two = verify_arc(mem,
		file_bytes(mem, "t/dkim/arc-pass-2.eml"), keys);
	const struct arc_results *bad = verify_arc(mem,
		file_bytes(mem, "t/dkim/arc-fail-body.eml"), keys);

	tap_is_int((long long)two->count, 2, "two sets");
	tap_is(two->sets[0].sealer, "list.example", "the first one's sealer");
	tap_ok(arc_vouches(one, list, 2, &sealer), "a trusted list vouches");
	tap_is(sealer, "list.example", "that one");
	tap_ok(!arc_vouches(one, list, 1, &sealer), "a stranger does not");
	tap_ok(!arc_vouches(two, list, 2, &sealer),
	       "nor does the list when a stranger came behind it");
	tap_ok(arc_vouches(two, both, 2, &sealer), "if both are trusted");
	tap_ok(!arc_vouches(bad, list, 2, &sealer),
	       "nobody vouches with a broken chain");
}

static void
test_tags(void *mem)
{
	struct taglist tags;
	struct slice list = SLICE(" a : b:c "), item;

	tap_ok(taglist_parse(SLICE("a=b; c = d e ;f=;"), &tags, NULL) == 0,
	       "tags");
	tap_is_int((long long)tags.count, 3, "three of them");
	tap_is_slice(taglist_get(&tags, "c"), "d e", "trimmed");
	tap_ok(taglist_get(&tags, "f").data != NULL &&
	       taglist_get(&tags, "f").len == 0, "empty is not absent");
	tap_ok(taglist_get(&tags, "g").data == NULL, "absent");
	tap_ok(taglist_parse(SLICE("a=b; a=c"), &tags, NULL) < 0, "twice");
	tap_ok(taglist_parse(SLICE("a"), &tags, NULL) < 0, "no value");
	tap_ok(taglist_parse(SLICE("a=1;;b=2"), &tags, NULL) < 0, "a gap");
	tap_ok(taglist_parse(SLICE("1a=1"), &tags, NULL) < 0, "a bad name");
	tap_ok(taglist_item(&list, &item) && slice_is(item, "a") &&
	       taglist_item(&list, &item) && slice_is(item, "b") &&
	       taglist_item(&list, &item) && slice_is(item, "c") &&
	       !taglist_item(&list, &item), "a list with colons");
	tap_is_slice(taglist_base64(mem, SLICE("aGVs\r\n bG8=")), "hello",
		     "base64, folded");
	tap_ok(taglist_base64(mem, SLICE("aGV$bG8=")).data == NULL,
	       "foreign letters are no base64");
	tap_ok(taglist_base64(mem, SLICE("aGVsb")).data == NULL,
	       "nor is half a group");
}

/* Each line of the list: a name, blanks, the record. */
static struct slice
others_zone(void *mem)
{
	struct slice rest = file_bytes(mem, OTHERS "/FAKE_DNS.dat"), line, name;
	struct buf text = BUF(mem);

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.len == 0 || line.data[0] == '#' ||
		    !slice_word(&line, " \t", &name))
			continue;
		line = slice_trim(line);
		if (slice_starts(line, "~~"))
			line = SLICE("!servfail");
		buf_slice(&text, name);
		buf_text(&text, " TXT ");
		buf_slice(&text, line);
		buf_char(&text, '\n');
	}
	return buf_view(&text);
}

/* Its one word for a mail: pass if one signature passes. */
static const char *
others_word(const struct dkim_results *results)
{
	const char *word = "none";

	for (size_t i = 0; i < results->count; i++) {
		enum auth_result result = results->items[i]->result;

		if (result == AUTH_PASS)
			return "pass";
		if (result == AUTH_FAIL)
			word = "fail";
		else if (strcmp(word, "none") == 0)
			word = "invalid";
	}
	return word;
}

static void
test_others(void)
{
	void *all = mem_context(NULL, "others");
	struct slice list = file_bytes(all, OTHERS "/results.tsv"), line;
	struct slice keys = others_zone(all);

	if (list.data == NULL) {
		tap_skip("Mail::DKIM's messages are not here");
		return;
	}
	slice_line(&list, &line); /* headings */
	while (slice_line(&list, &line)) {
		void *mem = mem_context(all, "mail");
		struct slice file, wanted;
		const struct dkim_results *results;
		const char *name;

		line = slice_trim(line);
		slice_word(&line, "\t", &file);
		slice_word(&line, "\t", &wanted);
		name = slice_string(mem, file);
		results = verify(mem, file_bytes(mem,
			mem_printf(mem, OTHERS "/%s", name)), keys, 512);
		/* DomainKeys, and a draft of 2005 that had no bh= yet: nobody
		 * signs so today. */
		if ((results->count == 0 && strstr(name, "dk_") != NULL) ||
		    strncmp(name, "good_ietf00", 11) == 0)
			continue;
		tap_ok(slice_is(wanted, others_word(results)), "%s: %.*s (%s)",
		       name, (int)wanted.len, wanted.data,
		       results->count > 0 ? results->items[0]->why : "none");
		mem_free(mem);
	}
	mem_free(all);
}

static int
print_chains(char *const paths[])
{
	void *mem = mem_context(NULL, "chains");
	struct slice keys = file_bytes(mem, paths[0]);

	for (size_t i = 1; paths[i] != NULL; i++) {
		const struct arc_results *results = verify_arc(mem,
			file_bytes(mem, paths[i]), keys);

		printf("%s %s %s\n", paths[i],
		       auth_result_name(results->result), results->why);
	}
	mem_free(mem);
	return 0;
}

int
main(int argc, char *argv[])
{
	void *mem;

	if (argc > 2 && strcmp(argv[1], "--arc") == 0)
		return print_chains(argv + 2);
	mem = mem_context(NULL, "test");
	tap_ok(crypto_prepare(NULL) == 0, "OpenSSL has what is needed");
	test_tags(mem);
	test_own();
	test_details(mem);
	test_trust(mem);
	test_others();
	mem_free(mem);
	return tap_done();
}
