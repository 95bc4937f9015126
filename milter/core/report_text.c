/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict for the admin's eyes; what `ispfilter scan` prints. */
#include "base/mem.h"
#include "core/report.h"
#include "mail/charset.h"

static void
report_text_escaped(struct buf *out, const char *text, size_t max)
{
	char *escaped = str_escape(NULL, slice_of(text), max);

	buf_text(out, escaped);
	mem_free(escaped);
}

static void
report_text_verdict(struct buf *out, const struct verdict *verdict)
{
	buf_text(out, action_name(verdict->action));
	if (verdict->checked_spam)
		buf_printf(out, ", %s, score %.1f of %.1f",
			   verdict->spam ? "spam" : "not spam", verdict->score,
			   verdict->required);
	if (verdict->virus[0] != '\0') {
		buf_text(out, ", virus ");
		report_text_escaped(out, verdict->virus, 200);
		buf_text(out, " in ");
		report_text_escaped(out, verdict->virus_part, 200);
	}
	buf_char(out, '\n');
	if (verdict->reason[0] != '\0') {
		buf_printf(out, "  %s: ", verdict->stage);
		report_text_escaped(out, verdict->reason, 400);
		buf_char(out, '\n');
	}
}

static void
report_text_hits(struct buf *out, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->hit_count; i++) {
		const struct verdict_hit *hit = &verdict->hits[i];

		buf_printf(out, "  %8.3f  %-28s", hit->score, hit->name);
		if (hit->describe != NULL)
			buf_printf(out, "  %s", hit->describe);
		buf_char(out, '\n');
	}
}

static void
report_text_attachments(struct buf *out, const struct verdict *verdict,
			bool explain)
{
	for (size_t i = 0; i < verdict->attachment_count; i++) {
		const struct verdict_attachment *a = &verdict->attachments[i];

		if (a->rule == NULL && a->finding[0] == '\0' && !explain)
			continue;
		buf_text(out, "  attachment \"");
		report_text_escaped(out, a->path, 200);
		buf_text(out, "\", declared ");
		report_text_escaped(out, a->declared, 80);
		buf_printf(out, ", is %s, %zu bytes", a->type, a->size);
		if (a->finding[0] != '\0')
			buf_printf(out, ", %s", a->finding);
		if (a->rule != NULL)
			buf_printf(out, ": %s", a->rule);
		buf_char(out, '\n');
	}
}

void
report_text(struct buf *out, const char *file, const struct verdict *verdict,
	    bool explain)
{
	report_text_escaped(out, file, 1000);
	buf_text(out, ": ");
	report_text_verdict(out, verdict);
	if (explain)
		report_explain(out, verdict);
	else if (verdict->trace[0] == '\0')
		report_text_hits(out, verdict);
	report_trace(out, verdict);
	report_text_attachments(out, verdict, explain);
	if (explain)
		report_asked(out, verdict);
	for (size_t i = 0; i < verdict->finding_count; i++)
		buf_printf(out, "  finding: %s\n", verdict->findings[i]);
	for (size_t i = 0; i < verdict->note_count; i++) {
		buf_text(out, "  note: ");
		report_text_escaped(out, verdict->notes[i], 400);
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < verdict->error_count; i++) {
		buf_text(out, "  error: ");
		report_text_escaped(out, verdict->errors[i], 400);
		buf_char(out, '\n');
	}
}

void
report_shown(struct buf *out, struct slice text)
{
	size_t at = 0, begin, kept = 0;

	while (at < text.len) {
		long c;

		begin = at;
		c = charset_next(text, &at);
		if ((c >= ' ' && c < 0x7f) || c > 0x9f || c == '\n' ||
		    c == '\t')
			continue;
		buf_slice(out, slice_cut(text, kept, begin));
		buf_char(out, '?');
		kept = at;
	}
	buf_slice(out, slice_from(text, kept));
}
