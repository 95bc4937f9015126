/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pattern needs one of a set of literals: of a sequence any part's set will
 * do and the best is kept, of alternatives the sets are joined, and what may be
 * left out needs nothing. Whatever is not understood for certain makes the
 * reader give up, and the pattern then needs nothing.
 */
#include "wrap/regex_literal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LITERAL_MIN 3
#define LITERAL_BYTES 24 /* of one literal; the rest is not looked for */
#define LITERAL_COUNT 64
#define LITERAL_DEPTH 50

struct literal {
	unsigned char text[LITERAL_BYTES];
	size_t len;
};

struct literal_set { /* empty: nothing is needed */
	struct literal *items;
	size_t count;
};

struct literal_reader {
	void *mem;
	struct slice text;
	size_t at;
	unsigned depth;
	bool lost; /* something was not understood */
};

struct regex_literals {
	size_t count;
	struct {
		uint16_t grams[LITERAL_BYTES - LITERAL_MIN + 1];
		size_t count;
	} items[];
};

static unsigned char
literal_fold(unsigned char c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde))
		return (unsigned char)(c + 0x20);
	return c;
}

static uint16_t
literal_gram(unsigned char a, unsigned char b, unsigned char c)
{
	uint32_t all = (uint32_t)a << 16 | (uint32_t)b << 8 | c;

	return (uint16_t)(all * 2654435761u >> 16);
}

void
regex_grams_add(struct regex_grams *grams, struct slice text)
{
	unsigned char a, b, c;

	if (text.len < LITERAL_MIN)
		return;
	a = literal_fold((unsigned char)text.data[0]);
	b = literal_fold((unsigned char)text.data[1]);
	for (size_t i = 2; i < text.len; i++, a = b, b = c) {
		uint16_t gram;

		c = literal_fold((unsigned char)text.data[i]);
		gram = literal_gram(a, b, c);
		grams->bits[gram / 64] |= 1ull << gram % 64;
	}
}

bool
regex_literals_in(const struct regex_literals *literals,
		  const struct regex_grams *grams)
{
	if (literals == NULL)
		return true;
	for (size_t i = 0; i < literals->count; i++) {
		size_t k = 0;

		while (k < literals->items[i].count &&
		       grams->bits[literals->items[i].grams[k] / 64] >>
				       literals->items[i].grams[k] % 64 & 1)
			k++;
		if (k == literals->items[i].count)
			return true;
	}
	return false;
}

/* --- reading a pattern --- */

static int
literal_peek(const struct literal_reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->text.len
		       ? (unsigned char)reader->text.data[reader->at + ahead]
		       : -1;
}

static size_t
literal_shortest(const struct literal_set *set)
{
	size_t least = set->count == 0 ? 0 : LITERAL_BYTES;

	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].len < least)
			least = set->items[i].len;
	return least;
}

/* Longer literals are rarer, fewer are found less often. */
static bool
literal_is_better(const struct literal_set *a, const struct literal_set *b)
{
	size_t x = literal_shortest(a), y = literal_shortest(b);

	if (a->count == 0 || b->count == 0)
		return a->count > 0;
	x = x > 8 ? 8 : x;
	y = y > 8 ? 8 : y;
	return x * 8 + LITERAL_COUNT - a->count >
	       y * 8 + LITERAL_COUNT - b->count;
}

static void
literal_flush(struct literal_reader *reader, struct literal *run,
	      struct literal_set *best)
{
	struct literal_set set = { run, 1 };

	if (run->len >= LITERAL_MIN && literal_is_better(&set, best)) {
		best->items = mem_copy(reader->mem, run, sizeof(*run));
		best->count = 1;
	}
	run->len = 0;
}

/* A full run is as good as any: what follows begins another. */
static void
literal_append(struct literal_reader *reader, struct literal *run, int c,
	       struct literal_set *best)
{
	if (run->len == LITERAL_BYTES)
		literal_flush(reader, run, best);
	run->text[run->len++] = literal_fold((unsigned char)c);
}

