/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BodyEval: how the text of a message is made up. */
#include "rule/eval_tables.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/html.h"
#include "mail/text.h"
#include "mail/unicode.h"
#include "rule/eval_args.h"

/* --- multipart/alternative: words of the HTML that the text lacks --- */

struct body_word {
	struct slice text;
	bool html;
};

struct body_words {
	void *mem;
	struct body_word *items;
	size_t count;
	size_t html; /* of them */
};

struct body_difference {
	bool known;
	double percent;        /* of the worst */
	size_t html, text; /* different words, of the last that had HTML */
};

static int
body_word_compare(const void *a, const void *b)
{
	struct slice left = ((const struct body_word *)a)->text;
	struct slice right = ((const struct body_word *)b)->text;
	size_t n = left.len < right.len ? left.len : right.len;
	int order = memcmp(left.data, right.data, n);

	if (order != 0)
		return order;
	return left.len < right.len ? -1 : left.len > right.len;
}

static void
body_word_add(struct body_words *words, struct slice word, bool html)
{
	mem_grow(words->mem, words->items, words->count);
	words->items[words->count++] = (struct body_word){ word, html };
	words->html += html;
}

/* Latin-1 as UTF-8, so that words of both kinds of text compare. */
static struct slice
body_word_upgrade(void *mem, struct slice word)
{
	struct buf out = BUF(mem);

	if (charset_is_ascii(word))
		return word;
	for (size_t i = 0; i < word.len; i++)
		charset_put(&out, (unsigned char)word.data[i]);
	return buf_view(&out);
}

/* What stands between white space and has a letter or digit in it. */
static void
body_words_split(struct body_words *words, struct rendered rendered, bool html)
{
	struct slice text = rendered.text;
	size_t at = 0, start = 0;
	bool has_word = false;

	while (start < text.len || at < text.len) {
		size_t end = at;
		unsigned long character = ' ';

		if (at < text.len)
			character = rendered.characters
					    ? unicode_next(text, &at)
					    : (unsigned char)text.data[at++];
		if (end < text.len &&
		    !unicode_is_space(character, rendered.characters)) {
			has_word |= unicode_is_word(character,
						    rendered.characters);
			continue;
		}
		if (has_word) {
			struct slice word = slice_cut(text, start, end);

			body_word_add(words,
				      rendered.characters
					      ? word
					      : body_word_upgrade(words->mem,
								  word),
				      html);
		}
		has_word = false;
		start = at;
		if (end == text.len)
			break;
	}
}

static void
body_words_of_part(struct body_words *words, struct part *part)
{
	const struct part_text *text = text_part(part);
	bool html = strcmp(part_effective_type(part), "text/html") == 0;

	if (strncmp(part->type, "text", 4) != 0 ||
	    str_is_alnum((unsigned char)part->type[4]) ||
	    part->type[4] == '_' || !text->shown)
		return;
	body_words_split(words, text->rendered, html);
	/* An image alone counts as a word that the text lacks. */
	if (html && words->html == 0 && text->html != NULL &&
	    html_inside(text->html, "img", NULL))
		body_word_add(words, SLICE("\n"), true);
}

/* Words that the HTML has more often than the text, of all its words. */
static void
body_words_count(struct body_words *words, struct body_difference *difference)
{
	size_t html_words = 0, text_words = 0, left = 0;
	double percent;

	if (words->html == 0)
		return;
	qsort(words->items, words->count, sizeof(words->items[0]),
	      body_word_compare);
	for (size_t i = 0; i < words->count;) {
		size_t first = i, html = 0, text;

		while (i < words->count &&
		       slice_equal(words->items[i].text,
				   words->items[first].text))
			html += words->items[i++].html;
		text = i - first - html;
		html_words += html > 0;
		text_words += text > 0;
		left += html > text;
	}
	percent = (double)left / (double)html_words * 100;
	difference->html = html_words;
	difference->text = text_words;
	if (percent > difference->percent)
		difference->percent = percent;
}

