/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of a part that programs read differently: two that contradict each
 * other, boundaries with a comment or an escape in them, names of encodings
 * that nobody knows, and so on.
 */
#include <string.h>

#include "base/mem.h"
#include "mail/fields.h"
#include "mail/header.h"
#include "mail/readings_private.h"

#define FIELD_NAME_MAX 80     /* bytes in front of a colon */
#define AMBIGUOUS_SAME_MAX 32 /* fields of one name that are compared */

/* --- encodings --- */

/* Without comments, blanks and quotes, which may stand inside a word. */
static struct slice
transfer_bare(void *mem, struct slice in)
{
	struct buf out = BUF(mem);
	unsigned depth = 0;

	buf_text(&out, "");
	for (size_t i = 0; i < in.len; i++) {
		char c = in.data[i];

		if (c == '\n')
			depth = 0;
		depth += c == '(';
		if (depth == 0 && c != ' ' && c != '"')
			buf_char(&out, c);
		depth -= c == ')' && depth > 0;
	}
	return buf_view(&out);
}

static bool
transfer_has(struct slice value, const char *word)
{
	return slice_search_nocase(value, 0, slice_of(word)) < value.len;
}

static bool
transfer_is_plain(struct slice value)
{
	static const char *const plain[] = { "",       "7bit",	"8bit",
					     "binary", "7-bit", "8-bit",
					     "7bits",  "8bits", "none",
					     "7 bit",  "8 bit" };

	value = slice_trim(value);
	while (value.len > 0 && value.data[value.len - 1] == ';')
		value.len--;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (slice_is_nocase(value, plain[i]))
			return true;
	return false;
}

static unsigned
transfer_of_value(struct slice value)
{
	unsigned transfer = 0;

	if (transfer_has(value, "base64"))
		transfer |= TRANSFER_BASE64;
	if (transfer_has(value, "printable"))
		transfer |= TRANSFER_QP;
	if (transfer_has(value, "uue"))
		transfer |= TRANSFER_UU;
	if (transfer == 0 && !transfer_is_plain(value))
		transfer = TRANSFER_ODD;
	return transfer;
}

static unsigned
transfer_in(void *mem, struct slice fields)
{
	static const struct slice name = SLICE("content-transfer-encoding");
	unsigned transfer = 0;
	size_t at = 0;

	while ((at = slice_search_nocase(fields, at, name)) < fields.len) {
		size_t end = slice_find(fields, at, '\n');
		size_t colon = slice_find(slice_cut(fields, 0, end), at, ':');

		struct slice value = slice_cut(fields, colon + 1, end);

		if (slice_search(value, 0, SLICE("=?")) < value.len)
			value = slice_of(header_decode_words(
				mem, slice_string(mem, value)));
		transfer |= transfer_of_value(value);
		at = end;
	}
	return transfer;
}

/*
 * Some look for the words wherever they stand in a head, whatever has become of
 * the field's name.
 */
static unsigned
transfer_anywhere(struct slice fields)
{
	unsigned transfer = 0;

	if (slice_search_nocase(fields, 0, SLICE("base64")) < fields.len)
		transfer |= TRANSFER_BASE64;
	if (slice_search_nocase(fields, 0, SLICE("quoted-printable")) <
	    fields.len)
		transfer |= TRANSFER_QP;
	return transfer;
}

unsigned
transfer_of(void *mem, struct slice fields)
{
	void *scratch = mem_context(mem, "transfer");
	unsigned transfer = transfer_in(scratch, fields) |
			    transfer_anywhere(fields);

	if (slice_find(fields, 0, '(') < fields.len ||
	    (transfer & TRANSFER_ODD) != 0)
		transfer |=
			transfer_in(scratch, transfer_bare(scratch, fields));
	mem_free(scratch);
	return transfer;
}

/* --- one field --- */

static bool
ambiguous_has_controls(struct slice line)
{
	line = slice_trim(line);
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (c == '\r' && i + 1 < line.len && line.data[i + 1] == '\n')
			continue;
		if (c < ' ' && c != '\t' && c != '\n')
			return true;
	}
	return false;
}

/* A line of its folding begins as a field does. */
static bool
ambiguous_hides_field(struct slice line)
{
	struct slice rest = line, next;

	slice_line(&rest, &next);
	while (slice_line(&rest, &next)) {
		next = slice_trim(next);
		if (slice_starts_nocase(next, "content-t") ||
		    slice_starts_nocase(next, "content-d"))
			return slice_find(next, 0, ':') < next.len;
	}
	return false;
}

/* Where the next "boundary", perhaps with a star, and '=' end; len + 1 if
 * there is none. */
static size_t
ambiguous_boundary(struct slice value, size_t at, bool *star)
{
	static const struct slice word = SLICE("boundary");

	while ((at = slice_search_nocase(value, at, word)) < value.len) {
		bool begins = at == 0 ||
			      strchr("; \t)\"", value.data[at - 1]) != NULL;
		size_t end = at += word.len;

		while (end < value.len &&
		       strchr(" \t*0123456789", value.data[end]) != NULL)
			end++;
		if (!begins || end >= value.len || value.data[end] != '=')
			continue;
		*star = slice_find(slice_cut(value, at, end), 0, '*') <
			end - at;
		return end + 1;
	}
	return value.len + 1;
}

