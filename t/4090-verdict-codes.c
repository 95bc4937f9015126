/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an inspector says goes on to the mail server and into the log: only
 * codes that are some are taken from it, and no name writes further words. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "core/report.h"
#include "core/verdict.h"

static void
check(const char *code, const char *dsn, bool good)
{
	void *mem = mem_context(NULL, "test");
	struct verdict *verdict = verdict_new(mem);
	struct buf out = BUF(mem);
	struct err err = { .kind = ERR_NONE };

	verdict->reply_code = code;
	verdict->reply_dsn = dsn;
	verdict_encode(verdict, &out);
	tap_ok((verdict_decode(mem, buf_view(&out), &err) != NULL) == good,
	       good ? "codes" : "no codes");
	mem_free(mem);
}

static void
check_log(void)
{
	void *mem = mem_context(NULL, "test");
	struct verdict *verdict = verdict_new(mem);
	const char *line;

	verdict->stage = "virus\nfrom=<";
	verdict_find(verdict, "X action=accept");
	verdict_add_time(verdict, "a\033b", 0);
	line = report_log(mem, session_new(mem), verdict, 0);
	tap_ok(strpbrk(line, "\n\033") == NULL, "no control byte in the log");
	tap_ok(strstr(line, "X action=accept") == NULL, "no further word");
	mem_free(mem);
}

int
main(void)
{
	check_log();
	check("", "", true);
	check("550", "5.7.1", true);
	check("451", "4.3.0", true);
	check("451", "", true);
	check("2\4", "", false);
	check("5500", "", false);
	check("550", "5.7", false);
	check("550", "5.7.1 x", false);
	check("550", "5.7.1000", false);
	check("550 ", "5.7.1", false);
	check("550", "\r\n", false);
	return tap_done();
}
