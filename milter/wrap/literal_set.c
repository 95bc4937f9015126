/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of literals: what a piece of a pattern can be, or what it needs.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wrap/regex_needs_private.h"

#define NEEDS_LEAST 3  /* bits below which a need says nothing */

static bool
literal_push(struct literal *literal, unsigned char c)
{
	if (literal->len > 0 && needs_is_run(c) &&
	    literal->text[literal->len - 1] == c)
		return true;
	if (literal->len == LITERAL_BYTES)
		return false;
	literal->text[literal->len++] = c;
	return true;
}

static bool
literal_join(struct literal *literal, const struct literal *more)
{
	for (unsigned i = 0; i < more->len; i++)
		if (!literal_push(literal, more->text[i]))
			return false;
	return true;
}

void
literal_set_add(void *mem, struct literal_set *set,
		const struct literal *literal)
{
	for (size_t i = 0; i < set->count && set->count <= NEEDS_CLASS; i++)
		if (set->items[i].len == literal->len &&
		    memcmp(set->items[i].text, literal->text,
			   literal->len) == 0)
			return;
	if (set->count == set->room) {
		set->room = set->room == 0 ? 4 : 4 * set->room;
		set->items = mem_resize(mem, set->items, set->room);
	}
	set->items[set->count++] = *literal;
}

void
literal_set_add_all(void *mem, struct literal_set *set,
		    const struct literal_set *more)
{
	for (size_t i = 0; i < more->count; i++)
		literal_set_add(mem, set, &more->items[i]);
}

/* The set that holds the empty literal alone. */
struct literal_set
literal_set_empty_literal(void *mem)
{
	static const struct literal nothing = { 0 };
	struct literal_set set = { 0 };

	literal_set_add(mem, &set, &nothing);
	return set;
}

/* One of each after the other; false, and *set unchanged: it is too much. */
bool
literal_set_multiply(void *mem, struct literal_set *set,
		     const struct literal_set *by)
{
	struct literal_set product = { 0 };

	if (set->count * by->count > NEEDS_KNOWN)
		return false;
	if (by->count == 1) { /* nearly always: a byte behind a run */
		for (size_t i = 0; i < set->count; i++)
			if (set->items[i].len + by->items[0].len >
			    LITERAL_BYTES)
				return false;
		for (size_t i = 0; i < set->count; i++)
			literal_join(&set->items[i], &by->items[0]);
		return true;
	}
	for (size_t i = 0; i < set->count; i++) {
		for (size_t k = 0; k < by->count; k++) {
			struct literal both = set->items[i];

			if (!literal_join(&both, &by->items[k]))
				return false;
			literal_set_add(mem, &product, &both);
		}
	}
	*set = product;
	return true;
}

/*
 * Takes off what only makes a need longer: bytes above 7F come in runs, of
 * which one at either end will do.
 */
static void
literal_trim(struct literal *literal)
{
	unsigned front = 0, back = literal->len;

	while (front < back && literal->text[front] == FOLDED_HIGH)
		front++;
	if (front == literal->len)
		return;
	while (back > front && literal->text[back - 1] == FOLDED_HIGH)
		back--;
	front -= front > 0;
	back += back < literal->len;
	if (back - front < 3)
		return;
	literal->len = (unsigned char)(back - front);
	memmove(literal->text, literal->text + front, literal->len);
	memset(literal->text + literal->len, 0, LITERAL_BYTES - literal->len);
}

static int
literal_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct literal));
}

/* The same need with fewer literals. */
static struct literal_set
literal_set_reduce(void *mem, const struct literal_set *set)
{
	struct literal_set reduced = {
		.items = mem_array(mem, struct literal, set->count + 1),
		.times = set->times,
	};

	for (size_t i = 0; i < set->count; i++) {
		struct literal *literal = &reduced.items[i];

		literal->len = set->items[i].len;
		memcpy(literal->text, set->items[i].text, literal->len);
		literal_trim(literal);
	}
	qsort(reduced.items, set->count, sizeof(*reduced.items),
	      literal_compare);
	for (size_t i = 0; i < set->count; i++)
		if (i == 0 ||
		    literal_compare(&reduced.items[i], &reduced.items[i - 1]))
			reduced.items[reduced.count++] = reduced.items[i];
	return reduced;
}

