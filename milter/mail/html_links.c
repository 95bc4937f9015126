/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URIs are kept once each; their number is bounded. */
#include "mail/html_links.h"

#include "base/mem.h"
#include "mail/html_resolve.h"
#include "mail/slice_set.h"
#include "mail/unicode.h"

#define LINK_LENGTH_MAX 8192 /* characters; longer ones are cut */

struct link {
	unsigned types;
	size_t anchors;
	bool characters;
};

struct link_anchor {
	size_t start; /* of its text */
	size_t link;  /* HTML_LINKS_MAX: not kept */
};

struct html_links {
	struct slice_set uris;
	struct link *items; /* one for each of uris */
	struct link_anchor *anchors;
	size_t anchor_count;
	struct buf anchor_text;
	struct slice base;
	bool characters;
	bool truncated; /* a URI was cut */
	bool dropped;   /* more of them than we keep */
};

struct html_links *
html_links_new(void *mem, bool characters)
{
	struct html_links *links = mem_new(mem, struct html_links);

	links->characters = characters;
	links->uris = SLICE_SET(links);
	links->anchor_text = BUF(links);
	links->base = SLICE("");
	return links;
}

/* The index of uri, which is added if it is new; HTML_LINKS_MAX if dropped. */
static size_t
links_index(struct html_links *links, struct slice uri, bool characters)
{
	size_t i = slice_set_find(&links->uris, uri);

	if (i != SLICE_SET_NONE)
		return i;
	if (links->uris.count == HTML_LINKS_MAX) {
		links->dropped = true;
		return HTML_LINKS_MAX;
	}
	i = links->uris.count;
	mem_grow(links, links->items, i);
	links->items[i] = (struct link){ .characters = characters };
	uri.data = mem_copy(links, uri.data, uri.len);
	return slice_set_add(&links->uris, uri);
}

static bool
link_is_blank(unsigned long c, bool characters)
{
	return c == 0xa0 || unicode_is_space(c, characters);
}

/* Without blanks around it, and not too long. */
static struct slice
links_clean(struct html_links *links, struct slice uri, bool characters)
{
	size_t start = 0, end = uri.len, at, n;

	for (at = 0; at < end; start = at)
		if (!link_is_blank(unicode_next(uri, &at), characters))
			break;
	for (at = end; at > start; end = at)
		if (!link_is_blank(unicode_previous(uri, &at), characters))
			break;
	uri = slice_cut(uri, start, end);
	if (uri.len <= LINK_LENGTH_MAX)
		return uri;
	for (at = n = 0; at < uri.len && n < LINK_LENGTH_MAX; n++)
		unicode_next(uri, &at);
	links->truncated |= at < uri.len;
	return slice_cut(uri, 0, at);
}

