/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack of open elements. Its depth is bounded: what lies deeper takes the
 * style of the deepest kept element.
 */
#include "mail/html_style.h"

#include "base/mem.h"
#include "mail/html_attributes.h"
#include "mail/html_color.h"

#define STYLE_DEPTH_MAX 100000
#define STYLE_SIZE_NORMAL 3.0
#define STYLE_SIZE_INVISIBLE 1.0

struct html_style {
	double size;
	int32_t foreground, background;
	unsigned char tag;
	bool display_none, visibility_hidden;
};

struct html_styles {
	struct html_style *stack; /* [0]: what holds outside of all elements */
	size_t count;
	size_t unkept; /* elements opened beyond STYLE_DEPTH_MAX */
	unsigned open[TAG_COUNT]; /* how many of each are on the stack */
	double basefont, max_size, min_size;
};

struct html_styles *
html_styles_new(void *mem)
{
	struct html_styles *styles = mem_new(mem, struct html_styles);

	mem_grow(styles, styles->stack, styles->count);
	styles->stack[styles->count++] = (struct html_style){
		.size = STYLE_SIZE_NORMAL,
		.foreground = 0,
		.background = 0xffffff,
		.tag = TAG_COUNT,
	};
	styles->basefont = STYLE_SIZE_NORMAL;
	styles->max_size = styles->min_size = STYLE_SIZE_NORMAL;
	return styles;
}

static struct html_style *
styles_top(const struct html_styles *styles)
{
	return &styles->stack[styles->count - 1];
}

static void
styles_pop(struct html_styles *styles)
{
	styles->open[styles_top(styles)->tag]--;
	styles->count--;
}

static void
styles_push(struct html_styles *styles, const struct html_style *style)
{
	if (styles->count == STYLE_DEPTH_MAX) {
		styles->unkept++;
		return;
	}
	mem_grow(styles, styles->stack, styles->count);
	styles->stack[styles->count++] = *style;
	styles->open[style->tag]++;
}

/* A cell or row that begins ends the ones left open. */
static void
styles_close_table(struct html_styles *styles, enum html_tag tag)
{
	if (styles->open[tag] == 0)
		return;
	for (;;) {
		enum html_tag top = styles_top(styles)->tag;

		if (top != TAG_FONT && top != TAG_TD &&
		    (top != TAG_TR || tag != TAG_TR))
			return;
		styles_pop(styles);
	}
}

/* A number in front of text; -1 if none. */
static double
style_number(struct slice text)
{
	double value = 0;
	size_t n = 0;

	for (; n < text.len && str_is_digit((unsigned char)text.data[n]); n++)
		value = value * 10 + (text.data[n] - '0');
	return n == 0 ? -1 : value;
}

/* size="+1", "-2", "7" */
static void
style_set_size(struct html_style *style, struct slice text, double basefont)
{
	double value;

	text = slice_trim(text);
	if (text.len > 0 && (text.data[0] == '+' || text.data[0] == '-')) {
		value = style_number(slice_from(text, 1));
		if (value >= 0)
			style->size = text.data[0] == '+' ? basefont + value
							  : basefont - value;
		return;
	}
	value = style_number(text);
	if (value >= 0)
		style->size = value;
}

/* What CSS calls a colour; transparent stands for what is below. */
#define STYLE_TRANSPARENT (-3L)
#define STYLE_INHERIT (-4L)

static long
style_color(struct slice value)
{
	struct slice important = SLICE("important");

	if (slice_ends_nocase(value, important.data)) {
		struct slice rest =
			slice_trim(slice_cut(value, 0,
					     value.len - important.len));

		if (rest.len > 0 && rest.data[rest.len - 1] == '!')
			value = slice_trim(slice_cut(rest, 0, rest.len - 1));
	}
	if (slice_search_nocase(value, 0, SLICE("rgb")) < value.len)
		return html_color_rgb(value);
	if (slice_is_nocase(value, "inherit"))
		return STYLE_INHERIT;
	if (slice_is_nocase(value, "transparent"))
		return STYLE_TRANSPARENT;
	return html_color(value);
}

static void
style_set(int32_t *color, long value)
{
	if (value != STYLE_INHERIT)
		*color = (int32_t)value;
}

/*
 * Takes "name :" off the front of a declaration. The names that matter are
 * compared the way SpamAssassin's patterns compare them: a colour's in any
 * case but with the colon next to it, the others in lower case.
 */
