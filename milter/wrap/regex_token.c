/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tokens of a pattern. Of each the end must be found for certain, while
 * what it stands for may be more than PCRE2 would take, and never less.
 */
#include "wrap/regex_needs_private.h"

#include <string.h>

#define TIMES_MAX 1000000

int
needs_peek(const struct needs_reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->text.len
		       ? (unsigned char)reader->text.data[reader->at + ahead]
		       : -1;
}

static int
token_hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Behind \x: one or two digits (none: a NUL), or any number in braces. */
static int
token_read_hex(struct needs_reader *reader)
{
	bool braces = needs_peek(reader, 0) == '{';
	unsigned value = 0;
	size_t digits = 0;

	reader->at += braces;
	while (token_hex(needs_peek(reader, 0)) >= 0 &&
	       digits < (braces ? 8 : 2)) {
		value = value * 16 + (unsigned)token_hex(needs_peek(reader, 0));
		reader->at++;
		digits++;
	}
	if (value > 255 || (braces && (digits == 0 ||
				       needs_peek(reader, 0) != '}')))
		reader->lost = true;
	reader->at += braces;
	return (int)(value & 255);
}

static int
token_read_octal(struct needs_reader *reader)
{
	unsigned value = 0;

	for (size_t digits = 0; digits < 3; digits++) {
		int c = needs_peek(reader, 0);

		if (c < '0' || c > '7')
			break;
		value = value * 8 + (unsigned)(c - '0');
		reader->at++;
	}
	reader->lost = reader->lost || value > 255;
	return (int)(value & 255);
}

static bool
token_type_holds(int type, int c)
{
	switch (type) {
	case 'd':
		return str_is_digit(c);
	case 'w': /* letters of Latin-1 are none under /aa; more does no harm */
		return str_is_alnum(c) || c == '_' || c >= 0x80;
	case 's':
		return str_is_space(c);
	case 'h':
		return c == ' ' || c == '\t' || c == 0xa0;
	default: /* v */
		return (c >= '\n' && c <= '\r') || c == 0x85;
	}
}

/* \d and the like; false if c names no such type. */
static bool
token_add_type(struct needs_atom *atom, int c)
{
	static const char types[] = "dwshv";
	bool negated;
	int type;

	if (!str_is_alpha(c))
		return false;
	type = str_lower_char(c);
	negated = type != c;
	if (strchr(types, type) == NULL)
		return false;
	for (int i = 0; i < 256; i++)
		if (token_type_holds(type, i) != negated ||
		    (type == 'w' && i >= 0x80))
			atom->chars[i] = true;
	return true;
}

/* An escape for one byte, its letter not yet taken; -1 if it is none. */
static int
token_read_byte(struct needs_reader *reader)
{
	static const char controls[] = "t\tn\nr\rf\fe\033a\a";
	int c = needs_peek(reader, 0);
	const char *found;

	if (c == -1)
		return -1;
	if (c == 'x') {
		reader->at++;
		return token_read_hex(reader);
	}
	for (found = controls; *found != '\0' && *found != c; found += 2)
		;
	if (*found == '\0' && str_is_alnum(c))
		return -1;
	reader->at++;
	return *found == '\0' ? c : (unsigned char)found[1];
}

/* A backslash outside of a class. */
static void
token_read_escape(struct needs_reader *reader, struct needs_atom *atom)
{
	int c, byte;

	reader->at++;
	c = needs_peek(reader, 0);
	byte = token_read_byte(reader);
	if (byte >= 0) {
		atom->chars[byte] = true;
		return;
	}
	reader->at++;
	if (token_add_type(atom, c))
		return;
	atom->kind = NEEDS_UNKNOWN;
	if (str_is_digit(c)) /* a reference to a group, or octal */
		while (str_is_digit(needs_peek(reader, 0)))
			reader->at++;
	else if (c != -1 && strchr("bBAzZ", c) != NULL)
		atom->kind = NEEDS_EMPTY;
	else
		reader->lost = true;
}

/* One byte of a class, or -1: a type was added, or all is lost. */
static int
token_read_member(struct needs_reader *reader, struct needs_atom *atom)
{
	int c = needs_peek(reader, 0), byte;

	if (c == '[' && needs_peek(reader, 1) != -1 &&
	    strchr(":.=", needs_peek(reader, 1)) != NULL) {
		reader->lost = true; /* few write [:alpha:] */
		return -1;
	}
	reader->at++;
	if (c != '\\')
		return c; /* or -1, at the end */
	c = needs_peek(reader, 0);
	if (c >= '0' && c <= '7')
		return token_read_octal(reader);
	byte = token_read_byte(reader);
	if (byte >= 0)
		return byte;
	reader->at++;
	if (c == 'b')
		return '\b';
	if (!token_add_type(atom, c))
		reader->lost = true;
	return -1;
}

static void
token_read_class(struct needs_reader *reader, struct needs_atom *atom)
{
	bool negated = needs_peek(reader, 1) == '^';
	size_t first;

	reader->at += 1 + negated;
	for (first = reader->at; !reader->lost; ) {
		int low = needs_peek(reader, 0), high;

		if (low == -1) {
			reader->lost = true;
			return;
		}
		if (low == ']' && reader->at > first)
			break;
		low = high = token_read_member(reader, atom);
		if (needs_peek(reader, 0) == '-' && needs_peek(reader, 1) != ']') {
			reader->at++;
			/* No range begins with a type: [\w-.] */
			if (low == -1)
				atom->chars['-'] = true;
			else
				high = token_read_member(reader, atom);
			reader->lost = reader->lost || high < low;
		}
		for (; low >= 0 && low <= high; low++)
			atom->chars[low] = true;
	}
	reader->at++;
	if (!negated)
		return;
	for (int i = 0; i < 256; i++)
		atom->chars[i] = !atom->chars[i];
}

