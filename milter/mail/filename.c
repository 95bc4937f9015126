/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every file name that a mail client could make of a part's fields. Clients
 * disagree on RFC 2231, on RFC 2047 words inside parameters, on quotes,
 * comments and order, and on which of two fields counts; so all readings are
 * kept, and who forbids a name must ask for each.
 */
#include "base/mem.h"
#include "mail/content.h"
#include "mail/header.h"
#include "mail/parameter.h"

#define FILENAME_COUNT_MAX 64
#define FILENAME_BYTES_MAX 4096
#define FILENAME_FIELDS 16 /* so many first and so many last are read */

static const char *const filename_keys[] = { "filename", "name" };

struct filenames {
	void *mem;
	const char **items;
	size_t count;
};

static void
filename_add(struct filenames *names, const char *name)
{
	if (name == NULL || name[0] == '\0' ||
	    names->count >= FILENAME_COUNT_MAX)
		return;
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return;
	names->items[names->count++] = mem_strndup(
		names->mem, name, strnlen(name, FILENAME_BYTES_MAX));
}

/*
 * As Windows keeps it: without characters that nobody sees, streams
 * ("a.exe::$DATA"), class ids (".{...}"), and dots and blanks at the end.
 */
static const char *
filename_bare(void *mem, const char *name)
{
	static const struct slice unseen[] = {
		SLICE("\xe2\x80\x8b"), SLICE("\xe2\x80\x8c"),
		SLICE("\xe2\x80\x8d"), SLICE("\xe2\x80\x8e"),
		SLICE("\xe2\x80\x8f"), SLICE("\xe2\x80\xaa"),
		SLICE("\xe2\x80\xab"), SLICE("\xe2\x80\xac"),
		SLICE("\xe2\x80\xad"), SLICE("\xe2\x80\xae"),
		SLICE("\xe2\x81\xa0"), SLICE("\xe2\x81\xa6"),
		SLICE("\xe2\x81\xa7"), SLICE("\xe2\x81\xa8"),
		SLICE("\xe2\x81\xa9"), SLICE("\xef\xbb\xbf"),
		SLICE("\xc2\xad"),
	};
	struct slice s = slice_of(name);
	struct buf out = BUF(mem);
	size_t len, start, i = 0;

	while (i < s.len) {
		size_t k = 0, count = sizeof(unseen) / sizeof(*unseen);

		while (k < count &&
		       !slice_starts(slice_from(s, i), unseen[k].data))
			k++;
		if (k < count)
			i += unseen[k].len;
		else if ((unsigned char)s.data[i++] >= ' ')
			buf_char(&out, s.data[i - 1]);
	}
	s = buf_view(&out);
	start = slice_search(s, 0, SLICE(".{"));
	if (start < s.len && slice_ends_nocase(s, "}"))
		s = slice_cut(s, 0, start);
	start = s.len > 2 && s.data[1] == ':' ? 2 : 0;
	s = slice_cut(s, 0, slice_find(s, start, ':'));
	do {
		len = s.len;
		while (s.len > 0 &&
		       (s.data[s.len - 1] == '.' ||
			str_is_space((unsigned char)s.data[s.len - 1])))
			s.len--;
		if (slice_ends_nocase(s, "\xc2\xa0"))
			s.len -= 2;
		else if (slice_ends_nocase(s, "\xe3\x80\x80"))
			s.len -= 3;
	} while (s.len < len);
	return slice_string(mem, s);
}

/* As it stands, with encoded words decoded, with %XX decoded, and bare. */
static void
filename_add_forms(void *scratch, struct filenames *names, const char *name)
{
	struct buf out = BUF(scratch);

	if (name == NULL)
		return;
	/* To some programs a NUL ends the name. */
	if (strchr(name, '\001') != NULL)
		filename_add(names, mem_strndup(scratch, name,
						(size_t)(strchr(name, '\001') -
							 name)));
	if (strstr(name, "=?") != NULL) {
		const char *words = header_decode_words(scratch, name);

		filename_add(names, words);
		filename_add(names, filename_bare(scratch, words));
	}
	if (strchr(name, '%') != NULL) {
		parameter_percent(&out, slice_of(name));
		filename_add(names, parameter_utf8(scratch, buf_view(&out),
						   SLICE_NONE));
	}
	filename_add(names, name);
	filename_add(names, filename_bare(scratch, name));
}

static void
filename_add_bytes(void *scratch, struct filenames *names, struct slice bytes)
{
	filename_add_forms(scratch, names,
			   parameter_utf8(scratch, bytes, SLICE_NONE));
}

