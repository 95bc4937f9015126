/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MIMEEval: text in capitals, and text in a charset that is not expected. */
#include "rule/eval_mime.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset_locale.h"
#include "mail/text.h"
#include "rule/eval_args.h"

#define MIME_CAPITALS_LEAST 200 /* bytes of text that are judged */

/* What stands behind charset= in the message's own Content-Type: in double
 * quotes, else in single ones, else up to white space. */
static struct slice
mime_root_charset(struct check *check)
{
	struct slice field = check_header_text(check, "Content-Type");
	struct slice found = SLICE_NONE;

	for (const char *quote = "\"'"; *quote != '\0'; quote++)
		for (size_t at = 0; (at = slice_search_nocase(
					     field, at, SLICE("charset="))) <
				    field.len;) {
			size_t end;

			at += 8;
			if (at >= field.len || field.data[at] != *quote)
				continue;
			end = slice_find(field, at + 1, *quote);
			if (end < field.len && end > at + 1)
				return slice_cut(field, at + 1, end);
		}
	for (size_t at = 0; found.len == 0 &&
			    (at = slice_search_nocase(field, at,
						      SLICE("charset="))) <
				    field.len;) {
		size_t end = at += 8;

		while (end < field.len &&
		       !str_is_space((unsigned char)field.data[end]))
			end++;
		found = slice_cut(field, at, end);
	}
	return found.len > 0 ? found : SLICE_NONE;
}

/* At least four bytes that are not ASCII, and at least half of all. */
static bool
mime_is_high(const struct text *text)
{
	/* The lines count with a LF between them. */
	size_t high = 0, low = text->count > 0 ? text->count - 1 : 0;

	for (size_t i = 0; i < text->count; i++)
		for (size_t k = 0; k < text->items[i].len; k++)
			if ((unsigned char)text->items[i].data[k] >= 0x80)
				high++;
			else
				low++;
	return low <= high && high > 3;
}

int
mime_faraway(struct check *check, const struct rule *rule)
{
	struct slice charset = mime_root_charset(check);

	return charset.data != NULL &&
	       !charset_is_ok_for(charset,
				  check->ruleset->settings.ok_locales) &&
	       mime_is_high(eval_texts(check, rule));
}

/* Charsets whose bytes may look like capitals. */
static bool
mime_is_capital_charset(struct slice charset)
{
	static const struct slice parts[] = {
		{ "koi", 3 }, { "jp", 2 }, { "jis", 3 }, { "euc", 3 },
		{ "gb", 2 }, { "big5", 4 }, { "isoir", 5 }, { "cp1251", 6 },
		{ "windows-1251", 12 }, { "georgianps", 10 }, { "pt154", 5 },
		{ "tis", 3 },
	};

	for (size_t i = 0; i < charset.len; i++) {
		unsigned char c = (unsigned char)charset.data[i];

		if (!str_is_alnum(c) && c != '-' && c != '_')
			return false;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (slice_search_nocase(charset, 0, parts[i]) < charset.len)
			return true;
	return false;
}

static bool
mime_may_seem_capital(struct check *check)
{
	struct slice rest = mime_findings(check)->charsets, word;

	if (mime_is_capital_charset(mime_root_charset(check)))
		return true;
	while (slice_word(&rest, " \t\n\v\f\r", &word))
		if (mime_is_capital_charset(word))
			return true;
	return false;
}

/* White space between other bytes. */
static bool
mime_has_gap(struct slice text)
{
	bool word = false, gap = false;

	for (size_t i = 0; i < text.len; i++) {
		if (str_is_space((unsigned char)text.data[i]))
			gap = word;
		else if (gap)
			return true;
		else
			word = true;
	}
	return false;
}

/* Two lines of base64, as they stand in forwarded messages. */
static bool
mime_is_base64(struct slice text)
{
	size_t at = 0, start;

	for (int i = 0; i < 2; i++, at++) {
		for (start = at; at < text.len &&
				 (str_is_alnum((unsigned char)text.data[at]) ||
				  memchr("+/=", text.data[at], 3) != NULL);
		     at++)
			;
		if (at - start < 60 || at - start > 76 || at == text.len ||
		    text.data[at] != ' ')
			return false;
	}
	return true;
}

struct mime_capitals {
	bool known;
	size_t len, upper, lower;
	double percent; /* of the letters and digits */
};

static void
mime_capitals_count(struct mime_capitals *capitals, struct slice text)
{
	enum { OTHER, LOWER, UPPER };
	static const unsigned char kinds[256] = {
		['a' ... 'z'] = LOWER,
		['0' ... '9'] = LOWER,
		['A' ... 'Z'] = UPPER,
	};
	size_t counts[UPPER + 1] = { 0 };

	for (size_t i = 0; i < text.len; i++)
		counts[kinds[(unsigned char)text.data[i]]]++;
	capitals->len += text.len;
	capitals->lower += counts[LOWER];
	capitals->upper += counts[UPPER];
}

/* From the first switch to Japanese to the last back to ASCII nothing
 * counts. */
static void
mime_capitals_add(struct mime_capitals *capitals, struct slice text)
{
	size_t start = slice_search(text, 0, SLICE("\x1b$B")), end = text.len;

	while (start < text.len && end-- > start + 3)
		if (slice_starts(slice_from(text, end), "\x1b(B")) {
			mime_capitals_count(capitals,
					    slice_cut(text, 0, start));
			mime_capitals_count(capitals,
					    slice_from(text, end + 3));
			return;
		}
	mime_capitals_count(capitals, text);
}

static void
mime_capitals_read(struct mime_capitals *capitals, const struct text *texts)
{
	size_t all;

	for (size_t i = 0; i < texts->count; i++)
		if (mime_has_gap(texts->items[i]) &&
		    !mime_is_base64(texts->items[i]))
			mime_capitals_add(capitals, texts->items[i]);
	all = capitals->upper + capitals->lower;
	if (capitals->len >= MIME_CAPITALS_LEAST && all > 0)
		capitals->percent = (double)capitals->upper / (double)all * 100;
}

/* More than so many percent, and up to. */
int
mime_uppercase(struct check *check, const struct rule *rule)
{
	struct mime_capitals *capitals =
		check_state(check, "MIMEEval capitals", sizeof(*capitals));

	if (!capitals->known && !mime_may_seem_capital(check))
		mime_capitals_read(capitals, eval_texts(check, rule));
	capitals->known = true;
	return capitals->percent > eval_number(rule, 0) &&
	       capitals->percent <= eval_number(rule, 1);
}