/* Why programs differ on a boundary that begins there, or NULL. */
static const char *
ambiguous_boundary_value(struct slice value)
{
	size_t end, i;
	struct slice s = slice_trim(value);

	if (s.len > 0 && s.data[0] == '"') {
		end = slice_find(s, 1, '"');
		value = slice_cut(s, 1, end);
		if (end == s.len)
			return "a boundary whose quotes do not end";
		if (slice_find(value, 0, '\\') < value.len)
			return "an escape in a boundary";
		if (slice_trim(value).len != value.len)
			return "blanks at the end of a boundary";
		s = slice_trim(slice_from(s, end + 1));
		if (s.len > 0 && s.data[0] != ';')
			return "a boundary that goes on behind its quotes";
	} else {
		value = slice_cut(s, 0, slice_find(s, 0, ';'));
		value = slice_trim(value);
		for (i = 0; i < value.len; i++)
			if (strchr(" \t\"\\()<>'", value.data[i]) != NULL)
				return "a boundary with odd characters and no "
				       "quotes";
		if (value.len == 0)
			return "an empty boundary";
	}
	i = slice_search(value, 0, SLICE("=?"));
	if (slice_search(value, i + 2, SLICE("?=")) < value.len)
		return "an encoded word as boundary";
	return NULL;
}

/* A container in the tree whose type is not plainly that of one, or the other
 * way round. */
static bool
ambiguous_type_word(struct slice value, const struct part *part)
{
	static const char *const kinds[] = { "multipart/", "message/" };
	size_t i;

	value = slice_trim(value);
	for (size_t k = 0; k < 2; k++) {
		if (!slice_starts_nocase(value, kinds[k]))
			continue;
		for (i = strlen(kinds[k]);
		     i < value.len &&
		     (str_is_alnum((unsigned char)value.data[i]) ||
		      strchr("-.+_", value.data[i]) != NULL);
		     i++)
			;
		value = slice_trim(slice_from(value, i));
		return value.len > 0 && value.data[0] != ';';
	}
	return strncmp(part->type, "multipart/", 10) == 0 ||
	       slice_search_nocase(value, 0, SLICE("multipart")) <
		       slice_find(value, 0, ';');
}

static const char *
ambiguous_type(struct slice value, const struct part *part)
{
	bool star = false;
	size_t first = ambiguous_boundary(value, 0, &star);

	if (ambiguous_type_word(value, part))
		return "a Content-Type that is not well-formed";
	if (first > value.len)
		return NULL;
	if (star)
		return "a boundary in RFC 2231's form";
	if (ambiguous_boundary(value, first, &star) <= value.len)
		return "two boundaries";
	return ambiguous_boundary_value(slice_from(value, first));
}

static const char *
ambiguous_field(void *mem, const struct header *header, const struct part *part)
{
	struct slice name = slice_trim(header->name);
	struct slice value;

	if (ambiguous_hides_field(header->line))
		return "a Content- field in the folding of another";
	/* It has no place in mail; programs skip it, or stop there. */
	if (!slice_starts_nocase(name, "content-"))
		return slice_find(header->line, 0, '\0') < header->line.len
			       ? "a NUL in the head"
			       : NULL;
	if (ambiguous_has_controls(header->line))
		return "control characters in a Content- field";
	/* Others may read on, and find a name where we stopped. */
	if (header->line.len > FIELDS_VALUE_MAX)
		return "a Content- field longer than is read";
	value = header_unfold(mem, header->raw);
	if (slice_is_nocase(name, "content-type"))
		return ambiguous_type(value, part);
	if (!slice_is_nocase(name, "content-transfer-encoding"))
		return NULL;
	value = slice_trim(value);
	if (slice_is_nocase(value, "base64") ||
	    slice_is_nocase(value, "quoted-printable") ||
	    transfer_is_plain(value))
		return NULL;
	return "a Content-Transfer-Encoding that is not well-formed";
}

/* The head ended at a line that is a field to those who skip the NUL. */
static bool
ambiguous_begins_with_nul(struct slice body)
{
	size_t start = 0, i;

	while (start < body.len && body.data[start] == '\0')
		start++;
	for (i = start; i < body.len && i - start < FIELD_NAME_MAX &&
			body.data[i] > ' ' && body.data[i] <= '~' &&
			body.data[i] != ':';
	     i++)
		;
	return start > 0 && i > start && i < body.len && body.data[i] == ':';
}

/* --- fields that contradict each other --- */

static const char *
ambiguous_twins(void *mem, const struct headers *headers)
{
	static const struct {
		const char *name, *why;
	} singles[] = {
		{ "content-type", "two Content-Type fields that differ" },
		{ "content-transfer-encoding",
		  "two Content-Transfer-Encoding fields that differ" },
		{ "content-disposition",
		  "two Content-Disposition fields that differ" },
	};

	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++) {
		const struct header *first =
			headers_first(headers, singles[i].name);
		const struct header *next = first;
		struct slice value;

		if (first == NULL)
			continue;
		value = slice_trim(header_unfold(mem, first->raw));
		for (int k = 0; k < AMBIGUOUS_SAME_MAX &&
				(next = header_next(headers, next)) != NULL;
		     k++)
			if (!slice_equal_nocase(
				    value,
				    slice_trim(header_unfold(mem, next->raw))))
				return singles[i].why;
	}
	return NULL;
}

const char *
ambiguous_fields(void *mem, const struct part *part)
{
	void *scratch = mem_context(mem, "fields");
	const struct headers *headers = &part->headers;
	const char *why = ambiguous_twins(scratch, headers);

	for (size_t i = 0; i < headers->count && why == NULL; i++)
		why = ambiguous_field(scratch, &headers->items[i], part);
	mem_free(scratch);
	if (why == NULL && ambiguous_begins_with_nul(part->exact))
		why = "a NUL before a field";
	return why;
}
