/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names, numbers, and surrogate pairs written as two numbers. What is no known
 * reference stays as it is. Stateless; linear, as no name longer than the
 * longest known one is looked up.
 */
#include "mail/html_entities.h"

#include <string.h>

#include "mail/charset.h"

#define ENTITY_NAME_MAX 8
#define ENTITY_NUMBER_MAX 0x10ffff
#define ENTITY_REPLACEMENT 0xfffd

struct entity {
	char name[ENTITY_NAME_MAX + 1];
	uint16_t character;
};

/* Valid without a semicolon. Sorted. */
static const struct entity entities_loose[] = {
	{ "AElig", 0xc6 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 },
	{ "Agrave", 0xc0 }, { "Aring", 0xc5 }, { "Atilde", 0xc3 },
	{ "Auml", 0xc4 }, { "Ccedil", 0xc7 }, { "ETH", 0xd0 },
	{ "Eacute", 0xc9 }, { "Ecirc", 0xca }, { "Egrave", 0xc8 },
	{ "Euml", 0xcb }, { "Iacute", 0xcd }, { "Icirc", 0xce },
	{ "Igrave", 0xcc }, { "Iuml", 0xcf }, { "Ntilde", 0xd1 },
	{ "Oacute", 0xd3 }, { "Ocirc", 0xd4 }, { "Ograve", 0xd2 },
	{ "Oslash", 0xd8 }, { "Otilde", 0xd5 }, { "Ouml", 0xd6 },
	{ "THORN", 0xde }, { "Uacute", 0xda }, { "Ucirc", 0xdb },
	{ "Ugrave", 0xd9 }, { "Uuml", 0xdc }, { "Yacute", 0xdd },
	{ "aacute", 0xe1 }, { "acirc", 0xe2 }, { "acute", 0xb4 },
	{ "aelig", 0xe6 }, { "agrave", 0xe0 }, { "amp", 0x26 },
	{ "apos", 0x27 }, { "aring", 0xe5 }, { "atilde", 0xe3 },
	{ "auml", 0xe4 }, { "brvbar", 0xa6 }, { "ccedil", 0xe7 },
	{ "cedil", 0xb8 }, { "cent", 0xa2 }, { "copy", 0xa9 },
	{ "curren", 0xa4 }, { "deg", 0xb0 }, { "divide", 0xf7 },
	{ "eacute", 0xe9 }, { "ecirc", 0xea }, { "egrave", 0xe8 },
	{ "eth", 0xf0 }, { "euml", 0xeb }, { "frac12", 0xbd },
	{ "frac14", 0xbc }, { "frac34", 0xbe }, { "gt", 0x3e },
	{ "iacute", 0xed }, { "icirc", 0xee }, { "iexcl", 0xa1 },
	{ "igrave", 0xec }, { "iquest", 0xbf }, { "iuml", 0xef },
	{ "laquo", 0xab }, { "lt", 0x3c }, { "macr", 0xaf }, { "micro", 0xb5 },
	{ "middot", 0xb7 }, { "nbsp", 0xa0 }, { "not", 0xac },
	{ "ntilde", 0xf1 }, { "oacute", 0xf3 }, { "ocirc", 0xf4 },
	{ "ograve", 0xf2 }, { "ordf", 0xaa }, { "ordm", 0xba },
	{ "oslash", 0xf8 }, { "otilde", 0xf5 }, { "ouml", 0xf6 },
	{ "para", 0xb6 }, { "plusmn", 0xb1 }, { "pound", 0xa3 },
	{ "quot", 0x22 }, { "raquo", 0xbb }, { "reg", 0xae }, { "sect", 0xa7 },
	{ "shy", 0xad }, { "sup1", 0xb9 }, { "sup2", 0xb2 }, { "sup3", 0xb3 },
	{ "szlig", 0xdf }, { "thorn", 0xfe }, { "times", 0xd7 },
	{ "uacute", 0xfa }, { "ucirc", 0xfb }, { "ugrave", 0xf9 },
	{ "uml", 0xa8 }, { "uuml", 0xfc }, { "yacute", 0xfd }, { "yen", 0xa5 },
	{ "yuml", 0xff },
};

