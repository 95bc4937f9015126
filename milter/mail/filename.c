/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters of structured fields, and every file name that a mail client could
 * make of them. Clients disagree on RFC 2231, on RFC 2047 words inside
 * parameters, on quotes and on which of two fields counts; so all readings are
 * kept, and who forbids a name must ask for each.
 */
#include "base/mem.h"
#include "mail/charset.h"
#include "mail/content.h"
#include "mail/decode.h"
#include "mail/header.h"

#define FILENAME_COUNT_MAX 64
#define FILENAME_BYTES_MAX 4096
#define FILENAME_FIELDS 16       /* so many first and so many last are read */
#define PARAMETER_COUNT_MAX 1000 /* of one field */

struct parameter {
	struct slice name;  /* "filename" of "filename*0*" */
	long section;       /* -1: none */
	bool extended;      /* percent-encoded, charset in front */
	struct slice value; /* quotes off */
	struct slice word;  /* the value up to its first blank */
};

/* The quoted string at the front of rest, without quotes and backslashes. */
static struct slice
parameter_quoted(void *mem, struct slice rest, size_t *end)
{
	struct buf out = BUF(mem);
	size_t i = 1;

	for (; i < rest.len && rest.data[i] != '"'; i++) {
		if (rest.data[i] == '\\' && i + 1 < rest.len)
			i++;
		buf_char(&out, rest.data[i]);
	}
	*end = slice_find(rest, i, ';');
	return buf_view(&out);
}

static struct slice
parameter_digits(struct slice s, long *number)
{
	size_t i = 0;

	*number = 0;
	for (; i < s.len && str_is_digit((unsigned char)s.data[i]); i++)
		if (i < 6)
			*number = *number * 10 + (s.data[i] - '0');
	return slice_from(s, i);
}

/* Takes the next parameter off the front; false at the end. */
static bool
parameter_next(void *mem, struct slice *rest, struct parameter *parameter)
{
	size_t equals, end, star;
	struct slice number, value;

	for (;;) {
		end = slice_find(*rest, 0, ';');
		equals = slice_find(*rest, 0, '=');
		if (rest->len == 0)
			return false;
		if (equals < end)
			break;
		*rest = slice_from(*rest, end + 1);
	}
	*parameter = (struct parameter){ .section = -1 };
	parameter->name = slice_trim(slice_cut(*rest, 0, equals));
	value = slice_from(*rest, equals + 1);
	while (value.len > 0 && str_is_space((unsigned char)value.data[0]))
		value = slice_from(value, 1);
	if (value.len > 0 && value.data[0] == '"')
		parameter->value = parameter_quoted(mem, value, &end);
	else
		parameter->value = slice_trim(
			slice_cut(value, 0, end = slice_find(value, 0, ';')));
	*rest = slice_from(value, end + 1);
	for (end = 0; end < parameter->value.len &&
		      !str_is_space((unsigned char)parameter->value.data[end]);
	     end++)
		;
	parameter->word = slice_cut(parameter->value, 0, end);
	star = slice_find(parameter->name, 0, '*');
	number = slice_from(parameter->name, star + 1);
	parameter->extended = slice_ends_nocase(parameter->name, "*");
	if (number.len > 0 && str_is_digit((unsigned char)number.data[0]))
		parameter_digits(number, &parameter->section);
	parameter->name = slice_trim(slice_cut(parameter->name, 0, star));
	return true;
}

static void
parameter_percent(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		int value = s.data[i] == '%' ? decode_hex(s, i + 1) : -1;

		buf_char(out, value >= 0 ? (char)value : s.data[i]);
		if (value >= 0)
			i += 2;
	}
}

/* charset'language'text: takes the first two off. */
static struct slice
parameter_charset(struct slice *value)
{
	size_t first = slice_find(*value, 0, '\'');
	size_t second = slice_find(*value, first + 1, '\'');
	struct slice charset;

	if (second >= value->len)
		return SLICE_NONE;
	charset = slice_cut(*value, 0, first);
	*value = slice_from(*value, second + 1);
	return charset;
}

/* A NUL would hide what stands behind it. */
static const char *
parameter_utf8(void *mem, struct slice bytes, struct slice charset)
{
	const char *name = charset.len == 0 ? "utf-8" :
					      slice_string(mem, charset);
	struct slice s = slice_starts_nocase(charset, "utf-16") ?
				 charset_for_reader(mem, bytes, name) :
				 charset_to_utf8(mem, bytes, name, NULL);
	char *copy = slice_string(mem, s);

	for (size_t i = 0; i < s.len; i++)
		if (copy[i] == '\0')
			copy[i] = ' ';
	return copy;
}

static struct parameter *
parameter_list(void *mem, struct slice value, size_t *count)
{
	struct slice rest = slice_from(value, slice_find(value, 0, ';') + 1);
	struct parameter *list = NULL, parameter;

	*count = 0;
	/* Some senders forget the type in front. */
	if (slice_find(value, 0, '=') < slice_find(value, 0, ';'))
		rest = value;
	while (*count < PARAMETER_COUNT_MAX &&
	       parameter_next(mem, &rest, &parameter)) {
		mem_grow(mem, list, *count);
		list[(*count)++] = parameter;
	}
	return list;
}

