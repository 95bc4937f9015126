/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/html_attributes.h"

#include <string.h>

#include "mail/html_entities.h"

static struct slice
attribute_value(struct html_attributes *attributes,
		const struct html_attribute *attribute)
{
	struct buf out = BUF(attributes->mem);
	struct slice value = attribute->value;

	attributes->wide = false;
	/* a name that stands for its value is not decoded */
	if (value.data == attribute->name.data ||
	    slice_find(value, 0, '&') == value.len)
		return value;
	attributes->wide = html_entities(&out, value, false);
	return buf_view(&out);
}

struct slice
html_attribute(struct html_attributes *attributes, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < attributes->count; i++) {
		struct slice have = attributes->items[i].name;

		if (have.len == len &&
		    slice_equal_nocase(have, (struct slice){ name, len }))
			return attribute_value(attributes,
					       &attributes->items[i]);
	}
	return SLICE_NONE;
}

/* Whether name holds a word character, "/" and the link's name. */
static bool
attribute_is_odd(struct slice name, struct slice link)
{
	for (size_t at = 1; at < name.len; at++) {
		at = slice_find(name, at, '/');
		if (at < name.len &&
		    (str_is_alnum((unsigned char)name.data[at - 1]) ||
		     name.data[at - 1] == '_') &&
		    slice_equal_nocase(
			    slice_cut(name, at + 1, at + 1 + link.len), link))
			return true;
	}
	return false;
}

struct slice
html_attribute_link(struct html_attributes *attributes, const char *name)
{
	for (size_t i = 0; i < attributes->count; i++)
		if (attribute_is_odd(attributes->items[i].name,
				     slice_of(name)))
			return attribute_value(attributes,
					       &attributes->items[i]);
	return html_attribute(attributes, name);
}

static const char *
attribute_style_names(enum html_tag tag)
{
	switch (tag) {
	case TAG_BODY:
		return "text bgcolor link alink vlink background";
	case TAG_BASEFONT:
	case TAG_FONT:
		return "color face size";
	case TAG_TABLE:
	case TAG_TD:
	case TAG_TR:
		return "bgcolor style";
	case TAG_A:
	case TAG_DIV:
	case TAG_P:
	case TAG_SPAN:
		return "style";
	default:
		return "";
	}
}

bool
html_attributes_style(const struct html_attributes *attributes,
		      enum html_tag tag)
{
	struct slice rest = slice_of(attribute_style_names(tag)), name;

	while (slice_word(&rest, " ", &name))
		for (size_t i = 0; i < attributes->count; i++)
			if (slice_equal_nocase(attributes->items[i].name, name))
				return true;
	return false;
}