/* Takes a quantifier; false if there is none. *some: at least once. */
static bool
literal_quantifier(struct literal_reader *reader, bool *some)
{
	int c = literal_peek(reader, 0);
	size_t end = 1;

	*some = true;
	if (c == '*' || c == '?') {
		*some = false;
	} else if (c == '{') {
		bool zero = true;

		for (; str_is_digit(literal_peek(reader, end)); end++)
			zero = zero && literal_peek(reader, end) == '0';
		if (end == 1 && literal_peek(reader, end) != ',')
			return false;
		*some = !zero;
		if (literal_peek(reader, end) == ',')
			end++;
		while (str_is_digit(literal_peek(reader, end)))
			end++;
		if (literal_peek(reader, end++) != '}')
			return false;
	} else if (c != '+') {
		return false;
	}
	reader->at += end;
	c = literal_peek(reader, 0);
	if (c == '?' || c == '+')
		reader->at++;
	return true;
}

/* Behind the class that begins here. */
static void
literal_skip_class(struct literal_reader *reader)
{
	size_t start;

	reader->at++;
	if (literal_peek(reader, 0) == '^')
		reader->at++;
	for (start = reader->at;; reader->at++) {
		int c = literal_peek(reader, 0);

		if (c == ']' && reader->at > start) {
			reader->at++;
			return;
		}
		/* [:alpha:], \Q and the like: few write them, none is sure. */
		if (c == -1 ||
		    (c == '[' &&
		     memchr(":.=", literal_peek(reader, 1), 3) != NULL) ||
		    (c == '\\' &&
		     memchr("QEc", literal_peek(reader, 1), 3) != NULL)) {
			reader->lost = true;
			return;
		}
		if (c == '\\')
			reader->at++;
	}
}

static int
literal_hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum { LITERAL_ANY = -1, LITERAL_NOTHING = -2 };

/* An escape: the byte it stands for, ANY for a set of bytes, NOTHING for what
 * takes none. */
static int
literal_escape(struct literal_reader *reader)
{
	static const char controls[] = "t\tn\nr\rf\fe\033a\a";
	int c = literal_peek(reader, 1), value;
	const char *found;

	reader->at += 2;
	if (c == -1) {
		reader->lost = true;
		return LITERAL_ANY;
	}
	if (!str_is_alnum(c))
		return c;
	if (str_is_digit(c)) {
		while (str_is_digit(literal_peek(reader, 0)))
			reader->at++;
		return LITERAL_ANY;
	}
	if (c == 'x') {
		int high = literal_hex(literal_peek(reader, 0));
		int low = literal_hex(literal_peek(reader, 1));

		value = high * 16 + low;
		if (high < 0 || low < 0) {
			reader->lost = true;
			return LITERAL_ANY;
		}
		reader->at += 2;
		return value;
	}
	for (found = controls; *found != '\0'; found += 2)
		if (*found == c)
			return (unsigned char)found[1];
	if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z')
		return LITERAL_NOTHING;
	if (memchr("dDwWsShHvV", c, 10) == NULL)
		reader->lost = true;
	return LITERAL_ANY;
}

enum group { GROUP_PLAIN, GROUP_LOOK, GROUP_FLAGS };

/* What stands behind "(?" up to the colon, the name or the look-around. */
static enum group
literal_group_head(struct literal_reader *reader)
{
	int c = literal_peek(reader, 0);

	if (c == ':' || c == '>' || c == '|') {
		reader->at++;
		return GROUP_PLAIN;
	}
	if (c == '=' || c == '!') {
		reader->at++;
		return GROUP_LOOK;
	}
	if (c == '<' && (literal_peek(reader, 1) == '=' ||
			 literal_peek(reader, 1) == '!')) {
		reader->at += 2;
		return GROUP_LOOK;
	}
	if (c == '<') {
		do
			c = literal_peek(reader, 0);
		while (reader->at++ < reader->text.len && c != '>');
		reader->lost = reader->lost || c != '>';
		return GROUP_PLAIN;
	}
	/* Flags but x: that changes what a blank means. */
	while (c > 0 && strchr("imsnJ-", c) != NULL) {
		reader->at++;
		c = literal_peek(reader, 0);
	}
	if (c == ':') {
		reader->at++;
		return GROUP_PLAIN;
	}
	reader->lost = reader->lost || c != ')';
	return GROUP_FLAGS;
}

static struct literal_set literal_alternatives(struct literal_reader *reader);

