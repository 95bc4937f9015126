/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/taglist.h"

#include "base/mem.h"
#include "mail/decode.h"

static bool
taglist_name_is_good(struct slice name)
{
	if (name.len == 0 || !str_is_alpha(name.data[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!str_is_alnum(name.data[i]) && name.data[i] != '_')
			return false;
	return true;
}

static int
taglist_add(struct taglist *list, struct slice spec, struct err *err)
{
	size_t equals = slice_find(spec, 0, '=');
	struct slice name = slice_trim(slice_cut(spec, 0, equals));

	if (equals == spec.len)
		return err_permanent(err, "a tag has no value");
	if (!taglist_name_is_good(name))
		return err_permanent(err, "a tag's name is malformed");
	for (size_t i = 0; i < list->count; i++)
		if (slice_equal(list->items[i].name, name))
			return err_permanent(err,
					     "the tag %.*s= is there twice",
					     (int)name.len, name.data);
	if (list->count == TAGLIST_MAX)
		return err_permanent(err, "more than %d tags", TAGLIST_MAX);
	list->items[list->count++] = (struct taglist_tag){
		name, slice_trim(slice_from(spec, equals + 1)),
	};
	return 0;
}

int
taglist_parse(struct slice text, struct taglist *list, struct err *err)
{
	struct slice rest = text;

	list->count = 0;
	while (rest.len > 0) {
		size_t end = slice_find(rest, 0, ';');
		struct slice spec = slice_trim(slice_cut(rest, 0, end));

		rest = slice_from(rest, end + 1);
		/* One semicolon may stand behind the last tag. */
		if (spec.len == 0 && slice_trim(rest).len == 0)
			return 0;
		if (taglist_add(list, spec, err) < 0)
			return -1;
	}
	return 0;
}

struct slice
taglist_get(const struct taglist *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_is(list->items[i].name, name))
			return list->items[i].value;
	return SLICE_NONE;
}

bool
taglist_item(struct slice *rest, struct slice *item)
{
	size_t colon;

	if (rest->data == NULL)
		return false;
	colon = slice_find(*rest, 0, ':');
	*item = slice_trim(slice_cut(*rest, 0, colon));
	*rest = colon == rest->len ? SLICE_NONE : slice_from(*rest, colon + 1);
	return true;
}

struct slice
taglist_compact(void *mem, struct slice value)
{
	struct buf compact = BUF(mem);

	for (size_t i = 0; i < value.len; i++)
		if (!str_is_space(value.data[i]))
			buf_char(&compact, value.data[i]);
	return compact.len == 0 ? SLICE("") : buf_view(&compact);
}

struct slice
taglist_base64(void *mem, struct slice value)
{
	struct slice text = taglist_compact(mem, value);
	size_t letters = text.len;

	while (letters > 0 && text.len - letters < 2 &&
	       text.data[letters - 1] == '=')
		letters--;
	for (size_t i = 0; i < letters; i++)
		if (!str_is_alnum(text.data[i]) && text.data[i] != '+' &&
		    text.data[i] != '/')
			return SLICE_NONE;
	/* Padding may be missing; a group of one letter is no group. */
	if (letters % 4 == 1 || (letters < text.len && text.len % 4 != 0))
		return SLICE_NONE;
	return decode_base64(mem, text);
}
