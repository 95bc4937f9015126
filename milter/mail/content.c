/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/content.h"

#include "base/mem.h"
#include "mail/header.h"

#define CONTENT_SECTIONS_MAX 100 /* name*0= ... of one name */

static bool
content_is_word(int c)
{
	return str_is_alnum(c) || c == '_';
}

/*
 * Where the next `word`, blanks, '=' and blanks end, from *at on; s.len + 1 if
 * nowhere. The word must not continue another one. *at moves behind the word.
 */
static size_t
content_key(struct slice s, size_t *at, const char *word)
{
	size_t len = strlen(word), value;

	for (; *at + len <= s.len; ++*at) {
		if (*at > 0 &&
		    content_is_word((unsigned char)s.data[*at - 1]))
			continue;
		if (!slice_starts_nocase(slice_from(s, *at), word))
			continue;
		*at += len;
		value = slice_skip_space(s, *at);
		if (value < s.len && s.data[value] == '=')
			return slice_skip_space(s, value + 1);
		--*at;
	}
	return s.len + 1;
}

/* Is this the end of the text, or the LF that ends it? */
static bool
content_at_end(struct slice s, size_t at)
{
	return at >= s.len || (at + 1 == s.len && s.data[at] == '\n');
}

static struct slice
content_boundary(struct slice s)
{
	size_t at = 0, start, end;

	while ((start = content_key(s, &at, "boundary")) <= s.len) {
		if (start + 1 < s.len && s.data[start] == '"' &&
		    s.data[start + 1] != '"')
			return slice_cut(s, start + 1,
					 slice_find(s, start + 1, '"'));
		for (end = start; end < s.len && s.data[end] != '"' &&
				  s.data[end] != ';' &&
				  !str_is_space((unsigned char)s.data[end]);
		     end++)
			;
		if (end == start || (end < s.len && s.data[end] == '"'))
			continue;
		return slice_cut(s, start, end);
	}
	return SLICE_NONE;
}

/* A value up to ';' or the end on the same line, one quote off at each end;
 * SLICE_NONE if a line break comes first. */
static struct slice
content_value(struct slice s, size_t start)
{
	size_t end;

	if (start < s.len && (s.data[start] == '"' || s.data[start] == '\''))
		start++;
	for (end = start; end < s.len && s.data[end] != ';' &&
			  s.data[end] != '\n';
	     end++)
		;
	if (end < s.len && s.data[end] == '\n' && !content_at_end(s, end))
		return SLICE_NONE;
	if (end > start && (s.data[end - 1] == '"' || s.data[end - 1] == '\''))
		end--;
	return slice_cut(s, start, end);
}

static struct slice
content_simple(struct slice s, const char *word)
{
	struct slice value = SLICE_NONE;
	size_t at = 0, start;

	while (value.data == NULL &&
	       (start = content_key(s, &at, word)) <= s.len)
		value = content_value(s, start);
	return value;
}

/* "filename" and "name" both count: the one that stands first. */
static struct slice
content_name_plain(struct slice s)
{
	struct slice a = content_simple(s, "filename");
	struct slice b = content_simple(s, "name");

	if (a.data == NULL || (b.data != NULL && b.data < a.data))
		return b;
	return a;
}

/* The sections name*0=, name*1= ... put together, undecoded. */
static const char *
content_name_sections(void *mem, struct slice s)
{
	struct slice sections[CONTENT_SECTIONS_MAX] = { 0 };
	struct buf out = BUF(mem);
	bool first = false;

	for (size_t at = 0;
	     (at = slice_search_nocase(s, at, SLICE("name*"))) < s.len;) {
		size_t number = 0, i = at + 5, end;
		bool file = at >= 4 && slice_is_nocase(slice_cut(s, at - 4, at),
						       "file");
		size_t before = file ? at - 4 : at;

		at = i;
		if (before > 0 &&
		    content_is_word((unsigned char)s.data[before - 1]))
			continue;
		for (; i < s.len && i < at + 4 &&
		       str_is_digit((unsigned char)s.data[i]);
		     i++)
			number = number * 10 + (size_t)(s.data[i] - '0');
		end = slice_skip_space(s, i);
		if (i == at || number >= CONTENT_SECTIONS_MAX ||
		    end >= s.len || s.data[end] != '=')
			continue;
		first = first || (number == 0 && i == at + 1);
		sections[number] =
			content_value(s, slice_skip_space(s, end + 1));
	}
	for (size_t i = 0; first && i < CONTENT_SECTIONS_MAX; i++)
		buf_slice(&out, sections[i]);
	return first && out.len > 0 ? buf_string(&out) : NULL;
}