/* Literals by their bytes: the next free place after their hash. */
struct literal_table {
	const struct literal_set *set;
	uint32_t *places; /* number in the set and 1; 0: free */
	uint32_t mask;
	uint32_t lengths; /* that literals have, as bits */
};

static bool
literal_table_has(const struct literal_table *table, uint32_t hash,
		  const unsigned char *text, unsigned len)
{
	uint32_t at = hash & table->mask;

	for (; table->places[at] != 0; at = (at + 1) & table->mask) {
		const struct literal *literal =
			&table->set->items[table->places[at] - 1];

		if (literal->len == len &&
		    memcmp(literal->text, text, len) == 0)
			return true;
	}
	return false;
}

static void
literal_table_fill(void *mem, struct literal_table *table,
		   const struct literal_set *set)
{
	uint32_t size = 4;

	while (size < 2 * set->count)
		size *= 2;
	*table = (struct literal_table){
		.set = set,
		.places = mem_array(mem, uint32_t, size),
		.mask = size - 1,
	};
	for (size_t i = 0; i < set->count; i++) {
		const struct literal *literal = &set->items[i];
		uint32_t at = HASH_BEGIN;

		for (unsigned k = 0; k < literal->len; k++)
			at = hash_byte(at, literal->text[k]);
		at &= table->mask;
		while (table->places[at] != 0)
			at = (at + 1) & table->mask;
		table->places[at] = (uint32_t)i + 1;
		table->lengths |= 1u << literal->len;
	}
}

/* Whether a shorter one stands in it. */
static bool
literal_holds_another(const struct literal_table *table,
		      const struct literal *literal)
{
	for (unsigned from = 0; from < literal->len; from++) {
		uint32_t hash = HASH_BEGIN;

		for (unsigned end = from; end < literal->len; end++) {
			unsigned len = end + 1 - from;

			hash = hash_byte(hash, literal->text[end]);
			if (len < literal->len &&
			    (table->lengths >> len & 1) != 0 &&
			    literal_table_has(table, hash, literal->text + from,
					      len))
				return true;
		}
	}
	return false;
}

void
literal_set_prune(void *mem, struct literal_set *set)
{
	struct literal_table table;
	struct literal *kept;
	size_t count = 0;

	literal_table_fill(mem, &table, set);
	kept = mem_array(mem, struct literal, set->count + 1);
	for (size_t i = 0; i < set->count; i++)
		if (!literal_holds_another(&table, &set->items[i]))
			kept[count++] = set->items[i];
	mem_free(table.places);
	set->items = kept;
	set->count = count;
}

/* The bits of all literals together; 0: it is no need, or says nothing. */
unsigned
literal_set_bits(const struct literal_set *set)
{
	double chance = 0;
	unsigned bits = set->bits;

	if (bits > 0)
		return set->times > 1 ? bits + bits / 2 : bits;
	if (set->count == 0 || set->count > NEED_LITERALS)
		return 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct literal *literal = &set->items[i];

		if (literal->len < 2)
			return 0;
		chance += ldexp(1, -(int)literal_bits(literal->text,
						      literal->len));
	}
	bits = chance < 0.5 ? (unsigned)-ilogb(chance) : 0;
	return set->times > 1 ? bits + bits / 2 : bits;
}

/* --- pieces --- */

/* Keeps the best NEEDS, in order. */
void
clause_need(void *mem, struct clause *clause, const struct literal_set *set)
{
	unsigned bits = literal_set_bits(set);
	size_t at = clause->count;

	if (bits < NEEDS_LEAST)
		return;
	if (at == NEEDS && literal_set_bits(&clause->needs[--at]) >= bits)
		return;
	clause->count += clause->count < NEEDS;
	for (; at > 0 && literal_set_bits(&clause->needs[at - 1]) < bits; at--)
		clause->needs[at] = clause->needs[at - 1];
	clause->needs[at] = literal_set_reduce(mem, set);
	clause->needs[at].bits = literal_set_bits(
		&(struct literal_set){ .items = clause->needs[at].items,
				       .count = clause->needs[at].count });
}

void
clause_need_all(void *mem, struct clause *clause, const struct clause *more)
{
	for (size_t i = 0; i < more->count; i++)
		clause_need(mem, clause, &more->needs[i]);
}

unsigned
clause_bits(const struct clause *clause)
{
	unsigned bits = 0;

	for (size_t i = 0; i < clause->count; i++)
		bits += literal_set_bits(&clause->needs[i]);
	return bits;
}