static bool
link_needs_no_base(struct slice uri)
{
	static const char *const schemes[] = { "data:", "mailto:", "file:",
					       "cid:", "tel:" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (slice_starts_nocase(uri, schemes[i]))
			return true;
	return false;
}

static void
links_push(struct html_links *links, enum html_uri_type type, struct slice uri,
	   bool characters)
{
	struct buf target = BUF(links);
	size_t i;

	uri = links_clean(links, uri, characters);
	if (uri.len == 0)
		return;
	if (!link_needs_no_base(uri)) {
		html_resolve(&target, links->base, uri);
		uri = buf_view(&target);
	}
	if (uri.len > 0) {
		i = links_index(links, uri, characters);
		if (i != HTML_LINKS_MAX)
			links->items[i].types |= 1u << type;
	}
	mem_free(target.data);
}

/* An attribute that holds a URI. */
static void
links_attribute(struct html_links *links, enum html_uri_type type,
		struct html_attributes *attributes, const char *name)
{
	struct slice value = html_attribute(attributes, name);

	if (value.data != NULL)
		links_push(links, type, value,
			   links->characters || attributes->wide);
}

/* Byte order marks within a link are there to hide it from filters. */
static struct slice
links_without_mark(struct html_links *links, struct slice uri, bool characters)
{
	struct slice mark = SLICE("\xef\xbb\xbf");
	struct buf out = BUF(links);
	size_t at = 0, hit;

	if (!characters)
		mark = SLICE("\xc3\xaf\xc2\xbb\xc2\xbf");
	if (slice_search(uri, 0, mark) == uri.len)
		return uri;
	while ((hit = slice_search(uri, at, mark)) < uri.len) {
		buf_slice(&out, slice_cut(uri, at, hit));
		at = hit + mark.len;
	}
	buf_slice(&out, slice_from(uri, at));
	return buf_view(&out);
}

static struct slice
links_href(struct html_links *links, struct html_attributes *attributes)
{
	struct slice href = html_attribute_link(attributes, "href");

	return href.data == NULL
		       ? href
		       : links_without_mark(links, href,
					    links->characters ||
						    attributes->wide);
}

static void
links_push_href(struct html_links *links, enum html_uri_type type,
		struct html_attributes *attributes)
{
	struct slice href = links_href(links, attributes);

	if (href.data != NULL)
		links_push(links, type, href,
			   links->characters || attributes->wide);
	links_attribute(links, type, attributes, "data-saferedirecturl");
}

static void
links_push_src(struct html_links *links, enum html_uri_type type,
	       struct html_attributes *attributes)
{
	struct slice src = html_attribute_link(attributes, "src");

	if (src.data != NULL)
		links_push(links, type, src,
			   links->characters || attributes->wide);
}

static void
links_base(struct html_links *links, struct html_attributes *attributes)
{
	struct slice href = html_attribute(attributes, "href");
	bool characters = links->characters || attributes->wide;

	if (href.len == 0 || slice_is(href, "0"))
		return;
	href = links_clean(links, href, characters);
	links_push(links, HTML_URI_BASE, href, characters);
	href = html_base(links, href);
	if (href.data != NULL)
		links->base = href;
}

/* Behind the last "url =" of the first line; the whole if it has none.
 * *found: there is one at all. */
static struct slice
links_refresh_target(struct slice content, bool *found)
{
	struct slice name = SLICE("url");
	size_t line = slice_find(content, 0, '\n'), start = 0, at = 0;

	*found = false;
	while ((at = slice_search_nocase(content, at, name)) < content.len) {
		size_t equal = at + name.len;
		bool word = at > 0 && unicode_is_word((unsigned char)
						      content.data[at - 1],
						      false);

		while (equal < content.len &&
		       str_is_space((unsigned char)content.data[equal]))
			equal++;
		if (!word && equal < content.len &&
		    content.data[equal] == '=') {
			*found = true;
			if (at <= line)
				start = equal + 1;
		}
		at += name.len;
	}
	return slice_from(content, start);
}

/* <meta http-equiv=refresh content="0; url=..."> */
static void
links_refresh(struct html_links *links, struct html_attributes *attributes)
{
	struct slice kind = html_attribute(attributes, "http-equiv");
	struct slice content = html_attribute(attributes, "content");
	bool characters = links->characters || attributes->wide, found;
	struct buf out = BUF(links);
	size_t end, line;

	if (kind.data == NULL || content.data == NULL ||
	    slice_search_nocase(kind, 0, SLICE("refresh")) == kind.len)
		return;
	content = links_refresh_target(content, &found);
	if (!found)
		return;
	end = slice_find(content, 0, ';');
	if (end == content.len) {
		links_push(links, HTML_URI_META, content, characters);
		return;
	}
	line = slice_find(content, end, '\n');
	buf_slice(&out, slice_trim(slice_cut(content, 0, end)));
	buf_slice(&out, slice_from(content, line));
	links_push(links, HTML_URI_META, buf_view(&out), characters);
	mem_free(out.data);
}

void
html_links_tag(struct html_links *links, enum html_tag tag,
	       struct html_attributes *attributes)
{
	switch (tag) {
	case TAG_BODY:
		links_attribute(links, HTML_URI_BODY, attributes, "background");
		break;
	case TAG_TABLE:
		links_attribute(links, HTML_URI_TABLE, attributes,
				"background");
		break;
	case TAG_TR:
		links_attribute(links, HTML_URI_TR, attributes, "background");
		break;
	case TAG_TD:
		links_attribute(links, HTML_URI_TD, attributes, "background");
		break;
	case TAG_A:
		links_push_href(links, HTML_URI_A, attributes);
		break;
	case TAG_AREA:
		links_push_href(links, HTML_URI_AREA, attributes);
		break;
	case TAG_LINK:
		links_push_href(links, HTML_URI_LINK, attributes);
		break;
	case TAG_IMG:
		links_push_src(links, HTML_URI_IMG, attributes);
		break;
	case TAG_FRAME:
		links_push_src(links, HTML_URI_FRAME, attributes);
		break;
	case TAG_IFRAME:
		links_push_src(links, HTML_URI_IFRAME, attributes);
		break;
	case TAG_EMBED:
		links_push_src(links, HTML_URI_EMBED, attributes);
		break;
	case TAG_SCRIPT:
		links_push_src(links, HTML_URI_SCRIPT, attributes);
		break;
	case TAG_BGSOUND:
		links_push_src(links, HTML_URI_BGSOUND, attributes);
		break;
	case TAG_FORM:
		links_attribute(links, HTML_URI_FORM, attributes, "action");
		break;
	case TAG_BASE:
		links_base(links, attributes);
		break;
	case TAG_META:
		links_refresh(links, attributes);
		break;
	default:
		break;
	}
}

void
html_links_anchor(struct html_links *links, struct html_attributes *attributes)
{
	struct slice href = links_href(links, attributes);
	bool characters = links->characters || attributes->wide;
	struct link_anchor *anchor;

	if (links->anchor_count == HTML_ANCHORS_MAX) {
		links->dropped = true;
		return;
	}
	href = href.data == NULL ? SLICE("")
				 : links_clean(links, href, characters);
	mem_grow(links, links->anchors, links->anchor_count);
	anchor = &links->anchors[links->anchor_count++];
	anchor->start = links->anchor_text.len;
	anchor->link = links_index(links, href, characters);
	if (anchor->link != HTML_LINKS_MAX)
		links->items[anchor->link].anchors++;
}

void
html_links_anchor_text(struct html_links *links, struct slice text)
{
	buf_slice(&links->anchor_text, text);
}

/* The texts of all anchors, and of each link's. */
static void
links_finish_anchors(struct html_links *links, struct html *html)
{
	struct slice all = buf_view(&links->anchor_text);
	struct slice *pool = mem_array(links, struct slice,
				       2 * links->anchor_count + 1);
	size_t used = links->anchor_count;

	html->anchors = (struct html_texts){ pool, links->anchor_count };
	for (size_t i = 0; i < links->uris.count; i++) {
		html->uris[i].anchors.items = pool + used;
		used += links->items[i].anchors;
	}
	for (size_t i = 0; i < links->anchor_count; i++) {
		const struct link_anchor *anchor = &links->anchors[i];
		size_t end = i + 1 < links->anchor_count
				     ? links->anchors[i + 1].start
				     : all.len;
		struct html_texts *own;

		pool[i] = slice_cut(all, anchor->start, end);
		if (anchor->link == HTML_LINKS_MAX)
			continue;
		own = &html->uris[anchor->link].anchors;
		own->items[own->count++] = pool[i];
	}
}

void
html_links_finish(struct html_links *links, struct html *html)
{
	html->uris = mem_array(links, struct html_uri, links->uris.count + 1);
	html->uri_count = links->uris.count;
	for (size_t i = 0; i < links->uris.count; i++) {
		html->uris[i].uri = links->uris.items[i];
		html->uris[i].types = links->items[i].types;
		html->uris[i].characters = links->items[i].characters;
	}
	links_finish_anchors(links, html);
	html->truncated |= links->dropped;
	if (links->truncated) {
		html->values[HTML_VALUE_URI_TRUNCATED].present = true;
		html->values[HTML_VALUE_URI_TRUNCATED].value = 1;
	}
}
