/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/spf_macro.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/mem.h"

#define SPF_MACRO_LETTERS "slodiphv"
#define SPF_MACRO_DELIMITERS ".-+,/_="
#define SPF_MACRO_PARTS 128 /* labels of an IPv6 address, and more */
#define SPF_NAME_MAX 253
#define SPF_EXPANDED_MAX 8192 /* bytes, before only the end is kept */

/* --- the grammar --- */

struct spf_macro {
	char letter;
	unsigned keep; /* parts from the right; 0: all */
	bool reverse;
	struct slice delimiters; /* never empty */
};

/* One macro-expand at the front of *text, which is at its '%': false if
 * malformed. *literal: what stands for itself ("%%"), else macro is it. */
static bool
spf_macro_take(struct slice *text, struct spf_macro *macro,
	       const char **literal)
{
	size_t end = slice_find(*text, 0, '}'), at = 3;

	*literal = text->len < 2	  ? NULL
		   : text->data[1] == '%' ? "%"
		   : text->data[1] == '_' ? " "
		   : text->data[1] == '-' ? "%20"
					  : NULL;
	if (*literal != NULL) {
		*text = slice_from(*text, 2);
		return true;
	}
	if (text->len < 4 || text->data[1] != '{' || end == text->len ||
	    end < 3)
		return false;
	*macro = (struct spf_macro){ .letter = text->data[2] };
	if (memchr(SPF_MACRO_LETTERS,
		   str_lower_char((unsigned char)macro->letter),
		   strlen(SPF_MACRO_LETTERS)) == NULL)
		return false;
	for (; str_is_digit((unsigned char)text->data[at]); at++) {
		macro->keep = macro->keep * 10 +
			      (unsigned)(text->data[at] - '0');
		if (macro->keep > SPF_MACRO_PARTS)
			macro->keep = SPF_MACRO_PARTS;
	}
	if (at > 3 && macro->keep == 0)
		return false;
	macro->reverse = str_lower_char((unsigned char)text->data[at]) == 'r';
	at += macro->reverse;
	macro->delimiters = slice_cut(*text, at, end);
	for (size_t i = 0; i < macro->delimiters.len; i++)
		if (memchr(SPF_MACRO_DELIMITERS, macro->delimiters.data[i],
			   strlen(SPF_MACRO_DELIMITERS)) == NULL)
			return false;
	if (macro->delimiters.len == 0)
		macro->delimiters = SLICE(".");
	*text = slice_from(*text, end + 1);
	return true;
}

/* Whether all of text is well formed; *macro_last: it ends with a macro. */
static bool
spf_macro_check(struct slice text, bool *macro_last)
{
	struct spf_macro macro;
	const char *literal;

	*macro_last = false;
	while (text.len > 0) {
		unsigned char c = (unsigned char)text.data[0];

		*macro_last = c == '%';
		if (c == '%') {
			if (!spf_macro_take(&text, &macro, &literal))
				return false;
			continue;
		}
		if (c < 0x21 || c > 0x7e)
			return false;
		text = slice_from(text, 1);
	}
	return true;
}

bool
spf_macro_is_string(struct slice text)
{
	bool macro_last;

	return spf_macro_check(text, &macro_last);
}

/* Letters, digits and dashes within, not digits alone. */
static bool
spf_is_toplabel(struct slice label)
{
	bool letter = false;

	if (label.len == 0 || label.data[0] == '-' ||
	    label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		unsigned char c = (unsigned char)label.data[i];

		if (!str_is_alnum(c) && c != '-')
			return false;
		letter |= !str_is_digit(c);
	}
	return letter;
}

bool
spf_macro_is_domain(struct slice text)
{
	bool macro_last;
	size_t dot;

	if (text.len == 0 || !spf_macro_check(text, &macro_last))
		return false;
	if (macro_last)
		return true;
	if (text.data[text.len - 1] == '.')
		text.len--;
	for (dot = text.len; dot > 0 && text.data[dot - 1] != '.'; dot--)
		;
	return dot > 0 && spf_is_toplabel(slice_from(text, dot));
}

bool
spf_macro_needs_name(struct slice text)
{
	return slice_search_nocase(text, 0, SLICE("%{p")) < text.len;
}

