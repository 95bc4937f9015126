/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTMLEval: what was found while HTML was rendered. Each looks at all HTML
 * parts of a message; one that fits will do.
 */
#include "rule/eval_tables.h"

#include <string.h>

#include "base/mem.h"
#include "mail/html.h"
#include "mail/text.h"
#include "mail/unicode.h"
#include "rule/check_private.h"
#include "rule/eval_args.h"

/* The HTML of the next part that has some; NULL: there is none left. */
static const struct html *
html_next(struct check *check, size_t *part)
{
	struct message *message = check->message;

	while (*part < message->part_count) {
		const struct html *html =
			text_part(message->parts[(*part)++])->html;

		if (html != NULL)
			return html;
	}
	return NULL;
}

/* "< 384", "!= 0": an operator and a whole number; others fit nothing. */
static bool
html_fits(double value, const char *expression)
{
	static const char *const operators[] = { "<=", ">=", "==", "!=",
						 "<",  ">",  NULL };
	struct slice rest = slice_trim(slice_of(expression));
	int64_t number;
	int i = 0;

	while (operators[i] != NULL && !slice_starts(rest, operators[i]))
		i++;
	if (operators[i] == NULL)
		return false;
	expression = strstr(expression, operators[i]) + strlen(operators[i]);
	expression += strspn(expression, " ");
	if (!str_int64(expression, &number))
		return false;
	switch (i) {
	case 0:
		return value <= (double)number;
	case 1:
		return value >= (double)number;
	case 2:
		return value == (double)number;
	case 3:
		return value != (double)number;
	case 4:
		return value < (double)number;
	default:
		return value > (double)number;
	}
}

/* tag, expression: start tags less end tags. */
static int
html_tag_balance(struct check *check, const struct rule *rule)
{
	const char *tag = eval_arg(rule, 0), *expression = eval_arg(rule, 1);
	const struct html *html;
	size_t part = 0;
	long open;

	if (expression == NULL)
		return 0;
	while ((html = html_next(check, &part)) != NULL)
		if (html_inside(html, tag, &open) &&
		    html_fits((double)open, expression))
			return 1;
	return 0;
}

static int
html_tag_exists(struct check *check, const struct rule *rule)
{
	const char *tag = eval_arg(rule, 0);
	const struct html *html;
	size_t part = 0;

	while (tag != NULL && (html = html_next(check, &part)) != NULL)
		if (html_inside(html, tag, NULL))
			return 1;
	return 0;
}

static bool
html_between(double value, const struct rule *rule, size_t arg)
{
	return value > eval_number(rule, arg) &&
	       value <= eval_number(rule, arg + 1);
}

/* An image, and HTML of at least and at most so many characters. */
static int
html_image_only(struct check *check, const struct rule *rule)
{
	const struct html_value *length;
	const struct html *html;
	size_t part = 0;

	while ((html = html_next(check, &part)) != NULL) {
		length = html_value(html, "length");
		if (length != NULL && html_inside(html, "img", NULL) &&
		    html_between(length->value, rule, 0))
			return 1;
	}
	return 0;
}

/* Characters of text to a pixel of images. */
static int
html_image_ratio(struct check *check, const struct rule *rule)
{
	const struct html_value *text, *area;
	const struct html *html;
	size_t part = 0;

	while ((html = html_next(check, &part)) != NULL) {
		text = html_value(html, "non_space_len");
		area = html_value(html, "image_area");
		if (text != NULL && area != NULL && area->value > 0 &&
		    html_between(text->value / area->value, rule, 0))
			return 1;
	}
	return 0;
}

static int
html_test(struct check *check, const struct rule *rule)
{
	const char *name = eval_arg(rule, 0);
	const struct html_value *value;
	const struct html *html;
	size_t part = 0;

	while (name != NULL && (html = html_next(check, &part)) != NULL) {
		value = html_value(html, name);
		if (value != NULL && value->value != 0)
			return 1;
	}
	return 0;
}

