/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One part's text: in UTF-8, and rendered if it is HTML. */
#include "mail/text_private.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/html.h"

/* US-ASCII and UTF-8 are what they say, as far as they are; all other charsets
 * stay the bytes that they are. */
static struct slice
text_charset_as_sent(const char *charset, struct slice bytes, bool *characters)
{
	struct slice name = slice_of(charset == NULL ? "us-ascii" : charset);

	*characters = (slice_is_nocase(name, "us-ascii") ||
		       slice_is_nocase(name, "utf-8")) &&
		      !charset_is_ascii(bytes) && charset_is_utf8(bytes);
	return bytes;
}

static struct slice
text_charset(struct part *part, struct slice bytes, bool *characters)
{
	if (text_settings_of(part->message)->as_sent)
		return text_charset_as_sent(part->charset, bytes, characters);
	return charset_to_utf8(part->message->mem, bytes, part->charset,
			       characters);
}

struct slice
text_widen(void *mem, struct slice bytes)
{
	struct buf wide = BUF(mem);

	for (size_t i = 0; i < bytes.len; i++)
		charset_put(&wide, (unsigned char)bytes.data[i]);
	return bytes.len == 0 ? SLICE("") : buf_view(&wide);
}

static void
text_render_html(struct part *part, struct part_text *text, struct slice bytes)
{
	void *mem = part->message->mem;
	bool characters;
	struct slice utf8 = text_charset(part, bytes, &characters);
	struct html *html;

	/* As it was sent HTML is UTF-8 or else Latin-1, whatever it says. */
	if (!characters && !charset_is_ascii(utf8)) {
		characters = true;
		if (!charset_is_utf8(utf8))
			utf8 = text_widen(mem, utf8);
	}
	html = html_render(mem, utf8, characters);
	html_source_size(html, bytes.len);
	text->html = html;
	text->rendered = (struct rendered){ html->rendered,
					    html->rendered_characters };
}

const struct part_text *
text_part(struct part *part)
{
	struct part_text *text;
	struct slice bytes;
	const char *type;
	bool html;

	if (part->text != NULL)
		return part->text;
	type = part_effective_type(part);
	html = strcmp(type, "text/html") == 0;
	text = part->text = mem_new(part->message->mem, struct part_text);
	text->rendered.text = SLICE("");
	text->shown = part->is_leaf && part->type[0] != '\0' &&
		      (html || strcmp(type, "text/plain") == 0);
	if (!text->shown)
		return text;
	bytes = part_decoded(part);
	if (html && bytes.len > 0) {
		text_render_html(part, text, bytes);
		return text;
	}
	text->rendered.text = text_charset(part, bytes,
					   &text->rendered.characters);
	return text;
}