static void
parameter_append(struct buf *out, const struct parameter *parameter,
		 struct slice *charset)
{
	struct slice value = parameter->value;

	if (!parameter->extended) {
		buf_slice(out, value);
		return;
	}
	if (charset->data == NULL)
		*charset = parameter_charset(&value);
	parameter_percent(out, value);
}

/*
 * The sections of that name in order, put together and decoded; NULL if none.
 * Some clients stop at a missing number, some do not.
 */
static const char *
parameter_joined(void *mem, const struct parameter *list, size_t count,
		 const char *name, bool over_gaps)
{
	const struct parameter *sections[PARAMETER_COUNT_MAX + 1] = { 0 };
	struct slice charset = SLICE_NONE;
	struct buf out = BUF(mem);
	bool found = false;

	for (size_t i = 0; i < count; i++)
		if (list[i].section < PARAMETER_COUNT_MAX &&
		    (list[i].section >= 0 || list[i].extended) &&
		    slice_is_nocase(list[i].name, name) &&
		    sections[list[i].section + 1] == NULL)
			sections[list[i].section + 1] = &list[i];
	for (size_t i = 0; i <= PARAMETER_COUNT_MAX; i++) {
		if (sections[i] != NULL) {
			parameter_append(&out, sections[i], &charset);
			found = true;
		}
		if (found && (i == 0 || (sections[i] == NULL && !over_gaps)))
			break;
	}
	return found ? parameter_utf8(mem, buf_view(&out), charset) : NULL;
}

const char *
header_parameter(void *mem, struct slice value, const char *name)
{
	size_t count;
	struct slice flat = header_unfold(mem, value);
	struct parameter *list = parameter_list(mem, flat, &count);
	const char *joined = parameter_joined(mem, list, count, name,
					      true);

	for (size_t i = 0; joined == NULL && i < count; i++)
		if (slice_is_nocase(list[i].name, name) &&
		    list[i].section < 0 && !list[i].extended)
			return parameter_utf8(mem, list[i].value, SLICE_NONE);
	return joined;
}

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
	names->items[names->count++] =
		mem_strndup(names->mem, name,
			    strnlen(name, FILENAME_BYTES_MAX));
}

/* As it stands, and with encoded words decoded. */
static void
filename_add_both(void *scratch, struct filenames *names, const char *name)
{
	if (name == NULL)
		return;
	if (strstr(name, "=?") != NULL)
		filename_add(names, header_decode_words(scratch, name));
	filename_add(names, name);
}

static void
filename_add_field(void *scratch, struct filenames *names, struct slice raw)
{
	static const char *const keys[] = { "filename", "name" };
	size_t count;
	struct parameter *list = parameter_list(
		scratch, header_unfold(scratch, raw), &count);

	for (size_t k = 0; k < 4; k++)
		filename_add_both(scratch, names,
				  parameter_joined(scratch, list, count,
						   keys[k % 2], k < 2));
	for (size_t i = 0; i < count; i++) {
		struct parameter *p = &list[i];

		if (!slice_is_nocase(p->name, "filename") &&
		    !slice_is_nocase(p->name, "name"))
			continue;
		/* A section is a name of its own to clients without RFC 2231,
		 * but only a first one can be one. */
		if (p->section > 0 || p->extended)
			continue;
		filename_add_both(scratch, names,
				  parameter_utf8(scratch, p->value, SLICE_NONE));
		filename_add_both(scratch, names,
				  parameter_utf8(scratch, p->word, SLICE_NONE));
	}
}

static bool
filename_is_field(const struct header *header)
{
	struct slice name = slice_trim(header->name);

	return slice_is_nocase(name, "content-type") ||
	       slice_is_nocase(name, "content-disposition");
}

const char *const *
content_filenames(void *mem, const struct headers *headers, const char *known)
{
	static const char *const nothing[] = { NULL };
	void *scratch = mem_context(mem, "file names");
	const char *items[FILENAME_COUNT_MAX + 1] = { 0 };
	struct filenames names = { .mem = mem, .items = items };
	const char *const *result = nothing;
	size_t fields = 0, seen = 0;

	for (size_t i = 0; i < headers->count; i++)
		fields += filename_is_field(&headers->items[i]);
	for (size_t i = 0; i < headers->count && fields > 0; i++)
		if (filename_is_field(&headers->items[i]) &&
		    (seen++ < FILENAME_FIELDS ||
		     seen + FILENAME_FIELDS > fields))
			filename_add_field(scratch, &names,
					   headers->items[i].raw);
	filename_add_both(scratch, &names, known);
	if (names.count > 0)
		result = mem_copy(mem, items,
				  (names.count + 1) * sizeof(*items));
	mem_free(scratch);
	return result;
}
