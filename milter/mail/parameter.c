/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/parameter.h"

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/decode.h"

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
	parameter->rest = value;
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

void
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
const char *
parameter_utf8(void *mem, struct slice bytes, struct slice charset)
{
	const char *name =
		charset.len == 0 ? "utf-8" : slice_string(mem, charset);
	struct slice s = slice_starts_nocase(charset, "utf-16")
				 ? charset_for_reader(mem, bytes, name)
				 : charset_to_utf8(mem, bytes, name, NULL);
	char *copy = slice_string(mem, s);

	for (size_t i = 0; i < s.len; i++)
		if (copy[i] == '\0')
			copy[i] = '\001';
	return copy;
}

void
parameters_add(void *mem, struct parameters *list, struct slice value)
{
	struct slice rest = slice_from(value, slice_find(value, 0, ';') + 1);
	struct parameter parameter;

	/* Some senders forget the type in front. */
	if (slice_find(value, 0, '=') < slice_find(value, 0, ';'))
		rest = value;
	while (list->count < PARAMETER_COUNT_MAX &&
	       parameter_next(mem, &rest, &parameter)) {
		mem_grow(mem, list->items, list->count);
		list->items[list->count++] = parameter;
	}
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

static bool
parameter_is_section(const struct parameter *parameter, const char *name)
{
	return parameter->section < PARAMETER_COUNT_MAX &&
	       (parameter->section >= 0 || parameter->extended) &&
	       slice_is_nocase(parameter->name, name);
}

static bool
parameters_in_order(struct buf *out, const struct parameters *list,
		    const char *name, bool over_gaps, struct slice *charset)
{
	const struct parameter *sections[PARAMETER_COUNT_MAX + 1];
	bool found = false;
	size_t count = 0; /* up to the last one */

	for (size_t i = 0; i < list->count; i++)
		if (parameter_is_section(&list->items[i], name) &&
		    (size_t)(list->items[i].section + 1) >= count)
			count = (size_t)(list->items[i].section + 2);
	memset(sections, 0, count * sizeof(*sections));
	for (size_t i = 0; i < list->count; i++) {
		const struct parameter *p = &list->items[i];

		if (parameter_is_section(p, name) &&
		    sections[p->section + 1] == NULL)
			sections[p->section + 1] = p;
	}
	for (size_t i = 0; i < count; i++) {
		if (sections[i] != NULL) {
			parameter_append(out, sections[i], charset);
			found = true;
		}
		if (found && (i == 0 || (sections[i] == NULL && !over_gaps)))
			break;
	}
	return found;
}

static bool
parameters_as_written(struct buf *out, const struct parameters *list,
		      const char *name, struct slice *charset)
{
	bool found = false;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].section >= 0 &&
		    parameter_is_section(&list->items[i], name)) {
			parameter_append(out, &list->items[i], charset);
			found = true;
		}
	return found;
}

const char *
parameters_join(void *mem, const struct parameters *list, const char *name,
		enum parameter_join join)
{
	struct slice charset = SLICE_NONE;
	struct buf out = BUF(mem);
	bool found;

	if (join == JOIN_AS_WRITTEN)
		found = parameters_as_written(&out, list, name, &charset);
	else
		found = parameters_in_order(&out, list, name,
					    join == JOIN_SECTIONS, &charset);
	return found ? parameter_utf8(mem, buf_view(&out), charset) : NULL;
}