/* A group with its quantifier. */
static struct literal_set
literal_group(struct literal_reader *reader)
{
	struct literal_set none = { NULL, 0 }, set;
	enum group group = GROUP_PLAIN;
	bool some;

	reader->at++;
	if (literal_peek(reader, 0) == '*')
		reader->lost = true;
	if (literal_peek(reader, 0) == '?') {
		reader->at++;
		group = literal_group_head(reader);
	}
	if (reader->lost || ++reader->depth > LITERAL_DEPTH) {
		reader->lost = true;
		return none;
	}
	set = group == GROUP_FLAGS ? none : literal_alternatives(reader);
	reader->depth--;
	if (literal_peek(reader, 0) != ')')
		reader->lost = true;
	reader->at++;
	if (group != GROUP_PLAIN)
		set = none;
	if (literal_quantifier(reader, &some) && !some)
		set = none;
	return set;
}

/* One byte, or an escape, with its quantifier. */
static void
literal_byte(struct literal_reader *reader, struct literal *run,
	     struct literal_set *best)
{
	int c = literal_peek(reader, 0);
	bool some, many;

	/* A quantifier of nothing, or of a quantifier. */
	if (literal_quantifier(reader, &some)) {
		reader->lost = true;
		return;
	}
	if (c == '\\')
		c = literal_escape(reader);
	else
		reader->at++;
	if (c == LITERAL_NOTHING)
		return;
	many = literal_quantifier(reader, &some);
	if (c != LITERAL_ANY && (!many || some))
		literal_append(reader, run, c, best);
	if (c == LITERAL_ANY || many)
		literal_flush(reader, run, best);
}

static struct literal_set
literal_sequence(struct literal_reader *reader)
{
	struct literal_set best = { NULL, 0 }, set;
	struct literal run = { .len = 0 };
	bool some;

	while (!reader->lost) {
		int c = literal_peek(reader, 0);

		if (c == -1 || c == '|' || c == ')')
			break;
		switch (c) {
		case '(':
			literal_flush(reader, &run, &best);
			set = literal_group(reader);
			if (literal_is_better(&set, &best))
				best = set;
			break;
		case '[':
			literal_flush(reader, &run, &best);
			literal_skip_class(reader);
			literal_quantifier(reader, &some);
			break;
		case '.':
			literal_flush(reader, &run, &best);
			reader->at++;
			literal_quantifier(reader, &some);
			break;
		case '^':
		case '$':
			reader->at++;
			break;
		default:
			literal_byte(reader, &run, &best);
		}
	}
	literal_flush(reader, &run, &best);
	return best;
}

static struct literal_set
literal_alternatives(struct literal_reader *reader)
{
	struct literal_set all = literal_sequence(reader), set;
	bool none = all.count == 0;

	while (!reader->lost && literal_peek(reader, 0) == '|') {
		reader->at++;
		set = literal_sequence(reader);
		none = none || set.count == 0 ||
		       all.count + set.count > LITERAL_COUNT;
		if (none)
			continue;
		all.items = mem_resize(reader->mem, all.items,
				       all.count + set.count);
		memcpy(all.items + all.count, set.items,
		       set.count * sizeof(*set.items));
		all.count += set.count;
	}
	return none ? (struct literal_set){ NULL, 0 } : all;
}

struct regex_literals *
regex_literals_new(void *mem, struct slice pattern)
{
	struct literal_reader reader = {
		.mem = mem_context(NULL, "literals"), .text = pattern,
	};
	struct literal_set set = literal_alternatives(&reader);
	struct regex_literals *literals = NULL;

	if (reader.at == pattern.len && !reader.lost && set.count > 0) {
		literals = mem_zero(mem, sizeof(*literals) +
				    set.count * sizeof(literals->items[0]),
				    1, "struct regex_literals");
		literals->count = set.count;
	}
	for (size_t i = 0; literals != NULL && i < set.count; i++) {
		const struct literal *from = &set.items[i];

		for (size_t k = 0; k + LITERAL_MIN <= from->len; k++)
			literals->items[i].grams[literals->items[i].count++] =
				literal_gram(from->text[k], from->text[k + 1],
					     from->text[k + 2]);
	}
	mem_free(reader.mem);
	return literals;
}
