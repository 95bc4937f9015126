/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting. Names of unknown elements are kept in a hash table of bounded size;
 * beyond the bound a name counts as one that was seen before.
 */
#include "mail/html_findings.h"

#include <limits.h>

#include "base/mem.h"
#include "mail/html_adjacent.h"
#include "mail/html_face.h"
#include "mail/html_value.h"
#include "mail/unicode.h"

#define NAME_SLOTS (2 * 8192) /* a power of two above 2 * HTML_NAMES_MAX */

struct html_findings {
	struct html *html;
	struct html_inside known[TAG_COUNT]; /* name NULL: not seen */
	struct html_inside *names;
	size_t name_count;
	uint16_t *slots; /* index + 1 into names, or 0 */
	double tags, tags_seen, elements, elements_seen, closed_extra;
	double obfuscation, image_area;
	uint64_t backhair; /* one bit for each pair of lengths */
	struct buf titles;
	size_t *title_starts;
	size_t title_count;
};

struct html_findings *
html_findings_new(void *mem, struct html *html)
{
	struct html_findings *findings = mem_new(mem, struct html_findings);

	findings->html = html;
	findings->titles = BUF(findings);
	html_values_name(html);
	return findings;
}

static void
findings_set(struct html_findings *findings, enum html_value_id id,
	     double value)
{
	findings->html->values[id].present = true;
	findings->html->values[id].value = value;
}

/* Names */

/* Where an unknown element is counted; NULL: not at all. */
static struct html_inside *
findings_name(struct html_findings *findings, struct slice name)
{
	uint32_t slot = slice_hash_nocase(name) & (NAME_SLOTS - 1);
	char *lower;

	if (findings->slots == NULL)
		findings->slots = mem_array(findings, uint16_t, NAME_SLOTS);
	while (findings->slots[slot] != 0) {
		struct html_inside *have =
			&findings->names[findings->slots[slot] - 1];

		if (slice_equal_nocase(have->name, name))
			return have;
		slot = (slot + 1) & (NAME_SLOTS - 1);
	}
	if (findings->name_count == HTML_NAMES_MAX) {
		findings->html->truncated = true;
		return NULL;
	}
	lower = mem_strndup(findings, name.data, name.len);
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)str_lower_char((unsigned char)lower[i]);
	mem_grow(findings, findings->names, findings->name_count);
	findings->names[findings->name_count] = (struct html_inside){
		.name = { lower, name.len },
		.open = LONG_MIN,
	};
	findings->slots[slot] = (uint16_t)++findings->name_count;
	return &findings->names[findings->name_count - 1];
}

/* "o:p" and "st1:place", which Microsoft's mail programs write. */
static bool
findings_is_namespace(struct slice name)
{
	size_t at;

	if (slice_starts_nocase(name, "o:"))
		at = 2;
	else if (slice_starts_nocase(name, "st") && name.len > 3 &&
		 str_is_digit((unsigned char)name.data[2]) &&
		 name.data[3] == ':')
		at = 4;
	else
		return false;
	if (name.len > at + 1 && name.data[name.len - 1] == '/')
		name.len--;
	if (at == name.len)
		return false;
	for (; at < name.len; at++)
		if (!str_is_alnum((unsigned char)name.data[at]) &&
		    name.data[at] != '_' && name.data[at] != '-' &&
		    (unsigned char)name.data[at] < 0x80)
			return false;
	return true;
}

void
html_findings_tag(struct html_findings *findings, enum html_tag tag,
		  struct slice name, int step)
{
	struct html_inside *inside, none = { .open = 0 };
	bool seen, valid;

