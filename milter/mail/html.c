/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rendering: tokens come in, text goes out. The text is kept as one buffer; a
 * "piece" is what one token added to it, and only the last piece can still
 * change (a blank at its end is taken back). What is invisible is a list of
 * runs of that buffer.
 */
#include "mail/html.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/html_attributes.h"
#include "mail/html_entities.h"
#include "mail/html_findings.h"
#include "mail/html_links.h"
#include "mail/html_style.h"
#include "mail/html_tags.h"
#include "mail/html_tokens.h"
#include "mail/unicode.h"

/* Pieces of hidden text that are told apart; more count as one with what lies
 * between them. */
#define HTML_RUNS_MAX 100000

struct html_run {
	size_t start;
	bool invisible;
};

struct html_piece {
	size_t start;
	bool exists, whitespace, invisible, characters;
};

struct html_renderer {
	struct html *html;
	void *mem;     /* what the result holds */
	void *scratch; /* what one tag needs */
	struct buf out;
	struct buf decoded; /* one token's text without entities */
	struct html_piece last;
	struct html_run *runs;
	size_t run_count;
	bool characters;
	struct html_findings *findings;
	struct html_styles *styles;
	struct html_links *links;
};

/* Output */

static void
html_begin_piece(struct html_renderer *r, bool whitespace, bool invisible,
		 bool characters)
{
	struct html *html = r->html;

	if ((r->run_count == 0 ||
	     r->runs[r->run_count - 1].invisible != invisible) &&
	    r->run_count < HTML_RUNS_MAX) {
		mem_grow(r->mem, r->runs, r->run_count);
		r->runs[r->run_count++] = (struct html_run){ r->out.len,
							     invisible };
	}
	r->last = (struct html_piece){ r->out.len, true, whitespace, invisible,
				       characters };
	html->rendered_characters |= characters;
	if (invisible)
		html->invisible_characters |= characters;
	else
		html->visible_characters |= characters;
}

static void
html_whitespace(struct html_renderer *r, const char *space)
{
	if (r->last.exists && !r->last.whitespace && !r->last.invisible &&
	    r->out.len > r->last.start &&
	    r->out.data[r->out.len - 1] == ' ')
		r->out.len--;
	html_begin_piece(r, true, false, false);
	buf_text(&r->out, space);
}

/* Appends text with its white space folded into single blanks. U+00C2 U+00A0
 * is what a no-break space looks like in UTF-8 that was taken for Latin-1. */
static void
html_text_folded(struct buf *out, struct slice text, bool trim)
{
	static const char garbled[] = "\xc3\x82\xc2\xa0";
	size_t start = out->len, to = start, from = start;
	size_t end = start + text.len;
	char *data;

	buf_slice(out, text); /* folded in place: it can only shrink */
	data = out->data;
	while (from < end) {
		unsigned char c = (unsigned char)data[from];

		if (c != (unsigned char)garbled[0] &&
		    !(c <= ' ' && str_is_space(c))) {
			data[to++] = (char)c;
			from++;
			continue;
		}
		if (c != (unsigned char)garbled[0]) {
			while (from < end &&
			       str_is_space((unsigned char)data[from]))
				from++;
		} else if (end - from < 4 ||
			   memcmp(data + from, garbled, 4) != 0) {
			data[to++] = (char)c;
			from++;
			continue;
		} else {
			from += 4;
		}
		if (trim && to == start)
			trim = false;
		else
			data[to++] = ' ';
	}
	out->len = to;
}

/* Tokens */

static struct slice
html_last_piece(const struct html_renderer *r)
{
	return slice_from(buf_view(&r->out), r->last.start);
}

static bool
html_text_is_blank(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!str_is_space((unsigned char)text.data[i])) {
			if (!slice_starts(slice_from(text, i),
					  "\xc3\x82\xc2\xa0"))
				return false;
			i += 3;
		}
	return true;
}

