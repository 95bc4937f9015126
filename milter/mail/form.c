/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches forms. Recursion goes as deep as a form has parts, never as deep as
 * the text is long.
 */
#include "mail/form.h"

#include <string.h>

/* A run of bytes that a part of a form asks for. */
struct form_run {
	char field;
	size_t min, max;
	bool lazy;
	const char *set; /* up to '}'; NULL: all but the blank; "": all */
};

static bool form_at(struct form *form, const char *pattern, size_t at);

struct form
form_new(struct slice text)
{
	return (struct form){ .text = text, .budget = FORM_BUDGET };
}

bool
form_is_word(char c)
{
	return str_is_alnum((unsigned char)c) || c == '_';
}

bool
form_is_edge(struct slice text, size_t at)
{
	bool before = at > 0 && form_is_word(text.data[at - 1]);
	bool after = at < text.len && form_is_word(text.data[at]);

	return before != after;
}

static bool
form_in_set(const char *set, char c)
{
	bool negated = *set == '^';

	for (set += negated; *set != '}' && *set != '\0'; set++) {
		if (set[1] == '-' && set[2] != '}') {
			if (c >= set[0] && c <= set[2])
				return !negated;
			set += 2;
		} else if (c == *set) {
			return !negated;
		}
	}
	return negated;
}

/* How many bytes at the start of text the run may take. */
static size_t
form_run_length(const struct form_run *run, struct slice text)
{
	size_t n = 0;

	if (run->set == NULL)
		return slice_find(text, 0, ' ');
	if (*run->set == '\0')
		return text.len;
	while (n < text.len && form_in_set(run->set, text.data[n]))
		n++;
	return n;
}

static void
form_keep(struct form *form, char field, struct slice value)
{
	static const char letters[] = "hrbiuensa";
	const char *letter;

	if (field == 'w')
		return; /* as most are */
	letter = strchr(letters, field);
	if (letter != NULL)
		form->fields[letter - letters] = value;
	if (field == 'f')
		form->fields[FORM_HELO] = form->fields[FORM_RDNS] = value;
}

static bool
form_spend(struct form *form, size_t steps)
{
	if (form->budget <= steps) {
		form->budget = 0;
		return false;
	}
	form->budget -= steps;
	return true;
}

/* Whether the rest of the form may match at `at`, as far as a glance tells. */
static bool
form_glance(const struct form *form, const char *pattern, size_t at)
{
	if (*pattern == '\0' || *pattern == '%')
		return true;
	return at < form->text.len && form->text.data[at] == *pattern;
}

/* Once the literal text behind "anything" is found and "anything" comes again,
 * a later place could do no better. */
static bool
form_is_first_best(const char *pattern)
{
	size_t n = strcspn(pattern, "%");

	return n > 0 && pattern[n] == '%' &&
	       (pattern[n + 1] == '*' || pattern[n + 1] == '>');
}

static bool
form_literal(const struct form *form, const char *pattern, size_t at)
{
	size_t n = strcspn(pattern, "%");

	return at + n <= form->text.len &&
	       memcmp(form->text.data + at, pattern, n) == 0;
}

static bool
form_run(struct form *form, const struct form_run *run, const char *rest,
	 size_t at)
{
	bool best = run->lazy && form_is_first_best(rest);
	size_t room = form->text.len - at, places, n, k;

	if (run->max != 0 && room > run->max)
		room = run->max;
	n = form_run_length(run, slice_cut(form->text, at, at + room));
	if (n < run->min || !form_spend(form, n / 16))
		return false;
	/* Inside a word there is no blank to go on with. */
	places = run->set == NULL && *rest == ' ' ? 0 : n - run->min;
	for (size_t i = 0; i <= places; i++) {
		k = run->lazy ? run->min + i : n - i;
		if (!form_glance(form, rest, at + k))
			continue;
		form_keep(form, run->field, slice_cut(form->text, at, at + k));
		if (form_at(form, rest, at + k))
			return true;
		if (form->budget == 0 ||
		    (best && form_literal(form, rest, at + k)))
			return false;
	}
	return false;
}