void
needs_read_atom(struct needs_reader *reader, struct needs_atom *atom)
{
	int c = needs_peek(reader, 0);

	*atom = (struct needs_atom){ .kind = NEEDS_CHARS };
	switch (c) {
	case '\\':
		token_read_escape(reader, atom);
		return;
	case '[':
		token_read_class(reader, atom);
		return;
	case '.':
		atom->kind = NEEDS_UNKNOWN;
		break;
	case '^':
	case '$':
		atom->kind = NEEDS_EMPTY;
		break;
	case '*':
	case '+':
	case '?':
		reader->lost = true; /* repeats nothing */
		break;
	default:
		atom->chars[c & 255] = true;
	}
	reader->at++;
}

static unsigned
token_read_number(const struct needs_reader *reader, size_t *ahead)
{
	unsigned value = 0;

	for (; str_is_digit(needs_peek(reader, *ahead)); ++*ahead)
		if (value < TIMES_MAX)
			value = value * 10 +
				(unsigned)(needs_peek(reader, *ahead) - '0');
	return value;
}

/* {2} {2,} {2,3}; false if the brace is a byte like others. */
static bool
token_read_braces(struct needs_reader *reader, struct needs_times *times)
{
	size_t ahead = 1, before;

	times->least = times->most = token_read_number(reader, &ahead);
	if (ahead == 1)
		return false;
	if (needs_peek(reader, ahead) == ',') {
		before = ++ahead;
		times->most = token_read_number(reader, &ahead);
		times->many = ahead == before;
	}
	if (needs_peek(reader, ahead) != '}')
		return false;
	reader->at += ahead + 1;
	return true;
}

struct needs_times
needs_read_times(struct needs_reader *reader)
{
	struct needs_times once = { 1, 1, false }, times = once;
	int c = needs_peek(reader, 0);

	if (c == '{') {
		/* Later versions of PCRE2 know {,3} and blanks inside. */
		int next = needs_peek(reader, 1);

		if (!token_read_braces(reader, &times)) {
			reader->lost = reader->lost || next == ',' ||
				       next == ' ' || next == '\t' ||
				       str_is_digit(next);
			return once;
		}
	} else if (c == '*' || c == '+' || c == '?') {
		times.least = c == '+';
		times.many = c != '?';
		reader->at++;
	} else {
		return once;
	}
	c = needs_peek(reader, 0);
	if (c == '?' || c == '+')
		reader->at++;
	c = needs_peek(reader, 0);
	if (c == '*' || c == '+' || c == '?')
		reader->lost = true;
	return times;
}

/* (?<name> and (?'name' */
static void
token_read_name(struct needs_reader *reader, int end)
{
	reader->at++;
	while (str_is_alnum(needs_peek(reader, 0)) ||
	       needs_peek(reader, 0) == '_')
		reader->at++;
	reader->lost = reader->lost || needs_peek(reader, 0) != end;
	reader->at++;
}

/* Flags but x, which changes what a blank means. */
static enum needs_group
token_read_flags(struct needs_reader *reader)
{
	int c = needs_peek(reader, 0);

	while (c > 0 && strchr("^imsnJU-", c) != NULL) {
		reader->at++;
		c = needs_peek(reader, 0);
	}
	reader->lost = reader->lost || (c != ':' && c != ')');
	reader->at++;
	return c == ':' ? NEEDS_PLAIN : NEEDS_FLAGS;
}

static enum needs_group
token_read_group(struct needs_reader *reader)
{
	int c;

	reader->at++;
	if (needs_peek(reader, 0) == '*')
		reader->lost = true; /* verbs */
	if (needs_peek(reader, 0) != '?')
		return NEEDS_PLAIN;
	reader->at++;
	c = needs_peek(reader, 0);
	if (c == ':' || c == '>' || c == '|') {
		reader->at++;
		return NEEDS_PLAIN;
	}
	if (c == '=' || c == '!') {
		reader->at++;
		return NEEDS_LOOK;
	}
	if (c == '<' && (needs_peek(reader, 1) == '=' ||
			 needs_peek(reader, 1) == '!')) {
		reader->at += 2;
		return NEEDS_LOOK;
	}
	if (c == 'P' && needs_peek(reader, 1) == '<')
		c = (unsigned char)reader->text.data[++reader->at];
	if (c == '<' || c == '\'') {
		token_read_name(reader, c == '<' ? '>' : '\'');
		return NEEDS_PLAIN;
	}
	return token_read_flags(reader);
}

bool
needs_enter_group(struct needs_reader *reader, enum needs_group *group)
{
	*group = token_read_group(reader);
	if (*group == NEEDS_FLAGS || reader->lost)
		return false;
	reader->lost = reader->depth == NEEDS_DEPTH;
	reader->depth++;
	return !reader->lost;
}

struct needs_times
needs_leave_group(struct needs_reader *reader)
{
	reader->depth--;
	reader->lost = reader->lost || needs_peek(reader, 0) != ')';
	reader->at++;
	return needs_read_times(reader);
}
