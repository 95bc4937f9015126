/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"

#define TRACE_TEXT_MAX 512 /* of each text that a client chose */

/* Text of the client in a header field: no controls, no 8-bit, bounded. */
static void
trace_text(struct buf *out, const char *text)
{
	for (size_t n = 0; text[n] != '\0' && n < TRACE_TEXT_MAX; n++) {
		unsigned char c = (unsigned char)text[n];

		buf_char(out, c > 0x20 && c < 0x7f ? (char)c : '?');
	}
}

static void
trace_date(struct buf *out)
{
	char text[64];
	struct tm tm;
	time_t now = time(NULL);

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z (%Z)", &tm);
	buf_text(out, text);
}

static void
trace_from(struct buf *out, const struct session *session)
{
	const char *helo = session->helo[0] != '\0' ? session->helo
						    : session->client_name;
	bool v6 = strchr(session->client_addr, ':') != NULL;

	buf_text(out, "from ");
	trace_text(out, helo);
	buf_text(out, " (");
	trace_text(out, session->client_name);
	buf_text(out, v6 ? " [IPv6:" : " [");
	trace_text(out, session->client_addr);
	buf_text(out, "])\n\t");
}

char *
trace_fields(void *mem, const struct session *session)
{
	const struct mail *mail = session->mail;
	struct buf out = BUF(mem);

	buf_text(&out, "Return-Path: <");
	trace_text(&out, mail->sender);
	buf_text(&out, ">\nReceived: ");
	if (!session->simulated)
		trace_from(&out, session);
	buf_text(&out, "by ");
	trace_text(&out, session->hostname);
	buf_text(&out, " (Postfix)");
	if (!session->simulated)
		buf_printf(&out, " with %sSMTP%s%s", session->esmtp ? "E" : "",
			   session->tls_version[0] != '\0' ? "S" : "",
			   session->auth_authen[0] != '\0' ? "A" : "");
	buf_text(&out, " id ");
	trace_text(&out, mail->queue_id[0] != '\0' ? mail->queue_id
						   : "unknown");
	if (mail->recipient_count == 1) {
		buf_text(&out, "\n\tfor <");
		trace_text(&out, mail->recipients[0].address);
		buf_char(&out, '>');
	}
	/* Postfix breaks the line where no recipient stands before the date. */
	buf_text(&out, mail->recipient_count == 1 ? "; " : ";\n\t");
	trace_date(&out);
	buf_char(&out, '\n');
	return out.data;
}