static int
html_eval(struct check *check, const struct rule *rule)
{
	const char *name = eval_arg(rule, 0), *expression = eval_arg(rule, 1);
	const struct html_value *value;
	const struct html *html;
	size_t part = 0;

	if (expression == NULL)
		return 0;
	while ((html = html_next(check, &part)) != NULL) {
		value = html_value(html, name);
		if (value != NULL && html_fits(value->value, expression))
			return 1;
	}
	return 0;
}

/* name, more than, and up to; "inf" or nothing: no bound. */
static int
html_range(struct check *check, const struct rule *rule)
{
	const char *name = eval_arg(rule, 0), *max = eval_arg(rule, 2);
	const struct html_value *value;
	const struct html *html;
	size_t part = 0;

	if (max != NULL && strcmp(max, "inf") == 0)
		max = NULL;
	while (name != NULL && (html = html_next(check, &part)) != NULL) {
		value = html_value(html, name);
		if (value != NULL && value->value > eval_number(rule, 1) &&
		    (max == NULL || value->value <= eval_number(rule, 2)))
			return 1;
	}
	return 0;
}

/* A text that matches, or one that does not. */
static int
html_texts_match(struct check *check, const struct rule *rule,
		 enum regex_result wanted)
{
	const struct html_texts *texts;
	const struct html *html;
	size_t part = 0;

	while (rule->regex != NULL &&
	       (html = html_next(check, &part)) != NULL) {
		texts = html_texts(html, eval_arg(rule, 0));
		for (size_t i = 0; texts != NULL && i < texts->count; i++)
			if (regex_match(rule->regex, check->own->scratch,
					unicode_to_places(check,
							texts->items[i]),
					0) == wanted)
				return 1;
	}
	return 0;
}

static int
html_text_match(struct check *check, const struct rule *rule)
{
	return html_texts_match(check, rule, REGEX_YES);
}

static int
html_text_not_match(struct check *check, const struct rule *rule)
{
	return html_texts_match(check, rule, REGEX_NO);
}

/* A title that is so many times as long as the Subject. */
static int
html_title_ratio(struct check *check, const struct rule *rule)
{
	struct slice subject = check_header_text(check, "Subject");
	const struct html *html;
	size_t part = 0;

	while (subject.len > 0 && (html = html_next(check, &part)) != NULL)
		for (size_t i = 0; i < html->titles.count; i++)
			if ((double)unicode_length(html->titles.items[i]) /
				    (double)subject.len >
			    eval_number(rule, 0))
				return 1;
	return 0;
}

/* Never: SpamAssassin 4.0.1 asks for what its renderer keeps to itself. */
static int
html_charset_faraway(struct check *check, const struct rule *rule)
{
	return 0;
}

static int
html_iframe_source(struct check *check, const struct rule *rule)
{
	const struct html *html;
	size_t part = 0;

	while ((html = html_next(check, &part)) != NULL)
		for (size_t i = 0; i < html->uri_count; i++)
			if (html->uris[i].types & 1U << HTML_URI_IFRAME)
				return 1;
	return 0;
}

const struct eval evals_htmleval[] = {
	{ "html_tag_balance", html_tag_balance, NULL },
	{ "html_image_only", html_image_only, NULL },
	{ "html_image_ratio", html_image_ratio, NULL },
	{ "html_charset_faraway", html_charset_faraway, NULL },
	{ "html_tag_exists", html_tag_exists, NULL },
	{ "html_test", html_test, NULL },
	{ "html_eval", html_eval, NULL },
	{ "html_text_match", html_text_match, NULL },
	{ "html_text_not_match", html_text_not_match, NULL },
	{ "html_title_subject_ratio", html_title_ratio, NULL },
	{ "html_range", html_range, NULL },
	{ "check_iframe_src", html_iframe_source, NULL },
	{ NULL, NULL, NULL },
};