/* Valid with a semicolon only. Sorted. */
static const struct entity entities_strict[] = {
	{ "Alpha", 0x391 }, { "Beta", 0x392 }, { "Chi", 0x3a7 },
	{ "Dagger", 0x2021 }, { "Delta", 0x394 }, { "Epsilon", 0x395 },
	{ "Eta", 0x397 }, { "Gamma", 0x393 }, { "Iota", 0x399 },
	{ "Kappa", 0x39a }, { "Lambda", 0x39b }, { "Mu", 0x39c },
	{ "Nu", 0x39d }, { "OElig", 0x152 }, { "Omega", 0x3a9 },
	{ "Omicron", 0x39f }, { "Phi", 0x3a6 }, { "Pi", 0x3a0 },
	{ "Prime", 0x2033 }, { "Psi", 0x3a8 }, { "Rho", 0x3a1 },
	{ "Scaron", 0x160 }, { "Sigma", 0x3a3 }, { "Tau", 0x3a4 },
	{ "Theta", 0x398 }, { "Upsilon", 0x3a5 }, { "Xi", 0x39e },
	{ "Yuml", 0x178 }, { "Zeta", 0x396 }, { "alefsym", 0x2135 },
	{ "alpha", 0x3b1 }, { "and", 0x2227 }, { "ang", 0x2220 },
	{ "asymp", 0x2248 }, { "bdquo", 0x201e }, { "beta", 0x3b2 },
	{ "bull", 0x2022 }, { "cap", 0x2229 }, { "chi", 0x3c7 },
	{ "circ", 0x2c6 }, { "clubs", 0x2663 }, { "cong", 0x2245 },
	{ "crarr", 0x21b5 }, { "cup", 0x222a }, { "dArr", 0x21d3 },
	{ "dagger", 0x2020 }, { "darr", 0x2193 }, { "delta", 0x3b4 },
	{ "diams", 0x2666 }, { "empty", 0x2205 }, { "emsp", 0x2003 },
	{ "ensp", 0x2002 }, { "epsilon", 0x3b5 }, { "equiv", 0x2261 },
	{ "eta", 0x3b7 }, { "euro", 0x20ac }, { "exist", 0x2203 },
	{ "fnof", 0x192 }, { "forall", 0x2200 }, { "frasl", 0x2044 },
	{ "gamma", 0x3b3 }, { "ge", 0x2265 }, { "hArr", 0x21d4 },
	{ "harr", 0x2194 }, { "hearts", 0x2665 }, { "hellip", 0x2026 },
	{ "image", 0x2111 }, { "infin", 0x221e }, { "int", 0x222b },
	{ "iota", 0x3b9 }, { "isin", 0x2208 }, { "kappa", 0x3ba },
	{ "lArr", 0x21d0 }, { "lambda", 0x3bb }, { "lang", 0x2329 },
	{ "larr", 0x2190 }, { "lceil", 0x2308 }, { "ldquo", 0x201c },
	{ "le", 0x2264 }, { "lfloor", 0x230a }, { "lowast", 0x2217 },
	{ "loz", 0x25ca }, { "lrm", 0x200e }, { "lsaquo", 0x2039 },
	{ "lsquo", 0x2018 }, { "mdash", 0x2014 }, { "minus", 0x2212 },
	{ "mu", 0x3bc }, { "nabla", 0x2207 }, { "ndash", 0x2013 },
	{ "ne", 0x2260 }, { "ni", 0x220b }, { "notin", 0x2209 },
	{ "nsub", 0x2284 }, { "nu", 0x3bd }, { "oelig", 0x153 },
	{ "oline", 0x203e }, { "omega", 0x3c9 }, { "omicron", 0x3bf },
	{ "oplus", 0x2295 }, { "or", 0x2228 }, { "otimes", 0x2297 },
	{ "part", 0x2202 }, { "permil", 0x2030 }, { "perp", 0x22a5 },
	{ "phi", 0x3c6 }, { "pi", 0x3c0 }, { "piv", 0x3d6 },
	{ "prime", 0x2032 }, { "prod", 0x220f }, { "prop", 0x221d },
	{ "psi", 0x3c8 }, { "rArr", 0x21d2 }, { "radic", 0x221a },
	{ "rang", 0x232a }, { "rarr", 0x2192 }, { "rceil", 0x2309 },
	{ "rdquo", 0x201d }, { "real", 0x211c }, { "rfloor", 0x230b },
	{ "rho", 0x3c1 }, { "rlm", 0x200f }, { "rsaquo", 0x203a },
	{ "rsquo", 0x2019 }, { "sbquo", 0x201a }, { "scaron", 0x161 },
	{ "sdot", 0x22c5 }, { "sigma", 0x3c3 }, { "sigmaf", 0x3c2 },
	{ "sim", 0x223c }, { "spades", 0x2660 }, { "sub", 0x2282 },
	{ "sube", 0x2286 }, { "sum", 0x2211 }, { "sup", 0x2283 },
	{ "supe", 0x2287 }, { "tau", 0x3c4 }, { "there4", 0x2234 },
	{ "theta", 0x3b8 }, { "thetasym", 0x3d1 }, { "thinsp", 0x2009 },
	{ "tilde", 0x2dc }, { "trade", 0x2122 }, { "uArr", 0x21d1 },
	{ "uarr", 0x2191 }, { "upsih", 0x3d2 }, { "upsilon", 0x3c5 },
	{ "weierp", 0x2118 }, { "xi", 0x3be }, { "zeta", 0x3b6 },
	{ "zwj", 0x200d }, { "zwnj", 0x200c },
};

