/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Received fields as some sixty mail servers write them, and what SpamAssassin
 * 4.0.1 makes of each (t/received.cases; t/received.pl asks it anew).
 * RECEIVED_CASES names another such file.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/netset.h"
#include "mail/received_line.h"
#include "tap.h"

static struct slice
cases_read(void *mem, const char *path)
{
	struct buf out = BUF(mem);
	char part[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_add(&out, part, (size_t)n);
	if (fd >= 0)
		close(fd);
	return buf_view(&out);
}

static const char *
cases_string(void *mem, struct slice s)
{
	return s.len == 0 ? "" : slice_string(mem, s);
}

static const char *
cases_relay(void *mem, const struct received_line *line)
{
	const char *ip = cases_string(mem, line->ip);

	return mem_printf(
		mem,
		"[ ip=%s rdns=%s helo=%s by=%s ident=%s envfrom=%s intl=0 "
		"id=%s auth=%s msa=0 ]%s%s%s",
		ip, cases_string(mem, line->rdns),
		cases_string(mem, line->helo), cases_string(mem, line->by),
		cases_string(mem, line->ident),
		cases_string(mem, line->envfrom), cases_string(mem, line->id),
		cases_string(mem, line->auth),
		line->looked_up && line->rdns.len == 0 ? " no-rdns" : "",
		line->envfrom.data == NULL ? " no-envfrom" : "",
		netset_is_private(ip) ? " private" : "");
}

static const char *
cases_describe(void *mem, struct slice value)
{
	struct received_line line;

	switch (received_read(mem, value, &line)) {
	case RECEIVED_RELAY:
		return cases_relay(mem, &line);
	case RECEIVED_SKIPPED:
		if (line.scanner_from.len > 0)
			return mem_printf(mem, "scanner %s",
					  cases_string(mem,
						       line.scanner_from));
		return "skipped";
	case RECEIVED_FETCHED:
		return "fetched";
	default:
		return "unparseable";
	}
}

int
main(void)
{
	const char *path = getenv("RECEIVED_CASES");
	void *mem = mem_context(NULL, "cases");
	struct slice rest, line, value = SLICE_NONE;

	rest = cases_read(mem, path != NULL ? path : "t/received.cases");
	tap_ok(rest.len > 0, "the cases are there");
	while (slice_line(&rest, &line)) {
		line.len--;
		if (slice_starts(line, "R "))
			value = slice_from(line, 2);
		if (!slice_starts(line, "= ") || value.data == NULL)
			continue;
		tap_is(cases_describe(mem, value),
		       cases_string(mem, slice_from(line, 2)),
		       str_escape(mem, value, 100));
	}
	mem_free(mem);
	return tap_done();
}