	if (tag == TAG_OTHER) {
		inside = findings_name(findings, name);
		if (inside == NULL)
			inside = &none;
		seen = inside->open != LONG_MIN;
		valid = findings_is_namespace(name);
		if (!seen)
			inside->open = 0;
	} else {
		inside = &findings->known[tag];
		seen = inside->name.data != NULL;
		valid = (html_tag_flags(tag) & HTML_TAG_ELEMENT) != 0;
		inside->name = slice_of(html_tag_name(tag));
	}
	findings->elements += valid;
	findings->elements_seen += valid && !seen;
	findings->tags++;
	findings->tags_seen += !seen;
	inside->open += step;
	if (inside->open < 0) {
		inside->open = 0;
		findings->closed_extra++;
	}
}

long
html_findings_open(const struct html_findings *findings, enum html_tag tag)
{
	return findings->known[tag].open;
}

void
html_findings_doctype(struct html_findings *findings)
{
	findings->elements++;
	findings->tags++;
	findings->known[TAG_DOCTYPE].name = SLICE("!doctype");
	findings->known[TAG_DOCTYPE].open = 0;
}

/* Attributes */

/* "80" or "10%" of a screen that wide or high; what cannot be told is 200. */
static double
findings_pixels(struct slice text, double percent)
{
	double value = 0;
	size_t at = 0;

	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	for (; at < text.len && str_is_digit((unsigned char)text.data[at]);
	     at++)
		value = value * 10 + (text.data[at] - '0');
	if (at > 0 && text.len == at + 1 && text.data[at] == '%')
		value *= percent;
	else if (at != text.len)
		value = 0;
	return value > 0 ? value : 200;
}

static void
findings_image(struct html_findings *findings,
	       struct html_attributes *attributes)
{
	struct slice width = html_attribute(attributes, "width");
	struct slice height = html_attribute(attributes, "height");

	if (width.data != NULL && height.data != NULL)
		findings->image_area += findings_pixels(width, 8) *
					findings_pixels(height, 6);
}

void
html_findings_attributes(struct html_findings *findings, enum html_tag tag,
			 struct html_attributes *attributes)
{
	struct slice value;

	switch (tag) {
	case TAG_FONT:
		value = html_attribute(attributes, "face");
		if (value.data != NULL && !html_face_is_good(value))
			findings_set(findings, HTML_VALUE_FONT_FACE_BAD, 1);
		break;
	case TAG_IMG:
		findings_image(findings, attributes);
		break;
	case TAG_FORM:
		value = html_attribute(attributes, "action");
		if (slice_search_nocase(value, 0, SLICE("mailto:")) < value.len)
			findings_set(findings, HTML_VALUE_FORM_ACTION_MAILTO,
				     1);
		break;
	case TAG_OBJECT:
	case TAG_EMBED:
		findings_set(findings, HTML_VALUE_EMBEDS, 1);
		break;
	case TAG_TITLE:
		if (findings->title_count == HTML_COMMENTS_MAX) {
			findings->html->truncated = true;
			break;
		}
		mem_grow(findings, findings->title_starts,
			 findings->title_count);
		findings->title_starts[findings->title_count++] =
			findings->titles.len;
		break;
	default:
		break;
	}
}

/* Texts */

void
html_findings_title_text(struct html_findings *findings, struct slice text)
{
	buf_slice(&findings->titles, text);
}

static void
findings_keep(struct html_findings *findings, struct html_texts *texts,
	      struct slice text)
{
	if (texts->count == HTML_COMMENTS_MAX) {
		findings->html->truncated = true;
		return;
	}
	mem_grow(findings, texts->items, texts->count);
	texts->items[texts->count++] = text;
}

void
html_findings_script(struct html_findings *findings, struct slice text)
{
	findings_keep(findings, &findings->html->scripts, text);
}

void
html_findings_comment(struct html_findings *findings, struct slice text)
{
	findings_keep(findings, &findings->html->comments, text);
}

void
html_findings_hidden(struct html_findings *findings, enum html_hidden hidden)
{
	if (hidden == HTML_HIDDEN_CONTRAST)
		findings_set(findings, HTML_VALUE_FONT_LOW_CONTRAST, 1);
	else if (hidden == HTML_HIDDEN_COLOR)
		findings_set(findings, HTML_VALUE_FONT_INVALID_COLOR, 1);
}

