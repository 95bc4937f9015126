/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a colour is meant to be matters less here than what SpamAssassin takes
 * it for: text counts as hidden by the result. Stateless, and linear in the
 * text.
 */
#include "mail/html_color.h"

#include <math.h>
#include <string.h>

#define COLOR_NAME_MAX 20
/* Text in colours nearer than this cannot be read. */
#define COLOR_DISTANCE_MIN 12.0

static const struct {
	char name[COLOR_NAME_MAX + 1];
	uint32_t value;
} html_color_names[] = {
	{ "aliceblue", 0xf0f8ff }, { "antiquewhite", 0xfaebd7 },
	{ "aqua", 0x00ffff }, { "aquamarine", 0x7fffd4 }, { "azure", 0xf0ffff },
	{ "beige", 0xf5f5dc }, { "bisque", 0xffe4c4 }, { "black", 0x000000 },
	{ "blanchedalmond", 0xffebcd }, { "blue", 0x0000ff },
	{ "blueviolet", 0x8a2be2 }, { "brown", 0xa52a2a },
	{ "burlywood", 0xdeb887 }, { "cadetblue", 0x5f9ea0 },
	{ "chartreuse", 0x7fff00 }, { "chocolate", 0xd2691e },
	{ "coral", 0xff7f50 }, { "cornflowerblue", 0x6495ed },
	{ "cornsilk", 0xfff8dc }, { "crimson", 0xdc143c }, { "cyan", 0x00ffff },
	{ "darkblue", 0x00008b }, { "darkcyan", 0x008b8b },
	{ "darkgoldenrod", 0xb8860b }, { "darkgray", 0xa9a9a9 },
	{ "darkgreen", 0x006400 }, { "darkgrey", 0xa9a9a9 },
	{ "darkkhaki", 0xbdb76b }, { "darkmagenta", 0x8b008b },
	{ "darkolivegreen", 0x556b2f }, { "darkorange", 0xff8c00 },
	{ "darkorchid", 0x9932cc }, { "darkred", 0x8b0000 },
	{ "darksalmon", 0xe9967a }, { "darkseagreen", 0x8fbc8f },
	{ "darkslateblue", 0x483d8b }, { "darkslategray", 0x2f4f4f },
	{ "darkslategrey", 0x2f4f4f }, { "darkturquoise", 0x00ced1 },
	{ "darkviolet", 0x9400d3 }, { "deeppink", 0xff1493 },
	{ "deepskyblue", 0x00bfff }, { "dimgray", 0x696969 },
	{ "dimgrey", 0x696969 }, { "dodgerblue", 0x1e90ff },
	{ "firebrick", 0xb22222 }, { "floralwhite", 0xfffaf0 },
	{ "forestgreen", 0x228b22 }, { "fuchsia", 0xff00ff },
	{ "gainsboro", 0xdcdcdc }, { "ghostwhite", 0xf8f8ff },
	{ "gold", 0xffd700 }, { "goldenrod", 0xdaa520 }, { "gray", 0x808080 },
	{ "green", 0x008000 }, { "greenyellow", 0xadff2f },
	{ "grey", 0x808080 }, { "honeydew", 0xf0fff0 }, { "hotpink", 0xff69b4 },
	{ "indianred", 0xcd5c5c }, { "indigo", 0x4b0082 },
	{ "ivory", 0xfffff0 }, { "khaki", 0xf0e68c }, { "lavender", 0xe6e6fa },
	{ "lavenderblush", 0xfff0f5 }, { "lawngreen", 0x7cfc00 },
	{ "lemonchiffon", 0xfffacd }, { "lightblue", 0xadd8e6 },
	{ "lightcoral", 0xf08080 }, { "lightcyan", 0xe0ffff },
	{ "lightgoldenrodyellow", 0xfafad2 }, { "lightgray", 0xd3d3d3 },
	{ "lightgreen", 0x90ee90 }, { "lightgrey", 0xd3d3d3 },
	{ "lightpink", 0xffb6c1 }, { "lightsalmon", 0xffa07a },
	{ "lightseagreen", 0x20b2aa }, { "lightskyblue", 0x87cefa },
	{ "lightslategray", 0x778899 }, { "lightslategrey", 0x778899 },
	{ "lightsteelblue", 0xb0c4de }, { "lightyellow", 0xffffe0 },
	{ "lime", 0x00ff00 }, { "limegreen", 0x32cd32 }, { "linen", 0xfaf0e6 },
	{ "magenta", 0xff00ff }, { "maroon", 0x800000 },
	{ "mediumaquamarine", 0x66cdaa }, { "mediumblue", 0x0000cd },
	{ "mediumorchid", 0xba55d3 }, { "mediumpurple", 0x9370db },
	{ "mediumseagreen", 0x3cb371 }, { "mediumslateblue", 0x7b68ee },
	{ "mediumspringgreen", 0x00fa9a }, { "mediumturquoise", 0x48d1cc },
	{ "mediumvioletred", 0xc71585 }, { "midnightblue", 0x191970 },
	{ "mintcream", 0xf5fffa }, { "mistyrose", 0xffe4e1 },
	{ "moccasin", 0xffe4b5 }, { "navajowhite", 0xffdead },
	{ "navy", 0x000080 }, { "oldlace", 0xfdf5e6 }, { "olive", 0x808000 },
	{ "olivedrab", 0x6b8e23 }, { "orange", 0xffa500 },
	{ "orangered", 0xff4500 }, { "orchid", 0xda70d6 },
	{ "palegoldenrod", 0xeee8aa }, { "palegreen", 0x98fb98 },
	{ "paleturquoise", 0xafeeee }, { "palevioletred", 0xdb7093 },
	{ "papayawhip", 0xffefd5 }, { "peachpuff", 0xffdab9 },
	{ "peru", 0xcd853f }, { "pink", 0xffc0cb }, { "plum", 0xdda0dd },
	{ "powderblue", 0xb0e0e6 }, { "purple", 0x800080 }, { "red", 0xff0000 },
	{ "rosybrown", 0xbc8f8f }, { "royalblue", 0x4169e1 },
	{ "saddlebrown", 0x8b4513 }, { "salmon", 0xfa8072 },
	{ "sandybrown", 0xf4a460 }, { "seagreen", 0x2e8b57 },
	{ "seashell", 0xfff5ee }, { "sienna", 0xa0522d },
	{ "silver", 0xc0c0c0 }, { "skyblue", 0x87ceeb },
	{ "slateblue", 0x6a5acd }, { "slategray", 0x708090 },
	{ "slategrey", 0x708090 }, { "snow", 0xfffafa },
	{ "springgreen", 0x00ff7f }, { "steelblue", 0x4682b4 },
	{ "tan", 0xd2b48c }, { "teal", 0x008080 }, { "thistle", 0xd8bfd8 },
	{ "tomato", 0xff6347 }, { "turquoise", 0x40e0d0 },
	{ "violet", 0xee82ee }, { "wheat", 0xf5deb3 }, { "white", 0xffffff },
	{ "whitesmoke", 0xf5f5f5 }, { "yellow", 0xffff00 },
	{ "yellowgreen", 0x9acd32 },
};

