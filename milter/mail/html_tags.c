/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/html_tags.h"

#include <string.h>

#define ELEMENT HTML_TAG_ELEMENT
#define TRICK HTML_TAG_TRICK
#define STYLE HTML_TAG_STYLE
#define LINE HTML_TAG_LINE
#define BLANK HTML_TAG_BLANK
#define PARAGRAPH HTML_TAG_PARAGRAPH

/* Sorted; "marquee" changes styles only in theory, as it is no element. */
static const struct {
	char name[HTML_TAG_NAME_MAX + 1];
	unsigned char flags;
} html_tag_table[TAG_COUNT] = {
	{ "!doctype", 0 },
	{ "a", ELEMENT | STYLE },
	{ "abbr", ELEMENT },
	{ "acronym", ELEMENT },
	{ "address", ELEMENT },
	{ "applet", ELEMENT },
	{ "area", ELEMENT },
	{ "b", ELEMENT },
	{ "base", ELEMENT },
	{ "basefont", ELEMENT | STYLE },
	{ "bdo", ELEMENT },
	{ "bgsound", TRICK },
	{ "big", ELEMENT | STYLE },
	{ "blockquote", ELEMENT | PARAGRAPH },
	{ "body", ELEMENT | STYLE },
	{ "br", ELEMENT | LINE },
	{ "button", ELEMENT },
	{ "caption", ELEMENT },
	{ "center", ELEMENT },
	{ "cite", ELEMENT },
	{ "code", ELEMENT },
	{ "col", ELEMENT },
	{ "colgroup", ELEMENT },
	{ "dd", ELEMENT | BLANK },
	{ "del", ELEMENT },
	{ "dfn", ELEMENT },
	{ "dir", ELEMENT },
	{ "div", ELEMENT | STYLE | LINE },
	{ "dl", ELEMENT },
	{ "dt", ELEMENT | BLANK },
	{ "em", ELEMENT },
	{ "embed", TRICK | BLANK },
	{ "fieldset", ELEMENT },
	{ "font", ELEMENT | STYLE },
	{ "form", ELEMENT },
	{ "frame", ELEMENT },
	{ "frameset", ELEMENT },
	{ "h1", ELEMENT | BLANK },
	{ "h2", ELEMENT | BLANK },
	{ "h3", ELEMENT | BLANK },
	{ "h4", ELEMENT | BLANK },
	{ "h5", ELEMENT | BLANK },
	{ "h6", ELEMENT | BLANK },
	{ "head", ELEMENT },
	{ "hr", ELEMENT | PARAGRAPH },
	{ "html", ELEMENT },
	{ "i", ELEMENT },
	{ "iframe", ELEMENT },
	{ "img", ELEMENT },
	{ "input", ELEMENT },
	{ "ins", ELEMENT },
	{ "isindex", ELEMENT },
	{ "kbd", ELEMENT },
	{ "label", ELEMENT },
	{ "legend", ELEMENT },
	{ "li", ELEMENT | BLANK },
	{ "link", ELEMENT },
	{ "listing", TRICK | PARAGRAPH },
	{ "map", ELEMENT },
	{ "marquee", STYLE },
	{ "menu", ELEMENT },
	{ "meta", ELEMENT },
	{ "nobr", ELEMENT },
	{ "noframes", ELEMENT },
	{ "noscript", ELEMENT },
	{ "object", ELEMENT },
	{ "ol", ELEMENT },
	{ "optgroup", ELEMENT },
	{ "option", ELEMENT },
	{ "p", ELEMENT | STYLE | PARAGRAPH },
	{ "param", ELEMENT },
	{ "plaintext", TRICK | PARAGRAPH },
	{ "pre", ELEMENT | PARAGRAPH },
	{ "q", ELEMENT },
	{ "s", ELEMENT },
	{ "samp", ELEMENT },
	{ "script", ELEMENT },
	{ "select", ELEMENT },
	{ "small", ELEMENT | STYLE },
	{ "span", ELEMENT | STYLE },
	{ "strike", ELEMENT },
	{ "strong", ELEMENT },
	{ "style", ELEMENT },
	{ "sub", ELEMENT },
	{ "sup", ELEMENT },
	{ "table", ELEMENT | STYLE },
	{ "tbody", ELEMENT },
	{ "td", ELEMENT | STYLE | BLANK },
	{ "textarea", ELEMENT },
	{ "tfoot", ELEMENT },
	{ "th", ELEMENT | STYLE | BLANK },
	{ "thead", ELEMENT },
	{ "title", ELEMENT | PARAGRAPH },
	{ "tr", ELEMENT | STYLE },
	{ "tt", ELEMENT },
	{ "u", ELEMENT },
	{ "ul", ELEMENT },
	{ "var", ELEMENT },
	{ "x-sigsep", ELEMENT },
	{ "x-tab", ELEMENT },
	{ "xmp", TRICK | PARAGRAPH },
};

enum html_tag
html_tag_find(struct slice name)
{
	size_t low = 0, high = TAG_COUNT;

	if (name.len > HTML_TAG_NAME_MAX || name.len == 0)
		return TAG_OTHER;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *known = html_tag_table[middle].name;
		int order = memcmp(name.data, known, name.len);

		if (order == 0) {
			/* name may end in NUL, as the table's names do */
			if (strlen(known) == name.len)
				return (enum html_tag)middle;
			order = strlen(known) > name.len ? -1 : 1;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return TAG_OTHER;
}

const char *
html_tag_name(enum html_tag tag)
{
	return html_tag_table[tag].name;
}

unsigned
html_tag_flags(enum html_tag tag)
{
	return tag < TAG_COUNT ? html_tag_table[tag].flags : 0;
}