static void
html_on_text(void *owner, struct slice text, bool literal)
{
	struct html_renderer *r = owner;
	bool characters = r->characters;
	enum html_hidden hidden = HTML_SHOWN;
	bool trim;

	if (html_findings_open(r->findings, TAG_SCRIPT) > 0) {
		html_findings_script(r->findings, text);
		return;
	}
	if (html_findings_open(r->findings, TAG_STYLE) > 0)
		return;
	if (!literal && slice_find(text, 0, '&') < text.len) {
		buf_reset(&r->decoded);
		characters |= html_entities(&r->decoded, text, true);
		text = buf_view(&r->decoded);
	}
	if (html_findings_open(r->findings, TAG_A) > 0)
		html_links_anchor_text(r->links, text);
	if (html_findings_open(r->findings, TAG_TITLE) > 0)
		html_findings_title_text(r->findings, text);
	if (!html_text_is_blank(text))
		hidden = html_styles_hidden(r->styles);
	html_findings_hidden(r->findings, hidden);
	if (r->last.exists)
		html_findings_adjacent(r->findings, html_last_piece(r),
				       r->last.characters, text, characters);
	trim = r->last.exists && r->last.whitespace && hidden == HTML_SHOWN;
	html_begin_piece(r, false, hidden != HTML_SHOWN, characters);
	html_text_folded(&r->out, text, trim);
}

static enum html_tag
html_find_tag(struct slice name, char lower[HTML_TAG_NAME_MAX])
{
	if (name.len > HTML_TAG_NAME_MAX)
		return TAG_OTHER;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)str_lower_char((unsigned char)name.data[i]);
	return html_tag_find((struct slice){ lower, name.len });
}

/* What both ends of an element do. */
static enum html_tag
html_tag(struct html_renderer *r, struct slice name, int step)
{
	char lower[HTML_TAG_NAME_MAX];
	enum html_tag tag = html_find_tag(name, lower);

	html_findings_tag(r->findings, tag, name, step);
	return tag;
}

static void
html_tag_whitespace(struct html_renderer *r, unsigned flags)
{
	if (flags & HTML_TAG_LINE)
		html_whitespace(r, "\n");
	else if (flags & HTML_TAG_BLANK)
		html_whitespace(r, " ");
	else if (flags & HTML_TAG_PARAGRAPH)
		html_whitespace(r, "\n\n");
}

static void
html_on_start(void *owner, struct slice name,
	      const struct html_attribute *items, size_t count)
{
	struct html_renderer *r = owner;
	enum html_tag tag = html_tag(r, name, 1);
	unsigned flags = html_tag_flags(tag);
	struct html_attributes attributes = {
		.mem = r->scratch,
		.items = items,
		.count = count,
		.characters = r->characters,
	};

	if (!(flags & (HTML_TAG_ELEMENT | HTML_TAG_TRICK)))
		return;
	if (flags & HTML_TAG_STYLE)
		html_styles_open(r->styles, tag, &attributes);
	html_tag_whitespace(r, flags);
	html_links_tag(r->links, tag, &attributes);
	if (tag == TAG_IMG && html_findings_open(r->findings, TAG_A) > 0)
		html_links_anchor_text(r->links, SLICE("<img>\n"));
	if (tag == TAG_A)
		html_links_anchor(r->links, &attributes);
	html_findings_attributes(r->findings, tag, &attributes);
}

static void
html_on_end(void *owner, struct slice name)
{
	struct html_renderer *r = owner;
	enum html_tag tag = html_tag(r, name, -1);
	unsigned flags = html_tag_flags(tag);

	if (!(flags & (HTML_TAG_ELEMENT | HTML_TAG_TRICK)))
		return;
	if (flags & HTML_TAG_STYLE)
		html_styles_close(r->styles, tag);
	html_tag_whitespace(r, flags);
}

static void
html_on_comment(void *owner, struct slice text)
{
	struct html_renderer *r = owner;

	html_findings_comment(r->findings, text);
}

static void
html_on_declaration(void *owner, struct slice text)
{
	struct html_renderer *r = owner;

	if (slice_starts_nocase(text, "<!doctype"))
		html_findings_doctype(r->findings);
}

static const struct html_handler html_handler = {
	.start = html_on_start,
	.end = html_on_end,
	.text = html_on_text,
	.comment = html_on_comment,
	.declaration = html_on_declaration,
};

/* The document */