static long
html_color_named(struct slice text)
{
	size_t low = 0;
	size_t high = sizeof(html_color_names) / sizeof(html_color_names[0]);
	char name[COLOR_NAME_MAX + 1];

	if (text.len > COLOR_NAME_MAX || text.len == 0)
		return HTML_COLOR_INVALID;
	for (size_t i = 0; i < text.len; i++)
		name[i] = (char)str_lower_char((unsigned char)text.data[i]);
	name[text.len] = '\0';
	if (strlen(name) != text.len)
		return HTML_COLOR_INVALID;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, html_color_names[middle].name);

		if (order == 0)
			return (long)html_color_names[middle].value;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return HTML_COLOR_INVALID;
}

static int
html_color_digit(char c)
{
	c = (char)str_lower_char((unsigned char)c);
	if (str_is_digit((unsigned char)c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "#..." with what is no digit left out, however many there are. */
static long
html_color_hex(struct slice text)
{
	int digits[6], n = 0;
	long value = 0;

	for (size_t i = 0; i < text.len && n < 6; i++)
		if (html_color_digit(text.data[i]) >= 0)
			digits[n++] = html_color_digit(text.data[i]);
	if (n == 0)
		return HTML_COLOR_EMPTY;
	if (n == 6) {
		for (int i = 0; i < 6; i++)
			value = value << 4 | digits[i];
		return value;
	}
	for (int i = 0; i < 3; i++)
		value = value << 8 | (i < n ? digits[i] * 0x11 : 0);
	return value;
}

/* A number in front of *text, taken off it; -1 if there is none. */
static double
html_color_number(struct slice *text)
{
	double value = 0;
	size_t n = 0;

	for (; n < text->len && str_is_digit((unsigned char)text->data[n]); n++)
		value = value * 10 + (text->data[n] - '0');
	*text = slice_from(*text, n);
	return n == 0 ? -1 : value;
}

static void
html_color_skip_blanks(struct slice *text)
{
	while (text->len > 0 && text->data[0] == ' ')
		*text = slice_from(*text, 1);
}

/* As many digits as the number has, two at least: %02x without a bound. */
static void
html_color_put(struct buf *hex, double value)
{
	char digits[20];
	int n;

	if (value >= 18446744073709551615.0)
		n = snprintf(digits, sizeof(digits), "ffffffffffffffff");
	else
		n = snprintf(digits, sizeof(digits), "%02llx",
			     (unsigned long long)value);
	if (hex->len + (size_t)n < hex->room) {
		memcpy(hex->data + hex->len, digits, (size_t)n);
		hex->len += (size_t)n;
	}
}

/* "1, 2, 3 )" or the same with "%" behind each; text follows "rgb(". */
static long
html_color_triple(struct slice text, bool percent)
{
	char room[64];
	struct buf hex = { .data = room, .room = sizeof(room) };

	for (int i = 0; i < 3; i++) {
		double value = html_color_number(&text);

		if (value < 0)
			return HTML_COLOR_INVALID;
		if (percent) {
			value = floor(value / 100 * 255);
			if (text.len == 0 || text.data[0] != '%')
				return HTML_COLOR_INVALID;
			text = slice_from(text, 1);
		}
		html_color_put(&hex, value);
		if (i < 2 && (text.len == 0 || text.data[0] != ','))
			return HTML_COLOR_INVALID;
		if (i < 2)
			text = slice_from(text, 1);
		html_color_skip_blanks(&text);
	}
	if (text.len == 0 || text.data[0] != ')')
		return HTML_COLOR_INVALID;
	return html_color_hex((struct slice){ hex.data, hex.len });
}

/* Whether all of text belongs to the characters of a colour without a name. */
static bool
html_color_is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '#' && html_color_digit(text.data[i]) < 0)
			return false;
	return true;
}

/* The places where "rgb(" stands, tried in turn. */
static long
html_color_function(struct slice text, bool percent)
{
	struct slice name = SLICE("rgb(");
	size_t at = 0;

	while ((at = slice_search_nocase(text, at, name)) < text.len) {
		long color = html_color_triple(slice_from(text, at + name.len),
					       percent);

		if (color != HTML_COLOR_INVALID)
			return color;
		at += name.len;
	}
	return HTML_COLOR_INVALID;
}

long
html_color(struct slice text)
{
	long color;

	text = slice_trim(text);
	color = html_color_named(text);
	if (color != HTML_COLOR_INVALID)
		return color;
	if (html_color_is_plain(text))
		return text.len > 0 && text.data[0] == '#'
			       ? html_color_hex(text)
			       : HTML_COLOR_INVALID;
	color = html_color_function(text, true);
	if (color != HTML_COLOR_INVALID)
		return color;
	return html_color_function(text, false);
}

long
html_color_rgb(struct slice text)
{
	double part[3] = { 0, 0, 0 };
	int n = 0;

	for (size_t i = 0; i < text.len && n < 3; i++) {
		if (text.data[i] == ',')
			n++;
		else if (str_is_digit((unsigned char)text.data[i]))
			part[n] = part[n] * 10 + (text.data[i] - '0');
	}
	for (n = 0; n < 3; n++)
		if (part[n] > 255)
			part[n] = 255;
	return (long)part[0] << 16 | (long)part[1] << 8 | (long)part[2];
}

/* One layer's values are separated by blanks, layers by commas; neither counts
 * in brackets or quotes. */
long
html_color_background(struct slice text)
{
	long layer = HTML_COLOR_INVALID, last = HTML_COLOR_INVALID, color;
	size_t start = 0;
	bool tokens = false, bracket = false;
	char quote = 0;

	for (size_t at = 0; at <= text.len; at++) {
		char c = at < text.len ? text.data[at] : ' ';
		bool closes = at == text.len || (!quote && bracket && c == ')');

		if (!closes && (quote || bracket || (c != ' ' && c != ','))) {
			if (quote)
				quote = c == quote ? 0 : quote;
			else if (c == '"' || c == '\'')
				quote = c;
			else if (c == '(')
				bracket = true;
			continue;
		}
		bracket = false;
		if (closes && at < text.len)
			at++;
		if (at > start) {
			tokens = true;
			color = html_color(slice_cut(text, start, at));
			if (layer == HTML_COLOR_INVALID)
				layer = color;
		}
		if (c == ',') {
			last = layer;
			layer = HTML_COLOR_INVALID;
			tokens = false;
		}
		start = c == ')' ? at-- : at + 1;
	}
	return tokens ? layer : last;
}

bool
html_color_low_contrast(long foreground, long background)
{
	static const double weight[3] = { 0.0722, 0.7152, 0.2126 };
	double sum = 0;

	if (foreground == background)
		return true;
	if (foreground < 0 || background < 0)
		return false;
	for (int i = 2; i >= 0; i--) {
		double part = (double)((foreground >> 8 * i & 0xff) -
				       (background >> 8 * i & 0xff));

		sum += weight[i] * part * (weight[i] * part);
	}
	return sqrt(sum) < COLOR_DISTANCE_MIN;
}
