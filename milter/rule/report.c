/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person reads about a check: the list of rules that hit, in two
 * layouts, and the first lines of the mail (PerMsgStatus, check_cleanup,
 * get_content_preview).
 */
#include <stdio.h>

#include "base/mem.h"
#include "mail/text.h"
#include "rule/tag.h"

#define REPORT_WIDTH 75
#define REPORT_PREVIEW 200
#define REPORT_PREVIEW_PARAGRAPHS 3
#define REPORT_RUN 10 /* lines of dashes and stars from this length on go */

struct wrap {
	struct buf out;  /* finished lines */
	struct buf line; /* the one that grows */
};

static size_t
wrap_length(struct slice text)
{
	size_t len = text.len;

	for (size_t i = 0; i < text.len; i++)
		len += text.data[i] == '\t' ? 7 : 0;
	return len;
}

static void
wrap_break_line(struct wrap *wrap, const char *prefix)
{
	while (wrap->line.len > 0 &&
	       str_is_space((unsigned char)wrap->line.data[wrap->line.len - 1]))
		wrap->line.len--;
	buf_add(&wrap->out, wrap->line.data, wrap->line.len);
	buf_char(&wrap->out, '\n');
	buf_reset(&wrap->line);
	buf_text(&wrap->line, prefix);
}

/* Up to the next place for a break; white space is a piece of its own, or with
 * commas the end of one. */
static struct slice
wrap_piece(struct slice text, size_t at, enum wrap_break where)
{
	size_t end = at;

	if (where == WRAP_BLANKS) {
		if (str_is_space((unsigned char)text.data[at]))
			return slice_cut(text, at, at + 1);
		while (end < text.len &&
		       !str_is_space((unsigned char)text.data[end]))
			end++;
		return slice_cut(text, at, end);
	}
	while (end < text.len && text.data[end] != ',' &&
	       !str_is_space((unsigned char)text.data[end]))
		end++;
	return slice_cut(text, at, end + 1);
}

struct slice
wrap_text(void *mem, struct slice text, const char *prefix, const char *first,
	  size_t width, bool overflow, enum wrap_break where)
{
	struct wrap wrap = { BUF(mem), BUF(mem) };
	bool begun = false;
	size_t at = 0;

	buf_text(&wrap.line, first);
	if (*first == '\0' && text.len > 0) {
		struct slice piece = wrap_piece(text, 0, where);

		buf_slice(&wrap.line, piece);
		at = piece.len;
		begun = where == WRAP_COMMAS;
	}
	while (at < text.len) {
		struct slice piece = wrap_piece(text, at, where);
		size_t len = wrap_length(buf_view(&wrap.line));

		if (begun && !overflow)
			len += wrap_length(piece);
		if (len <= width) {
			buf_slice(&wrap.line, piece);
			at += piece.len;
			begun = true;
		} else {
			wrap_break_line(&wrap, prefix);
			begun = false;
		}
	}
	buf_slice(&wrap.out, buf_view(&wrap.line));
	return wrap.out.len == 0 ? SLICE("") : buf_view(&wrap.out);
}

static const char *
report_area(const struct rule *rule)
{
	switch (rule->type) {
	case RULE_BODY:
	case RULE_BODY_EVAL:
		return "BODY: ";
	case RULE_URI:
		return "URI: ";
	case RULE_RAWBODY:
	case RULE_RAWBODY_EVAL:
		return "RAW: ";
	case RULE_FULL:
		return "FULL: ";
	default:
		return "";
	}
}

/* The description, broken into lines behind what stands in front of it. */
static struct slice
report_describe(struct check *check, const struct rule *rule, size_t before,
		const char *prefix)
{
	const char *text = rule->describe;
	char blanks[256];

	if (text == NULL || *text == '\0')
		text = "No description available.";
	if (before >= sizeof(blanks))
		before = sizeof(blanks) - 1;
	memset(blanks, ' ', before);
	blanks[before] = '\0';
	return slice_trim(wrap_text(check, slice_of(text), prefix, blanks,
				    REPORT_WIDTH, false, WRAP_BLANKS));
}

static void
report_score(char *text, size_t size, double score)
{
	snprintf(text, size, score >= 10 || score <= -10 ? "%4.0f" : "%4.1f",
		 score);
}

void
report_lines(struct check *check, struct buf *out, const char *arg)
{
	buf_char(out, '\n');
	for (size_t i = 0; i < check->hit_count; i++) {
		const struct rule *rule = check->hits[i].rule;
		const char *area = report_area(rule);
		char score[40];

		if (rule->flags & RULE_SUBRULE)
			continue;
		report_score(score, sizeof(score), check->hits[i].score);
		buf_printf(out, "* %s %s %s", score, rule->name, area);
		buf_slice(out, report_describe(check, rule,
					       4 + strlen(rule->name) +
						       strlen(score) +
						       strlen(area),
					       "*      "));
		buf_char(out, '\n');
	}
}

void
report_summary(struct check *check, struct buf *out, const char *arg)
{
	for (size_t i = 0; i < check->hit_count; i++) {
		const struct rule *rule = check->hits[i].rule;
		const char *area = report_area(rule);
		char score[40];

		if (rule->flags & RULE_SUBRULE)
			continue;
		report_score(score, sizeof(score), check->hits[i].score);
		buf_printf(out, "%s %-22s %s", score, rule->name, area);
		buf_slice(out, report_describe(check, rule,
					       3 + strlen(rule->name) +
						       strlen(score) +
						       strlen(area),
					       "                            "));
		buf_char(out, '\n');
	}
}

/* White space becomes one blank; runs of dashes and the like go. */
static struct slice
report_tidy(struct check *check, struct slice text)
{
	struct buf out = BUF(check);

	for (size_t i = 0; i < text.len;) {
		size_t end = i;

		while (end < text.len && memchr("-_*.", text.data[end], 4))
			end++;
		if (end - i >= REPORT_RUN) {
			i = end;
			continue;
		}
		if (!str_is_space((unsigned char)text.data[i]))
			buf_char(&out, text.data[i]);
		else if (out.len > 0 && out.data[out.len - 1] != ' ')
			buf_char(&out, ' ');
		i++;
	}
	return out.len == 0 ? SLICE("") : buf_view(&out);
}

void
report_preview(struct check *check, struct buf *out, const char *arg)
{
	static const char lead[] = "Content preview:  ";
	const struct text *body = text_body(check->message);
	struct buf start = BUF(check);
	struct slice text;

	for (size_t i = 1; i < body->count && i <= REPORT_PREVIEW_PARAGRAPHS &&
			   start.len < REPORT_PREVIEW; i++)
		buf_slice(&start, slice_cut(body->items[i], 0,
					    2 * REPORT_PREVIEW));
	if (start.len > REPORT_PREVIEW + 1) {
		start.len = REPORT_PREVIEW;
		buf_text(&start, " [...]");
	}
	buf_char(&start, '\n');
	text = wrap_text(check, report_tidy(check, buf_view(&start)), "  ",
			 lead, REPORT_WIDTH, true, WRAP_BLANKS);
	text = slice_from(text, sizeof(lead) - 1);
	buf_slice(out, text);
}