/* "%{h,0,40,^)}", from behind the brace; NULL if the form is broken. */
static const char *
form_read_run(const char *pattern, struct form_run *run)
{
	size_t *numbers[] = { &run->min, &run->max };

	run->field = *pattern++;
	for (int i = 0; i < 2 && *pattern == ','; i++)
		for (pattern++; str_is_digit((unsigned char)*pattern);
		     pattern++)
			*numbers[i] = 10 * *numbers[i] +
				      (size_t)(*pattern - '0');
	run->set = pattern + 1;
	if (*run->set == '\0')
		return "";
	/* A set may begin with a brace. */
	for (pattern = run->set + 1; *pattern != '\0' && *pattern != '}';)
		pattern++;
	return *pattern == '\0' ? "" : pattern + 1;
}

static bool
form_word(struct form *form, char letter, const char *rest, size_t at)
{
	bool empty = letter >= 'A' && letter <= 'Z';
	struct form_run run = {
		.field = (char)str_lower_char(letter),
		.min = empty ? 0 : 1,
	};

	return form_run(form, &run, rest, at);
}

static bool
form_anything(struct form *form, char field, bool lazy, const char *rest,
	      size_t at)
{
	struct form_run run = { .field = field, .lazy = lazy, .set = "" };

	return form_run(form, &run, rest, at);
}

static bool
form_address(struct form *form, char letter, const char *rest, size_t at)
{
	size_t ends[2], n = form_ip(form->text, at, ends);

	for (size_t i = 0; i < n; i++) {
		form_keep(form, letter, slice_cut(form->text, at, ends[i]));
		if (form_at(form, rest, ends[i]))
			return true;
	}
	return false;
}

static bool
form_localhost(struct form *form, const char *rest, size_t at)
{
	struct slice text = slice_from(form->text, at);
	size_t ends[2], n;

	if (slice_starts_nocase(text, "localhost.localdomain") &&
	    form_at(form, rest, at + 21))
		return true;
	if (slice_starts_nocase(text, "localhost"))
		return form_at(form, rest, at + 9);
	n = form_ip(form->text, at, ends);
	for (size_t i = 0; i < n; i++)
		if (form_is_localhost(slice_cut(form->text, at, ends[i])) &&
		    form_at(form, rest, ends[i]))
			return true;
	return false;
}

/* Behind the "%)" of a "%(" whose inside begins here. */
static const char *
form_behind(const char *pattern)
{
	for (unsigned depth = 1; *pattern != '\0'; pattern++) {
		if (*pattern != '%')
			continue;
		pattern++;
		if (*pattern == '(')
			depth++;
		else if (*pattern == ')' && --depth == 0)
			return pattern + 1;
		else if (*pattern == '\0')
			break;
	}
	return pattern;
}

static bool
form_optional(struct form *form, const char *inside, size_t at)
{
	struct slice kept[FORM_FIELDS];

	memcpy(kept, form->fields, sizeof(kept));
	if (form_at(form, inside, at))
		return true;
	memcpy(form->fields, kept, sizeof(kept));
	return form_at(form, form_behind(inside), at);
}

/* How many bytes a fixed choice takes at `at`; 0: it is not there. */
static size_t
form_choice(const struct form *form, char letter, size_t at)
{
	struct slice text = slice_from(form->text, at);

	if (letter == 'E')
		return slice_starts(text, "HELO") || slice_starts(text, "EHLO")
			       ? 4
			       : 0;
	if (letter == 'S')
		return slice_starts(text, "ESMTP")  ? 5
		       : slice_starts(text, "SMTP") ? 4
						    : 0;
	if (!slice_starts(text, "SMTP") && !slice_starts(text, "QMQP"))
		return 0;
	return slice_starts(slice_from(text, 4), " id ") ? 0 : 4;
}

