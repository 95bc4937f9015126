/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking a rendered document for what was found in it. */
#include "mail/html_value.h"

#include <string.h>

static const char *const html_value_names[HTML_VALUES] = {
	[HTML_VALUE_HTML] = "html",
	[HTML_VALUE_LENGTH] = "length",
	[HTML_VALUE_IMAGE_AREA] = "image_area",
	[HTML_VALUE_MIN_SIZE] = "min_size",
	[HTML_VALUE_MAX_SIZE] = "max_size",
	[HTML_VALUE_CLOSED_EXTRA_RATIO] = "closed_extra_ratio",
	[HTML_VALUE_BAD_TAG_RATIO] = "bad_tag_ratio",
	[HTML_VALUE_NON_ELEMENT_RATIO] = "non_element_ratio",
	[HTML_VALUE_OBFUSCATION_RATIO] = "obfuscation_ratio",
	[HTML_VALUE_BACKHAIR_COUNT] = "backhair_count",
	[HTML_VALUE_FONT_LOW_CONTRAST] = "font_low_contrast",
	[HTML_VALUE_FONT_INVALID_COLOR] = "font_invalid_color",
	[HTML_VALUE_FONT_FACE_BAD] = "font_face_bad",
	[HTML_VALUE_FORM_ACTION_MAILTO] = "form_action_mailto",
	[HTML_VALUE_EMBEDS] = "embeds",
	[HTML_VALUE_URI_TRUNCATED] = "uri_truncated",
	[HTML_VALUE_HTML_LENGTH] = "html_length",
	[HTML_VALUE_NON_SPACE_LEN] = "non_space_len",
	[HTML_VALUE_RATIO] = "ratio",
};

void
html_values_name(struct html *html)
{
	for (int i = 0; i < HTML_VALUES; i++)
		html->values[i].name = html_value_names[i];
}

int
html_inside_compare(const void *a, const void *b)
{
	struct slice left = ((const struct html_inside *)a)->name;
	struct slice right = ((const struct html_inside *)b)->name;
	size_t n = left.len < right.len ? left.len : right.len;
	int order = memcmp(left.data, right.data, n);

	if (order != 0)
		return order;
	return left.len < right.len ? -1 : left.len > right.len;
}

void
html_source_size(struct html *html, size_t bytes)
{
	double size = (double)bytes;

	html->values[HTML_VALUE_RATIO].present = bytes > 0;
	if (bytes > 0)
		html->values[HTML_VALUE_RATIO].value =
			(size - html->values[HTML_VALUE_HTML_LENGTH].value) /
			size;
}

const struct html_value *
html_value(const struct html *html, const char *name)
{
	for (int i = 0; i < HTML_VALUES; i++)
		if (strcmp(html_value_names[i], name) == 0)
			return html->values[i].present ? &html->values[i]
						       : NULL;
	return NULL;
}

const struct html_texts *
html_texts(const struct html *html, const char *name)
{
	if (strcmp(name, "comment") == 0)
		return &html->comments;
	if (strcmp(name, "script") == 0)
		return &html->scripts;
	if (strcmp(name, "title") == 0)
		return &html->titles;
	return strcmp(name, "anchor") == 0 ? &html->anchors : NULL;
}

bool
html_inside(const struct html *html, const char *name, long *open)
{
	struct html_inside wanted = { .name = slice_of(name) };
	const struct html_inside *found;

	found = bsearch(&wanted, html->inside, html->inside_count,
			sizeof(html->inside[0]), html_inside_compare);
	if (found == NULL)
		return false;
	if (open != NULL)
		*open = found->open;
	return true;
}

const char *
html_uri_type_name(enum html_uri_type type)
{
	static const char *const names[HTML_URI_TYPES] = {
		[HTML_URI_A] = "a",
		[HTML_URI_AREA] = "area",
		[HTML_URI_BASE] = "base",
		[HTML_URI_BGSOUND] = "bgsound",
		[HTML_URI_BODY] = "body",
		[HTML_URI_EMBED] = "embed",
		[HTML_URI_FORM] = "form",
		[HTML_URI_FRAME] = "frame",
		[HTML_URI_IFRAME] = "iframe",
		[HTML_URI_IMG] = "img",
		[HTML_URI_LINK] = "link",
		[HTML_URI_META] = "meta",
		[HTML_URI_SCRIPT] = "script",
		[HTML_URI_TABLE] = "table",
		[HTML_URI_TD] = "td",
		[HTML_URI_TR] = "tr",
	};

	return names[type];
}