/* Meeting requests of Exchange: HTML and a calendar, no text. */
static bool
body_is_invitation(const struct message *message)
{
	const struct part *html = message->root->child;

	return strcmp(message->root->type, "multipart/alternative") == 0 &&
	       html != NULL && strcmp(html->type, "text/html") == 0 &&
	       html->child == NULL && html->next != NULL &&
	       strcmp(html->next->type, "text/calendar") == 0 &&
	       html->next->child == NULL && html->next->next == NULL;
}

static bool
body_is_alternative(const struct part *part)
{
	static const char name[] = "multipart/alternative";
	unsigned char next;

	if (strncmp(part->type, name, sizeof(name) - 1) != 0)
		return false;
	next = (unsigned char)part->type[sizeof(name) - 1];
	return !str_is_alnum(next) && next != '_';
}

static const struct body_difference *
body_difference(struct check *check)
{
	struct body_difference *difference =
		check_state(check, "BodyEval alternative", sizeof(*difference));
	struct message *message = check->message;

	if (difference->known)
		return difference;
	difference->known = true;
	if (body_is_invitation(message))
		return difference;
	for (size_t i = 0; i < message->part_count; i++) {
		const struct part *part = message->parts[i];
		struct body_words words = { .mem = NULL };

		if (!body_is_alternative(part))
			continue;
		words.mem = mem_context(check, "words");
		/* All below it follow it and lie deeper. */
		for (size_t k = i; k < message->part_count &&
				   (k == i ||
				    message->parts[k]->depth > part->depth);
		     k++)
			body_words_of_part(&words, message->parts[k]);
		body_words_count(&words, difference);
		mem_free(words.mem);
	}
	return difference;
}

/* More than so many percent ("0": any), and up to ("undef": any). */
static int
body_alternative(struct check *check, const struct rule *rule)
{
	double percent = body_difference(check)->percent;
	const char *max = eval_arg(rule, 1);

	return (eval_number(rule, 0) == 0 || percent > eval_number(rule, 0)) &&
	       ((max != NULL && strcmp(max, "undef") == 0) ||
		percent <= eval_number(rule, 1));
}

/* More words of text to each of HTML, where there are more than so many. */
static int
body_alternative_count(struct check *check, const struct rule *rule)
{
	const struct body_difference *difference = body_difference(check);

	return (double)difference->html > eval_number(rule, 1) &&
	       (double)difference->text / (double)difference->html >
		       eval_number(rule, 0);
}

/* --- lines and lengths --- */

struct body_blank {
	bool known;
	size_t lines, blank;
};

static bool
body_line_is_blank(struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!str_is_space((unsigned char)line.data[i]))
			return false;
	return true;
}

/* Percent of blank lines: more than, up to, in so many lines at least. */
static int
body_blank_lines(struct check *check, const struct rule *rule)
{
	struct body_blank *blank = check_state(check, "BodyEval blank",
					       sizeof(*blank));
	double least = eval_number(rule, 2) < 1 ? 1 : eval_number(rule, 2);
	double min = eval_number(rule, 0), max = eval_number(rule, 1);
	const struct text *text = text_rawbody(check->message);
	double percent = -1;

	for (size_t i = 0; !blank->known && i < text->count; i++) {
		struct slice rest = text->items[i], line;

		for (; slice_line(&rest, &line); blank->lines++)
			blank->blank += body_line_is_blank(line);
	}
	blank->known = true;
	if ((double)blank->lines >= least)
		percent = 100 * (double)blank->blank / (double)blank->lines;
	return (min == 0 || percent > min) && percent <= max;
}

struct body_vertical {
	bool known;
	int percent;
};

/* Blanks to other bytes of a paragraph, in percent; 100 at most. */
static int
body_vertical_percent(struct slice text)
{
	size_t blanks = 0, others;

	for (size_t i = 0; i < text.len; i++)
		blanks += text.data[i] == ' ';
	others = text.len - blanks;
	return blanks > others ? 100 : (int)(100 * blanks / others);
}

