/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/report.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Printable ASCII without what a reply must not hold; others become '?'. */
static void
report_clean(char *out, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + 1 < room; text++) {
		unsigned char c = (unsigned char)*text;

		out[used++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	out[used] = '\0';
}

void
report_reply(const struct session *session, const struct verdict *verdict,
	     struct reply *reply)
{
	char text[sizeof(reply->text) - 40];
	const char *queue_id = session->mail == NULL ? ""
						     : session->mail->queue_id;

	*reply = (struct reply){ 0 };
	if (verdict->reply_code[0] == '\0')
		return;
	snprintf(reply->code, sizeof(reply->code), "%s", verdict->reply_code);
	snprintf(reply->dsn, sizeof(reply->dsn), "%s", verdict->reply_dsn);
	report_clean(text, sizeof(text), verdict->reply_text);
	if (queue_id[0] == '\0')
		snprintf(reply->text, sizeof(reply->text), "%s", text);
	else
		snprintf(reply->text, sizeof(reply->text), "%s (%.30s)", text,
			 queue_id);
}

bool
report_is_forged(struct slice name)
{
	static const char *const prefixes[] = { "X-Spam-", "X-Virus-",
						"X-Ispfilter-" };

	name = slice_trim(name);
	if (slice_is_nocase(name, "X-Spam"))
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (slice_starts_nocase(name, prefixes[i]))
			return true;
	return false;
}

/* Names of ours, too, come from a process that may have been taken over. */
#define REPORT_NAME_MAX 200

static void
report_log_word(struct buf *out, const char *text, size_t max)
{
	char *escaped = str_escape_word(NULL, slice_of(text), max);

	buf_text(out, escaped);
	mem_free(escaped);
}

static void
report_log_tests(struct buf *out, const struct verdict *verdict)
{
	buf_printf(out, " score=%.1f/%.1f", verdict->score, verdict->required);
	buf_text(out, " tests=");
	for (size_t i = 0; i < verdict->hit_count; i++) {
		buf_text(out, i == 0 ? "" : ",");
		report_log_word(out, verdict->hits[i].name, REPORT_NAME_MAX);
	}
	if (verdict->hit_count == 0)
		buf_char(out, '-');
}

/* key=text; text from outside is escaped, and quoted where it has blanks. */
static void
report_log_text(struct buf *out, const char *key, const char *text)
{
	char *escaped = str_escape(NULL, slice_of(text), 200);
	bool quote = strchr(escaped, ' ') != NULL;

	buf_printf(out, " %s=%s%s%s", key, quote ? "\"" : "", escaped,
		   quote ? "\"" : "");
	mem_free(escaped);
}

static void
report_log_mail(struct buf *out, const struct session *session)
{
	const struct mail *mail = session->mail;

	if (mail != NULL) {
		buf_text(out, " from=<");
		report_log_word(out, mail->sender, 260);
		buf_printf(out, "> rcpt=%zu", mail->recipient_count);
	}
	buf_text(out, " client=");
	report_log_word(out, session->client_name, 100);
	buf_char(out, '[');
	report_log_word(out, session->client_addr, 60);
	buf_char(out, ']');
	if (session->outbound && session->auth_authen[0] != '\0')
		report_log_text(out, "login", session->auth_authen);
	if (mail != NULL) {
		buf_printf(out, " size=%zu", mail->size);
		if (mail->message_id[0] != '\0')
			report_log_text(out, "message-id", mail->message_id);
	}
}

static void
report_log_names(struct buf *out, const char *key, const char *const *names,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_text(out, i == 0 ? key : ",");
		report_log_word(out, names[i], REPORT_NAME_MAX);
	}
}

static void
report_log_times(struct buf *out, const struct verdict *verdict,
		 int64_t elapsed_us)
{
	buf_printf(out, " time=%lldms", (long long)(elapsed_us / 1000));
	for (size_t i = 0; i < verdict->time_count; i++) {
		buf_text(out, i == 0 ? " stages=" : ",");
		report_log_word(out, verdict->times[i].stage, REPORT_NAME_MAX);
		buf_printf(out, ":%lld",
			   (long long)(verdict->times[i].us / 1000));
	}
}

char *
report_log(void *mem, const struct session *session,
	   const struct verdict *verdict, int64_t elapsed_us)
{
	struct buf out = BUF(mem);

	buf_printf(&out, "action=%s", action_name(verdict->action));
	if (verdict->stage[0] != '\0') {
		buf_text(&out, " by=");
		report_log_word(&out, verdict->stage, REPORT_NAME_MAX);
	}
	if (verdict->checked_spam)
		report_log_tests(&out, verdict);
	report_log_mail(&out, session);
	if (verdict->virus[0] != '\0') {
		report_log_text(&out, "virus", verdict->virus);
		report_log_text(&out, "virus-in", verdict->virus_part);
	} else {
		buf_text(&out, verdict->checked_virus ? " virus=-"
						      : " virus=?");
	}
	for (size_t i = 0; i < verdict->attachment_count; i++)
		if (verdict->attachments[i].rule != NULL)
			report_log_text(&out, "attachment",
					verdict->attachments[i].path);
	report_log_names(&out, " findings=", verdict->findings,
			 verdict->finding_count);
	for (size_t i = 0; i < verdict->note_count; i++)
		report_log_text(&out, "note", verdict->notes[i]);
	if (verdict->auth_summary[0] != '\0')
		report_log_text(&out, "auth", verdict->auth_summary);
	if (verdict->dns_late[0] != '\0')
		report_log_text(&out, "dns-late", verdict->dns_late);
	for (size_t i = 0; i < verdict->error_count; i++)
		report_log_text(&out, "error", verdict->errors[i]);
	if (verdict->action >= ACTION_QUARANTINE)
		report_log_text(&out, "reason", verdict->reason);
	report_log_times(&out, verdict, elapsed_us);
	return out.data;
}

void
report_headers(struct buf *out, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->header_count; i++)
		buf_printf(out, "%s: %s\n", verdict->headers[i].name,
			   verdict->headers[i].value);
}