/* NUL is a byte like others to SpamAssassin; here it must not end the
 * string. */
static char *
content_string(void *mem, struct slice s)
{
	char *text = s.data == NULL ? NULL : slice_string(mem, s);

	for (size_t i = 0; i < s.len; i++)
		if (text[i] == '\0')
			text[i] = '\001';
	return text;
}

/* "text/html" out of the value, whatever stands around it. */
static char *
content_type_word(void *mem, struct slice s)
{
	size_t slash, end;

	s = slice_from(s, slice_skip_space(s, 0));
	s = slice_cut(s, 0, slice_find(s, 0, ';'));
	slash = slice_find(s, 0, '/');
	for (end = slash + 1; end < s.len && s.data[end] != '/' &&
			      !str_is_space((unsigned char)s.data[end]);
	     end++)
		;
	if (slash != 0)
		s = slice_cut(s, 0, end);
	return str_lower(mem, content_string(mem, s));
}

/* Any other text/... is shown as plain text by readers. */
static bool
content_becomes_plain(const char *type)
{
	return type[0] == '\0' ||
	       (strncmp(type, "text", 4) == 0 &&
		!content_is_word((unsigned char)type[4]) &&
		strcmp(type, "text/html") != 0 &&
		strcmp(type, "text/calendar") != 0 &&
		strcmp(type, "text/x-vcard") != 0);
}

static char *
content_type_clean(void *mem, const char *type)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	for (; *type != '\0'; type++)
		if (*type > ' ' && *type < 127 &&
		    strchr("\"(),:;<=>?@[\\]", *type) == NULL)
			buf_char(&out, *type);
	return out.data;
}

struct content
content_parse(void *mem, const struct headers *headers)
{
	struct slice value = header_last_decoded(headers, "content-type");
	struct content content = { 0 };
	char *type;

	if (value.len == 0 || slice_is(value, "0")) {
		content.type = "text/plain";
		content.charset = "us-ascii";
		content.missing = true;
		return content;
	}
	content.boundary = content_boundary(value);
	content.charset = content_string(mem, content_simple(value, "charset"));
	content.name = content_string(mem, content_name_plain(value));
	if (content.name == NULL || content.name[0] == '\0' ||
	    strcmp(content.name, "0") == 0)
		content.name = content_name_sections(mem, value);
	type = content_type_word(mem, value);
	content.declared = type;
	content.missing = type[0] == '\0' || strcmp(type, "0") == 0;
	content.type = content_becomes_plain(type) || content.missing ?
			       "text/plain" :
			       content_type_clean(mem, type);
	return content;
}

const char *
content_disposition_name(void *mem, const struct headers *headers)
{
	struct slice s = header_last_decoded(headers,
					     "content-disposition");
	size_t at = 0;

	while ((at = slice_search_nocase(s, at, SLICE("name="))) < s.len) {
		size_t blank = at + 5, start = slice_skip_space(s, blank);
		size_t end;

		at = blank;
		if (start < s.len && s.data[start] == '"')
			start++;
		end = start;
		while (end < s.len && s.data[end] != '"' && s.data[end] != ';')
			end++;
		if (end > start)
			return content_string(mem, slice_cut(s, start, end));
		/* The pattern gives a blank back rather than find nothing. */
		start = slice_skip_space(s, blank);
		if (start > blank)
			return content_string(mem,
					      slice_cut(s, start - 1, start));
	}
	return NULL;
}

const char *
content_disposition(void *mem, const struct headers *headers)
{
	struct slice s = header_last_decoded(headers,
					     "content-disposition");

	s = slice_trim(slice_cut(s, 0, slice_find(s, 0, ';')));
	return s.len == 0 ? "" : str_lower(mem, content_string(mem, s));
}

const char *
content_encoding(void *mem, const struct headers *headers)
{
	struct slice s = header_last_decoded(headers,
					     "content-transfer-encoding");

	return s.len == 0 ? "" : str_lower(mem, content_string(mem, s));
}