/* Without the characters that quote. */
static struct slice
filename_unquote(void *mem, struct slice in)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < in.len; i++)
		if (in.data[i] != '"' && in.data[i] != '\\' &&
		    in.data[i] != '\'')
			buf_char(&out, in.data[i]);
	return slice_trim(buf_view(&out));
}

/*
 * What programs make of a value that is quoted in an odd way, or not at all:
 * 'a.exe', "a".exe, a\;.exe, a;.exe.
 */
static void
filename_add_loose(void *scratch, struct filenames *names, struct slice rest)
{
	size_t end = slice_find(rest, 0, ';'), more;
	struct slice value = slice_trim(slice_cut(rest, 0, end));
	bool quoted = value.len > 1 && value.data[0] == '"' &&
		      slice_find(value, 1, '"') == value.len - 1;

	if (!quoted) {
		filename_add_bytes(scratch, names,
				   filename_unquote(scratch, value));
		/* A semicolon with no parameter behind it may be its own. */
		more = slice_find(rest, end + 1, ';');
		if (end < rest.len && slice_find(rest, end, '=') >= more)
			filename_add_bytes(
				scratch, names,
				filename_unquote(scratch,
						 slice_cut(rest, 0, more)));
	}
}

static void
filename_add_list(void *scratch, struct filenames *names,
		  const struct parameters *list)
{
	for (size_t k = 0; k < 6; k++)
		filename_add_forms(
			scratch, names,
			parameters_join(scratch, list, filename_keys[k % 2],
					(enum parameter_join)(k / 2)));
}

static bool
filename_is_key(const struct parameter *parameter)
{
	return slice_is_nocase(parameter->name, "filename") ||
	       slice_is_nocase(parameter->name, "name");
}

static void
filename_add_field(void *scratch, struct filenames *names, struct slice field)
{
	struct parameters list = { .count = 0 };

	parameters_add(scratch, &list, field);
	filename_add_list(scratch, names, &list);
	for (size_t i = 0; i < list.count; i++) {
		struct parameter *p = &list.items[i];

		/* A section is a name of its own to clients without RFC 2231,
		 * but only a first one can be one. */
		if (!filename_is_key(p) || p->section > 0 || p->extended)
			continue;
		filename_add_bytes(scratch, names, p->value);
		filename_add_bytes(scratch, names, p->word);
		filename_add_loose(scratch, names, p->rest);
	}
}

/* Comments may stand anywhere but in quotes; where quotes are odd, there too.
 */
static struct slice
filename_without_comments(void *mem, struct slice in, bool quotes)
{
	struct buf out = BUF(mem);
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.data[i];

		if (depth == 0 && c == '"' && quotes)
			quoted = !quoted;
		depth += c == '(' && !quoted;
		if (depth == 0)
			buf_char(&out, c);
		depth -= c == ')' && depth > 0;
	}
	return buf_view(&out);
}

static bool
filename_is_field(const struct header *header)
{
	struct slice name = slice_trim(header->name);

	return slice_is_nocase(name, "content-type") ||
	       slice_is_nocase(name, "content-disposition");
}

static void
filename_add_header(void *scratch, struct filenames *names,
		    struct parameters *all, struct slice raw)
{
	struct slice field = header_unfold(scratch, raw);

	filename_add_field(scratch, names, field);
	parameters_add(scratch, all, field);
	if (slice_find(field, 0, '(') == field.len)
		return;
	for (int quotes = 0; quotes < 2; quotes++)
		filename_add_field(
			scratch, names,
			filename_without_comments(scratch, field, quotes != 0));
}

const char *const *
content_filenames(void *mem, const struct headers *headers, const char *known)
{
	static const char *const nothing[] = { NULL };
	void *scratch = mem_context(mem, "file names");
	const char *items[FILENAME_COUNT_MAX + 1] = { 0 };
	struct filenames names = { .mem = mem, .items = items };
	struct parameters all = { .count = 0 };
	const char *const *result = nothing;
	size_t fields = 0, seen = 0;

	for (size_t i = 0; i < headers->count; i++)
		fields += filename_is_field(&headers->items[i]);
	for (size_t i = 0; i < headers->count && fields > 0; i++)
		if (filename_is_field(&headers->items[i]) &&
		    (seen++ < FILENAME_FIELDS ||
		     seen + FILENAME_FIELDS > fields))
			filename_add_header(scratch, &names, &all,
					    headers->items[i].raw);
	if (fields > 1) /* sections may be dealt out to several fields */
		filename_add_list(scratch, &names, &all);
	filename_add_forms(scratch, &names, known);
	if (names.count > 0)
		result = mem_copy(mem, items,
				  (names.count + 1) * sizeof(*items));
	mem_free(scratch);
	return result;
}