/* The length of "<word />" at s if it is that, else 0. */
static size_t
html_empty_tag(struct slice s, size_t *word)
{
	size_t at = 1;

	while (at < s.len && (str_is_alnum((unsigned char)s.data[at]) ||
			      s.data[at] == '_'))
		at++;
	*word = at;
	if (at == 1)
		return 0;
	at = slice_skip_space(s, at);
	return at + 1 < s.len && s.data[at] == '/' && s.data[at + 1] == '>'
		       ? at + 2
		       : 0;
}

/*
 * The source as SpamAssassin hands it to the parser: "&nbsp;" is a blank,
 * "<br/>" is "<br>", typographic quotes are plain ones.
 */
static struct slice
html_source(void *mem, struct slice s, bool characters)
{
	struct buf out = BUF(mem);
	size_t done = 0, at, word, n;

	buf_add(&out, "", 0);
	for (at = 0; at < s.len; at++) {
		unsigned char c = (unsigned char)s.data[at];
		const char *replacement;
		struct slice rest;

		if (c != '&' && c != '<' && c != 0xe2)
			continue;
		rest = slice_from(s, at);
		if (c == '&' && slice_starts(rest, "&nbsp;")) {
			replacement = " ";
			n = 6;
		} else if (c == 0xe2 && characters &&
			   (slice_starts(rest, "\xe2\x80\x9c") ||
			    slice_starts(rest, "\xe2\x80\x9d"))) {
			replacement = "\"";
			n = 3;
		} else if (c == '<' && (n = html_empty_tag(rest, &word)) > 0) {
			buf_slice(&out, slice_cut(s, done, at + word));
			done = at + n - 1;
			at = done;
			continue;
		} else {
			continue;
		}
		buf_slice(&out, slice_cut(s, done, at));
		buf_text(&out, replacement);
		done = at + n;
		at = done - 1;
	}
	buf_slice(&out, slice_from(s, done));
	return buf_view(&out);
}

/* Text as rules see it: bytes unless any of it came as characters. */
static struct slice
html_result(void *mem, struct slice utf8, bool characters)
{
	return characters ? utf8 : unicode_to_latin1(mem, utf8);
}

/* The runs of one kind, joined. */
static struct slice
html_select(struct html_renderer *r, bool invisible)
{
	struct slice all = buf_view(&r->out);
	struct buf out = BUF(r->mem);

	for (size_t i = 0; i < r->run_count; i++) {
		size_t end = i + 1 < r->run_count ? r->runs[i + 1].start
						  : all.len;

		if (r->runs[i].invisible == invisible)
			buf_slice(&out, slice_cut(all, r->runs[i].start, end));
	}
	return buf_view(&out);
}

static void
html_finish_text(struct html_renderer *r)
{
	struct html *html = r->html;
	struct slice all = buf_view(&r->out);

	html->truncated |= r->run_count == HTML_RUNS_MAX;
	html->rendered = html_result(r->mem, all, html->rendered_characters);
	html->visible = html->invisible = SLICE("");
	if (r->run_count == 1 && !r->runs[0].invisible)
		html->visible = html->rendered;
	else if (r->run_count > 0) {
		html->visible = html_result(r->mem, html_select(r, false),
					    html->visible_characters);
		html->invisible = html_result(r->mem, html_select(r, true),
					      html->invisible_characters);
	}
	html_findings_rendered(r->findings, all, html->rendered_characters);
}

struct html *
html_render(void *mem, struct slice utf8, bool characters)
{
	struct html *html = mem_new(mem, struct html);
	struct html_renderer r = {
		.html = html,
		.mem = html,
		.scratch = mem_context(html, "html scratch"),
		.out = BUF(html),
		.characters = characters || !charset_is_ascii(utf8),
	};
	struct slice source = html_source(html, utf8, r.characters);

	r.decoded = BUF(r.scratch);
	r.findings = html_findings_new(html, html);
	r.styles = html_styles_new(r.scratch);
	r.links = html_links_new(html, r.characters);
	html_tokens(r.scratch, source, &html_handler, &r);
	html_finish_text(&r);
	html_links_finish(r.links, html);
	html_findings_finish(r.findings, unicode_length(utf8),
			     html_styles_max_size(r.styles),
			     html_styles_min_size(r.styles));
	mem_free(r.scratch);
	return html;
}