static void
style_declaration(struct html_style *style, struct slice text)
{
	size_t colon = slice_find(text, 0, ':');
	struct slice name = slice_cut(text, 0, colon), value;
	bool blank; /* a blank is a value, if no valid one */

	if (colon == text.len)
		return;
	value = slice_from(text, colon + 1);
	blank = slice_find(value, 0, ' ') < value.len;
	value = slice_trim(value);
	if (slice_find(value, 0, '\n') < value.len)
		return;
	while (name.len > 0 && str_is_space((unsigned char)name.data[0]))
		name = slice_from(name, 1);
	if (value.len == 0 && !blank)
		return;
	if (slice_is_nocase(name, "color")) {
		style_set(&style->foreground, style_color(value));
	} else if (slice_is_nocase(name, "background-color")) {
		style_set(&style->background, style_color(value));
	} else if (slice_is(name, "background")) {
		long color = html_color_background(value);

		if (color != HTML_COLOR_INVALID)
			style_set(&style->background, color);
	} else if (value.len > 0) {
		name = slice_trim(name);
		if (slice_is(name, "display"))
			style->display_none = slice_is_nocase(value, "none");
		else if (slice_is(name, "visibility"))
			style->visibility_hidden =
				slice_is_nocase(value, "hidden");
	}
}

static void
style_sheet(struct html_style *style, struct slice text, int32_t below)
{
	size_t start = 0, end;

	for (; start < text.len; start = end + 1) {
		end = slice_find(text, start, ';');
		style_declaration(style, slice_cut(text, start, end));
	}
	if (style->background == STYLE_TRANSPARENT)
		style->background = below;
	if (style->foreground == STYLE_TRANSPARENT)
		style->foreground = style->background;
}

/* The attributes that SpamAssassin allows an element to be styled by. */
static const char *const style_names[] = { "text", "color", "size", "style" };

static bool
style_allows(enum html_tag tag, const char *name)
{
	switch (tag) {
	case TAG_BODY:
		return name == style_names[0];
	case TAG_BASEFONT:
	case TAG_FONT:
		return name == style_names[1] || name == style_names[2];
	case TAG_TABLE:
	case TAG_TD:
	case TAG_TR:
	case TAG_SPAN:
	case TAG_P:
	case TAG_DIV:
	case TAG_A:
		return name == style_names[3];
	default:
		return false;
	}
}

static void
styles_measure(struct html_styles *styles, double size)
{
	if (size > styles->max_size)
		styles->max_size = size;
	else if (size < styles->min_size)
		styles->min_size = size;
}

static void
styles_apply(struct html_styles *styles, struct html_style *style,
	     struct html_attributes *attributes)
{
	for (size_t i = 0; i < 4; i++) {
		struct slice value;

		if (!style_allows(style->tag, style_names[i]))
			continue;
		value = html_attribute(attributes, style_names[i]);
		if (value.data == NULL)
			continue;
		if (i == 3)
			style_sheet(style, value,
				    styles_top(styles)->background);
		else if (i == 2)
			style_set_size(style, value, styles->basefont);
		else
			style->foreground = (int32_t)html_color(value);
	}
	/* any attribute that may style, whatever it says, has the size of its
	 * element counted */
	if (html_attributes_style(attributes, style->tag))
		styles_measure(styles, style->size);
}

void
html_styles_open(struct html_styles *styles, enum html_tag tag,
		 struct html_attributes *attributes)
{
	struct html_style style;

	if (tag == TAG_TH)
		tag = TAG_TD;
	if (tag == TAG_BASEFONT) {
		double size = style_number(
			slice_trim(html_attribute(attributes, "size")));

		if (size >= 0) {
			styles->basefont = size;
			return;
		}
	}
	if (tag == TAG_TD || tag == TAG_TR)
		styles_close_table(styles, tag);
	style = *styles_top(styles);
	style.tag = (unsigned char)tag;
	if (tag == TAG_BIG)
		style.size++;
	else if (tag == TAG_SMALL)
		style.size--;
	else
		styles_apply(styles, &style, attributes);
	styles_push(styles, &style);
}

void
html_styles_close(struct html_styles *styles, enum html_tag tag)
{
	if (tag == TAG_TH)
		tag = TAG_TD;
	if (tag == TAG_BODY || styles->open[tag] == 0)
		return;
	if (styles->unkept > 0) {
		styles->unkept--;
		return;
	}
	while (styles_top(styles)->tag != tag)
		styles_pop(styles);
	styles_pop(styles);
}

enum html_hidden
html_styles_hidden(const struct html_styles *styles)
{
	const struct html_style *top = styles_top(styles);

	if (html_color_low_contrast(top->foreground, top->background))
		return HTML_HIDDEN_CONTRAST;
	if (top->foreground == HTML_COLOR_INVALID ||
	    top->background == HTML_COLOR_INVALID)
		return HTML_HIDDEN_COLOR;
	if (top->size <= STYLE_SIZE_INVISIBLE || top->display_none ||
	    top->visibility_hidden)
		return HTML_HIDDEN_OTHER;
	return HTML_SHOWN;
}

double
html_styles_max_size(const struct html_styles *styles)
{
	return styles->max_size;
}

double
html_styles_min_size(const struct html_styles *styles)
{
	return styles->min_size;
}