static bool
form_holds(const struct form *form, char letter, size_t at)
{
	size_t len = form->text.len;

	if (letter == '!')
		return form_is_edge(form->text, at);
	if (at == len)
		return true;
	return letter == '/' && form->text.data[at] == ' ';
}

/* The part behind a percent sign that matches in more than one way, and with it
 * all that follows. */
static bool
form_part(struct form *form, const char *pattern, size_t at)
{
	struct form_run run = { 0 };

	switch (*pattern) {
	case '(':
		return form_optional(form, pattern + 1, at);
	case '{':
		pattern = form_read_run(pattern + 1, &run);
		return form_run(form, &run, pattern, at);
	case '*':
		return form_anything(form, 'w', true, pattern + 1, at);
	case '>':
		return form_anything(form, 'w', false, pattern + 1, at);
	case '<':
		return form_anything(form, pattern[1], true, pattern + 2, at);
	case 'i':
	case 'I':
		return form_address(form, *pattern, pattern + 1, at);
	case 'L':
		return form_localhost(form, pattern + 1, at);
	default:
		return form_word(form, *pattern, pattern + 1, at);
	}
}

static bool
form_at(struct form *form, const char *pattern, size_t at)
{
	size_t n;

	for (; *pattern != '\0'; pattern++) {
		if (!form_spend(form, 1))
			return false;
		if (*pattern != '%') {
			if (!form_glance(form, pattern, at))
				return false;
			at++;
			continue;
		}
		pattern++;
		if (*pattern == ')')
			continue;
		if (*pattern == '$' || *pattern == '/' || *pattern == '!') {
			if (!form_holds(form, *pattern, at))
				return false;
		} else if (*pattern == 'E' || *pattern == 'S' ||
			   *pattern == 'Q') {
			n = form_choice(form, *pattern, at);
			if (n == 0)
				return false;
			at += n;
		} else if (*pattern == '%') {
			if (at >= form->text.len || form->text.data[at] != '%')
				return false;
			at++;
		} else {
			return form_part(form, pattern, at);
		}
	}
	form->end = at;
	return true;
}

bool
form_match(struct form *form, const char *pattern, size_t at)
{
	memset(form->fields, 0, sizeof(form->fields));
	form->start = at;
	return at <= form->text.len && form_at(form, pattern, at);
}

/* What a form begins with, as far as a place can be found by it. */
struct form_start {
	struct slice literal;
	struct form_run run; /* of which there must be one byte, if min > 0 */
	bool hello;	     /* HELO or EHLO */
};

static struct form_start
form_starts(const char *pattern)
{
	struct form_start start = { 0 };

	if (pattern[0] == '%' && pattern[1] == '!')
		pattern += 2;
	start.literal = (struct slice){ pattern, strcspn(pattern, "%") };
	if (start.literal.len > 0 || *pattern == '\0')
		return start;
	start.hello = pattern[1] == 'E';
	if (pattern[1] == '{')
		form_read_run(pattern + 2, &start.run);
	return start;
}

/* The first place from at on that the beginning of the form allows; the end of
 * the text stands for none, too. */
static size_t
form_next(const struct form_start *start, struct slice text, size_t at)
{
	if (start->literal.len > 0)
		return slice_search(text, at, start->literal);
	if (start->hello)
		while (at < text.len && text.data[at] != 'E' &&
		       text.data[at] != 'H')
			at++;
	else if (start->run.min > 0)
		while (at < text.len &&
		       !form_in_set(start->run.set, text.data[at]))
			at++;
	return at;
}

bool
form_search(struct form *form, const char *pattern)
{
	struct form_start start = form_starts(pattern);
	size_t at;

	if (!form_spend(form, form->text.len / 16 + 1))
		return false;
	at = form_next(&start, form->text, 0);
	while (!form_match(form, pattern, at)) {
		if (at == form->text.len || form->budget == 0)
			return false;
		at = form_next(&start, form->text, at + 1);
	}
	return true;
}