/* The highest of all paragraphs: from, and below; 100 includes 100. */
static int
body_vertical_words(struct check *check, const struct rule *rule)
{
	struct body_vertical *vertical =
		check_state(check, "BodyEval vertical", sizeof(*vertical));
	const struct text *text = text_body(check->message);
	double max = eval_number(rule, 1);

	if (!vertical->known) {
		vertical->known = true;
		vertical->percent = -1;
		for (size_t i = 0; i < text->count; i++) {
			int percent = text->items[i].len > 5
				? body_vertical_percent(text->items[i])
				: -1;

			if (percent > vertical->percent)
				vertical->percent = percent;
		}
	}
	return vertical->percent >= eval_number(rule, 0) &&
	       vertical->percent < (max >= 100 ? 101 : max);
}

static int
body_length(struct check *check, const struct rule *rule)
{
	return (double)check->message->pristine_body.len <=
	       eval_number(rule, 0);
}

/* --- signatures --- */

struct body_signature {
	bool known, present;
	size_t body, signature;
};

static const struct part *
body_plain(const struct message *message)
{
	for (size_t i = 0; i < message->part_count; i++)
		if (strncmp(message->parts[i]->type, "text/plain", 10) == 0)
			return message->parts[i];
	return NULL;
}

static void
body_signature_find(struct body_signature *found, struct slice text)
{
	struct slice rest = text, line;

	found->body = text.len;
	while (slice_line(&rest, &line)) {
		size_t start = (size_t)(line.data - text.data), end;

		if (line.len > 0 && line.data[line.len - 1] == '\n')
			line.len--;
		end = start + line.len;
		if (!slice_is(line, "--") && !slice_is(line, "-- ") &&
		    !slice_is(line, "--\r") && !slice_is(line, "-- \r"))
			continue;
		if (text.len - end <= 4)
			continue; /* a decoy */
		found->body = start;
		found->signature = text.len - end;
	}
}

/* The lengths of body and signature in the first plain text. */
static const struct body_signature *
body_signature(struct check *check)
{
	struct body_signature *found =
		check_state(check, "BodyEval signature", sizeof(*found));
	const struct part *part = body_plain(check->message);

	if (!found->known && part != NULL) {
		found->present = true;
		body_signature_find(found,
				    part_decoded(check->message
							 ->parts[part->index]));
	}
	found->known = true;
	return found;
}

static bool
body_within(const struct rule *rule, double value)
{
	return value >= eval_number(rule, 0) &&
	       (eval_arg(rule, 1) == NULL || value <= eval_number(rule, 1));
}

static int
body_plain_length(struct check *check, const struct rule *rule)
{
	const struct body_signature *found = body_signature(check);

	return found->present && body_within(rule, (double)found->body);
}

static int
body_signature_length(struct check *check, const struct rule *rule)
{
	const struct body_signature *found = body_signature(check);

	return found->present && body_within(rule, (double)found->signature);
}

static int
body_signature_ratio(struct check *check, const struct rule *rule)
{
	const struct body_signature *found = body_signature(check);
	double ratio = found->signature == 0
		? 1e6
		: (double)found->body / (double)found->signature;

	return found->present && body_within(rule, ratio);
}

const struct eval evals_bodyeval[] = {
	{ "multipart_alternative_difference", body_alternative, NULL },
	{ "multipart_alternative_difference_count", body_alternative_count,
	  NULL },
	{ "check_blank_line_ratio", body_blank_lines, NULL },
	{ "tvd_vertical_words", body_vertical_words, NULL },
	{ "check_body_length", body_length, NULL },
	{ "plaintext_body_length", body_plain_length, NULL },
	{ "plaintext_sig_length", body_signature_length, NULL },
	{ "plaintext_body_sig_ratio", body_signature_ratio, NULL },
	{ NULL, NULL, NULL },
};
