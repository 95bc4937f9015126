/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict as one line of JSON; what `ispfilter scan --format json` prints. */
#include "base/mem.h"
#include "core/report.h"
#include "mail/charset.h"

void
report_json_text(struct buf *out, const char *text)
{
	struct slice s = slice_of(text);
	size_t at = 0;

	if (text == NULL) {
		buf_text(out, "null");
		return;
	}
	buf_char(out, '"');
	while (at < s.len) {
		size_t start = at;
		long c = charset_next(s, &at);

		if (c < 0)
			buf_text(out, "\\ufffd");
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", (char)c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04lx", (unsigned long)c);
		else
			buf_slice(out, slice_cut(s, start, at));
	}
	buf_char(out, '"');
}

void
report_json_number(struct buf *out, double number)
{
	char *text = mem_printf(NULL, "%.3f", number);
	size_t len = slice_of(text).len;

	while (len > 1 && text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	buf_add(out, text, len);
	mem_free(text);
}

static void
report_json_names(struct buf *out, const char *const *names, size_t count)
{
	buf_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_char(out, ',');
		report_json_text(out, names[i]);
	}
	buf_char(out, ']');
}

static void
report_json_hits(struct buf *out, const struct verdict *verdict)
{
	buf_text(out, ",\"tests\":[");
	for (size_t i = 0; i < verdict->hit_count; i++) {
		const struct verdict_hit *hit = &verdict->hits[i];

		buf_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
		report_json_text(out, hit->name);
		buf_text(out, ",\"score\":");
		report_json_number(out, hit->score);
		if (hit->matched != NULL) {
			buf_text(out, ",\"matched\":");
			report_json_text(out, hit->matched);
			buf_text(out, ",\"place\":");
			report_json_text(out, hit->place);
		}
		buf_char(out, '}');
	}
	buf_text(out, "],\"subtests\":");
	report_json_names(out, verdict->subtests, verdict->subtest_count);
}

/* Only what was asked for: a line without --near or --rule has no such
 * member. */
static void
report_json_nears(struct buf *out, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->near_count; i++) {
		const struct verdict_near *near = &verdict->nears[i];

		buf_text(out, i == 0 ? ",\"near\":[{\"name\":"
				     : ",{\"name\":");
		report_json_text(out, near->name);
		buf_text(out, ",\"score\":");
		report_json_number(out, near->score);
		buf_text(out, ",\"lacked\":");
		report_json_text(out, near->lacked);
		buf_char(out, '}');
	}
	buf_text(out, verdict->near_count > 0 ? "]" : "");
	if (verdict->trace[0] != '\0') {
		buf_text(out, ",\"trace\":");
		report_json_text(out, verdict->trace);
	}
}

/* Words that blanks part, as a list. */
static void
report_json_words(struct buf *out, const char *words)
{
	struct slice rest = slice_of(words), word;
	const char *separator = "";

	buf_char(out, '[');
	while (slice_word(&rest, " ", &word)) {
		buf_printf(out, "%s\"%.*s\"", separator, (int)word.len,
			   word.data);
		separator = ",";
	}
	buf_char(out, ']');
}

static void
report_json_attachments(struct buf *out, const struct verdict *verdict)
{
	buf_text(out, ",\"attachments\":[");
	for (size_t i = 0; i < verdict->attachment_count; i++) {
		const struct verdict_attachment *a = &verdict->attachments[i];

		buf_text(out, i == 0 ? "{\"path\":" : ",{\"path\":");
		report_json_text(out, a->path);
		buf_text(out, ",\"name\":");
		report_json_text(out, a->name);
		buf_text(out, ",\"declared\":");
		report_json_text(out, a->declared);
		buf_text(out, ",\"type\":");
		report_json_text(out, a->type);
		buf_text(out, ",\"findings\":");
		report_json_words(out, a->finding);
		buf_printf(out, ",\"size\":%zu,\"rule\":", a->size);
		report_json_text(out, a->rule);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

static void
report_json_errors(struct buf *out, const struct verdict *verdict)
{
	struct buf joined = BUF(NULL);

	buf_text(out, ",\"error\":");
	for (size_t i = 0; i < verdict->error_count; i++)
		buf_printf(&joined, "%s%s", i == 0 ? "" : "; ",
			   verdict->errors[i]);
	report_json_text(out, joined.data);
	mem_free(joined.data);
}

/* Milliseconds of each stage; what is left of "ms" is parsing and reporting. */
static void
report_json_times(struct buf *out, const struct verdict *verdict,
		  int64_t elapsed_us)
{
	buf_text(out, ",\"ms\":");
	report_json_number(out, (double)elapsed_us / 1000);
	buf_text(out, ",\"stages\":{");
	for (size_t i = 0; i < verdict->time_count; i++) {
		buf_text(out, i == 0 ? "" : ",");
		report_json_text(out, verdict->times[i].stage);
		buf_char(out, ':');
		report_json_number(out, (double)verdict->times[i].us / 1000);
	}
	buf_char(out, '}');
}

void
report_json(struct buf *out, const char *file, const struct verdict *verdict,
	    int64_t elapsed_us)
{
	buf_text(out, "{\"file\":");
	report_json_text(out, file);
	buf_text(out, ",\"action\":");
	report_json_text(out, action_name(verdict->action));
	if (verdict->checked_spam) {
		buf_printf(out, ",\"spam\":%s,\"score\":",
			   verdict->spam ? "true" : "false");
		report_json_number(out, verdict->score);
		buf_text(out, ",\"required\":");
		report_json_number(out, verdict->required);
	} else {
		buf_text(out, ",\"spam\":null,\"score\":null,"
			      "\"required\":null");
	}
	report_json_hits(out, verdict);
	report_json_nears(out, verdict);
	buf_text(out, ",\"virus\":");
	report_json_text(out, verdict->virus[0] == '\0' ? NULL
							: verdict->virus);
	buf_text(out, ",\"virus_in\":");
	report_json_text(out, verdict->virus[0] == '\0' ? NULL
							: verdict->virus_part);
	report_json_attachments(out, verdict);
	buf_text(out, ",\"findings\":");
	report_json_names(out, verdict->findings, verdict->finding_count);
	buf_text(out, ",\"notes\":");
	report_json_names(out, verdict->notes, verdict->note_count);
	report_json_errors(out, verdict);
	report_json_times(out, verdict, elapsed_us);
	buf_text(out, "}\n");
}
