/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

/*
 * A verdict in the words of others: header edits and replies for the MTA, the
 * one log line for the admin, text and JSON for `ispfilter scan`.
 */

#include <stdbool.h>

#include "base/config.h"
#include "base/str.h"
#include "core/session.h"
#include "core/verdict.h"

/* The SMTP reply that the action asks for; "" members if it needs none. */
struct reply {
	char code[4];
	char dsn[12];
	char text[400]; /* printable ASCII, no line breaks */
};
void report_reply(const struct session *session, const struct verdict *verdict,
		  struct reply *reply);

/* True if a header field of an incoming mail is ours alone to write, so that
 * one that arrives is forged: X-Spam, X-Spam-*, X-Virus-*, X-Ispfilter-*. */
bool report_is_forged(struct slice name);

/* The log line without the queue id in front. */
char *report_log(void *mem, const struct session *session,
		 const struct verdict *verdict, int64_t elapsed_us);

/* One line of JSON as `scan --format json` prints it. */
void report_json(struct buf *out, const char *file,
		 const struct verdict *verdict, int64_t elapsed_us);
/* A string, or null, and a number, for others that write JSON. Bytes that are
 * not UTF-8 become U+FFFD: it is valid always. */
void report_json_text(struct buf *out, const char *text);
void report_json_number(struct buf *out, double number);
/* Readable text; explain adds what each hit matched and why. */
void report_text(struct buf *out, const char *file,
		 const struct verdict *verdict, bool explain);
/* Its parts for --explain and --near, and for --rule (report_explain.c). */
void report_explain(struct buf *out, const struct verdict *verdict);
void report_asked(struct buf *out, const struct verdict *verdict);
void report_trace(struct buf *out, const struct verdict *verdict);
/* Appends any of these as a terminal may have it: UTF-8, and ? for what is none,
 * or would control the terminal. */
void report_shown(struct buf *out, struct slice text);
/* The header lines, as they would be added to the mail. */
void report_headers(struct buf *out, const struct verdict *verdict);

#endif