void
html_findings_adjacent(struct html_findings *findings, struct slice before,
		       bool before_characters, struct slice text,
		       bool characters)
{
	unsigned left, right;

	if (!html_adjacent(before, before_characters, text, characters, &left,
			   &right))
		return;
	findings->obfuscation++;
	if (left > 0 && right > 0)
		findings->backhair |= UINT64_C(1) << (left * 8 + right);
}

/* The end */

void
html_findings_rendered(struct html_findings *findings, struct slice utf8,
		       bool characters)
{
	double length = 0, space = 0;

	for (size_t at = 0; at < utf8.len; length++) {
		unsigned char c = (unsigned char)utf8.data[at];

		if (c < 0x80) {
			space += str_is_space(c) && (characters || c != '\f');
			at++;
		} else {
			space += unicode_is_space(unicode_next(utf8, &at),
						  characters);
		}
	}
	findings_set(findings, HTML_VALUE_HTML_LENGTH, length);
	findings_set(findings, HTML_VALUE_NON_SPACE_LEN, length - space);
}

static void
findings_ratios(struct html_findings *findings)
{
	double tags = findings->tags, seen = findings->tags_seen;

	if (tags == 0)
		return;
	findings_set(findings, HTML_VALUE_CLOSED_EXTRA_RATIO,
		     findings->closed_extra / tags);
	if (findings->elements > 0)
		findings_set(findings, HTML_VALUE_BAD_TAG_RATIO,
			     (tags - findings->elements) / tags);
	if (findings->elements_seen > 0)
		findings_set(findings, HTML_VALUE_NON_ELEMENT_RATIO,
			     (seen - findings->elements_seen) / seen);
	if (findings->obfuscation > 0)
		findings_set(findings, HTML_VALUE_OBFUSCATION_RATIO,
			     findings->obfuscation / tags);
}

static void
findings_inside(struct html_findings *findings)
{
	struct html *html = findings->html;

	html->inside = mem_array(findings, struct html_inside,
				 TAG_COUNT + findings->name_count);
	for (int i = 0; i < TAG_COUNT; i++)
		if (findings->known[i].name.data != NULL)
			html->inside[html->inside_count++] = findings->known[i];
	for (size_t i = 0; i < findings->name_count; i++)
		html->inside[html->inside_count++] = findings->names[i];
	qsort(html->inside, html->inside_count, sizeof(html->inside[0]),
	      html_inside_compare);
}

static void
findings_titles(struct html_findings *findings)
{
	struct slice all = buf_view(&findings->titles);
	struct html_texts *titles = &findings->html->titles;

	titles->count = findings->title_count;
	titles->items = mem_array(findings, struct slice, titles->count + 1);
	for (size_t i = 0; i < titles->count; i++)
		titles->items[i] = slice_cut(all, findings->title_starts[i],
					     i + 1 < titles->count
						     ? findings->title_starts
							       [i + 1]
						     : all.len);
}

static unsigned
findings_bits(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

void
html_findings_finish(struct html_findings *findings, size_t length,
		     double max_size, double min_size)
{
	findings_set(findings, HTML_VALUE_HTML, 1);
	findings_set(findings, HTML_VALUE_LENGTH, (double)length);
	findings_set(findings, HTML_VALUE_IMAGE_AREA, findings->image_area);
	findings_set(findings, HTML_VALUE_MAX_SIZE, max_size);
	findings_set(findings, HTML_VALUE_MIN_SIZE, min_size);
	findings_ratios(findings);
	if (findings->backhair != 0)
		findings_set(findings, HTML_VALUE_BACKHAIR_COUNT,
			     findings_bits(findings->backhair));
	findings_inside(findings);
	findings_titles(findings);
	html_source_size(findings->html, length);
}