static long
entity_find(const struct entity *table, size_t count, struct slice name)
{
	size_t low = 0, high = count;

	if (name.len > ENTITY_NAME_MAX)
		return -1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncmp(name.data, table[middle].name, name.len);

		if (order == 0 && table[middle].name[name.len] != '\0')
			order = -1;
		if (order == 0)
			return table[middle].character;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

static long
entity_loose(struct slice name)
{
	return entity_find(entities_loose,
			   sizeof(entities_loose) / sizeof(entities_loose[0]),
			   name);
}

static long
entity_strict(struct slice name)
{
	return entity_find(entities_strict,
			   sizeof(entities_strict) / sizeof(entities_strict[0]),
			   name);
}

/* The reference whose name begins at *at; -1 if there is none. */
static long
entity_named(struct slice text, size_t *at, bool prefixes)
{
	size_t end = *at;
	struct slice name;
	long character;

	while (end < text.len && (str_is_alnum((unsigned char)text.data[end]) ||
				  text.data[end] == '_'))
		end++;
	name = slice_cut(text, *at, end);
	if (name.len == 0)
		return -1;
	character = entity_loose(name);
	if (character < 0 && end < text.len && text.data[end] == ';')
		character = entity_strict(name);
	if (character >= 0 || !prefixes) {
		*at = end;
		return character;
	}
	if (name.len > ENTITY_NAME_MAX)
		name.len = ENTITY_NAME_MAX + 1;
	while (--name.len > 0) {
		character = entity_loose(name);
		if (character >= 0) {
			*at += name.len;
			return character;
		}
	}
	*at = end;
	return -1;
}

/* Hexadecimal digit, or -1; a NUL counts as 0, as it does in HTML::Parser. */
static int
entity_digit(char c, int base)
{
	if (str_is_digit((unsigned char)c))
		return c - '0';
	if (base == 10)
		return -1;
	if (c == '\0')
		return 0;
	c = (char)str_lower_char((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The same for a number; *at stands behind "#". */
static long
entity_number(struct slice text, size_t *at)
{
	int base = 10, digit;
	long number = 0;

	if (*at < text.len &&
	    (text.data[*at] == 'x' || text.data[*at] == 'X')) {
		base = 16;
		++*at;
	}
	for (; *at < text.len; ++*at) {
		digit = entity_digit(text.data[*at], base);
		if (digit < 0)
			break;
		number = number * base + digit;
		if (number > ENTITY_NUMBER_MAX)
			return -1;
	}
	if (number == 0 || number == 0xfffe || number == 0xffff)
		return -1;
	return number;
}

/* A number as a character: halves of pairs are joined, others replaced. */
static long
entity_settle(struct buf *out, long number, long *high)
{
	long first = *high;

	*high = 0;
	if ((number & ~0x3ffL) == 0xd800) {
		*high = number;
		return ENTITY_REPLACEMENT;
	}
	if ((number & ~0x3ffL) == 0xdc00) {
		if (first == 0)
			return ENTITY_REPLACEMENT;
		out->len -= 3; /* what the first half left */
		return ((first - 0xd800) << 10) + (number - 0xdc00) + 0x10000;
	}
	if ((number >= 0xfdd0 && number <= 0xfdef) ||
	    (number & 0xfffe) == 0xfffe)
		return ENTITY_REPLACEMENT;
	return number;
}

bool
html_entities(struct buf *out, struct slice text, bool prefixes)
{
	bool wide = false;
	size_t done = 0, at, amp;
	long high = 0;

	while ((amp = slice_find(text, done, '&')) < text.len) {
		long character;

		if (amp != done)
			high = 0;
		buf_slice(out, slice_cut(text, done, amp));
		at = amp + 1;
		if (at < text.len && text.data[at] == '#') {
			at++;
			character = entity_number(text, &at);
			if (character >= 0)
				character = entity_settle(out, character,
							  &high);
		} else {
			character = entity_named(text, &at, prefixes);
			high = 0;
		}
		if (character < 0) {
			high = 0;
			buf_slice(out, slice_cut(text, amp, at));
		} else {
			if (at < text.len && text.data[at] == ';')
				at++;
			charset_put(out, (unsigned long)character);
			wide |= character > 0xff;
		}
		done = at;
	}
	buf_slice(out, slice_from(text, done));
	return wide;
}