/* --- values --- */

static void
spf_put_client(struct buf *out, const char *client)
{
	unsigned char bytes[16];

	if (inet_pton(AF_INET6, client, bytes) != 1) {
		buf_text(out, client);
		return;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		buf_printf(out, "%s%x.%x", i == 0 ? "" : ".", bytes[i] >> 4,
			   bytes[i] & 15u);
}

static void
spf_put_value(struct buf *out, char letter,
	      const struct spf_macro_values *values)
{
	switch (letter) {
	case 's':
		buf_printf(out, "%s@%s", values->local, values->sender_domain);
		break;
	case 'l':
		buf_text(out, values->local);
		break;
	case 'o':
		buf_text(out, values->sender_domain);
		break;
	case 'd':
		buf_text(out, values->domain);
		break;
	case 'i':
		spf_put_client(out, values->client);
		break;
	case 'p':
		buf_text(out, values->name);
		break;
	case 'h':
		buf_text(out, values->helo);
		break;
	default: /* 'v' */
		buf_text(out, strchr(values->client, ':') != NULL ? "ip6"
								  : "in-addr");
	}
}

/* --- transformers --- */

static size_t
spf_split(struct slice text, struct slice delimiters, struct slice *parts)
{
	size_t count = 0, start = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len &&
		    memchr(delimiters.data, text.data[i], delimiters.len) ==
			    NULL)
			continue;
		if (count == SPF_MACRO_PARTS)
			return count;
		parts[count++] = slice_cut(text, start, i);
		start = i + 1;
	}
	return count;
}

/* As in a URI, where the letter was a capital. */
static void
spf_put_part(struct buf *out, struct slice part, bool escape)
{
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.data[i];

		if (!escape || str_is_alnum(c) ||
		    memchr("-._~", c, 4) != NULL)
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void
spf_put_macro(struct buf *out, const struct spf_macro *macro,
	      const struct spf_macro_values *values)
{
	struct slice parts[SPF_MACRO_PARTS];
	struct buf value = BUF(NULL);
	bool escape = isupper((unsigned char)macro->letter) != 0;
	size_t count, first = 0;

	buf_text(&value, "");
	spf_put_value(&value,
		      (char)str_lower_char((unsigned char)macro->letter),
		      values);
	count = spf_split(buf_view(&value), macro->delimiters, parts);
	if (macro->keep > 0 && macro->keep < count)
		first = count - macro->keep;
	for (size_t i = first; i < count; i++) {
		/* Reversed first, then the right-hand ones are kept. */
		size_t at = macro->reverse ? count - 1 - i : i;

		if (i > first)
			buf_char(out, '.');
		spf_put_part(out, parts[at], escape);
	}
	mem_free(value.data);
}

/* Labels go from the front until the rest is a name. */
static struct slice
spf_shorten(struct slice name)
{
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	while (name.len > SPF_NAME_MAX) {
		size_t dot = slice_find(name, 0, '.');

		if (dot == name.len)
			return name;
		name = slice_from(name, dot + 1);
	}
	return name;
}

/* Of a text that is too long to be a name only the end counts. */
static void
spf_drop_front(struct buf *out)
{
	if (out->len <= SPF_EXPANDED_MAX)
		return;
	memmove(out->data, out->data + out->len - 2 * SPF_NAME_MAX,
		2 * SPF_NAME_MAX + 1);
	out->len = 2 * SPF_NAME_MAX;
}

char *
spf_macro_expand(void *mem, struct slice text,
		 const struct spf_macro_values *values)
{
	struct buf out = BUF(mem);
	struct spf_macro macro;
	const char *literal;

	buf_text(&out, "");
	while (text.len > 0) {
		if (text.data[0] != '%') {
			buf_char(&out, text.data[0]);
			text = slice_from(text, 1);
		} else if (!spf_macro_take(&text, &macro, &literal)) {
			break; /* was checked before */
		} else if (literal != NULL) {
			buf_text(&out, literal);
		} else {
			spf_put_macro(&out, &macro, values);
		}
		spf_drop_front(&out);
	}
	return slice_string(mem, spf_shorten(buf_view(&out)));
}
