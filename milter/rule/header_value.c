/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What get("From:addr") and the like give (PerMsgStatus::_get): fields of the
 * message, pseudo-fields such as ALL and ToCc, and the parts of them that a
 * selector asks for. Kept with the check, since many rules ask for the same.
 */
#include "rule/check_private.h"

#include <string.h>

#include "base/mem.h"
#include "mail/header.h"
#include "rule/header_private.h"

#define HEADER_SLOTS 512 /* a power of 2 */
#define HEADER_CHUNK 32	  /* values that are made room for at a time */

struct header_values {
	struct value_name name;
	unsigned select;
	struct value_list list;
	struct slice joined; /* header_value() */
	struct slice text;   /* check_header() */
	bool is_joined, has_text;
};

#define WORD(literal) { (literal), sizeof(literal) - 1 }

static const struct {
	struct slice word;
	unsigned select;
} header_selects[] = {
	{ WORD("raw"), SELECT_RAW },	   { WORD("addr"), SELECT_ADDR },
	{ WORD("name"), SELECT_NAME },	   { WORD("host"), SELECT_HOST },
	{ WORD("domain"), SELECT_DOMAIN }, { WORD("ip"), SELECT_IP },
	{ WORD("revip"), SELECT_REVIP },   { WORD("first"), SELECT_FIRST },
	{ WORD("last"), SELECT_LAST },	   { { NULL, 0 }, 0 },
};

void
header_values_begin(struct check *check)
{
	check->own->values = mem_array(check, struct header_values *,
				       HEADER_SLOTS);
	check->own->placed = mem_array(check, struct header_values *,
				       check->ruleset->value_count + 1);
}

static bool
header_rule_has_value(const struct rule *rule)
{
	return rule->type == RULE_HEADER || rule->type == RULE_HEADER_EXISTS;
}

void
header_values_number(struct ruleset *ruleset)
{
	const struct rule **firsts = NULL; /* that ask for a value */
	size_t count = 0, k;

	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule *rule = ruleset->rules[i];

		if (!header_rule_has_value(rule))
			continue;
		for (k = 0; k < count; k++)
			if (firsts[k]->select == rule->select &&
			    strcmp(firsts[k]->header, rule->header) == 0)
				break;
		rule->value_place = (uint32_t)k;
		if (k < count)
			continue;
		mem_grow(ruleset, firsts, count);
		firsts[count++] = rule;
	}
	mem_free(firsts);
	ruleset->value_count = count;
}

void
value_add(struct check *check, struct value_list *list, struct slice value)
{
	if (value.data == NULL)
		return;
	mem_grow(check, list->items, list->count);
	list->items[list->count++] = value;
}

struct value_name
value_name(struct slice text)
{
	return (struct value_name){ text, slice_hash_nocase(text) };
}

/* Node::raw_header and get_header. */
void
value_add_fields(struct check *check, struct value_list *list,
		 struct value_name name, enum value_form form)
{
	const struct headers *headers = &check->message->root->headers;
	const struct header *header;

	for (header = headers_first_hashed(headers, name.text, name.hash);
	     header != NULL; header = header_next(headers, header)) {
		struct buf value = BUF(check);

		if (form == VALUE_RAW) {
			value_add(check, list, header->raw);
			continue;
		}
		buf_slice(&value, form == VALUE_DECODED
					  ? header_decoded(headers, header)
					  : header_unfold(check, header->raw));
		buf_char(&value, '\n');
		value_add(check, list, buf_view(&value));
	}
}

/* Fields, or where there are none what SpamAssassin knows by such a name. */
static void
header_conventional(struct check *check, struct value_list *list,
		    struct value_name name, unsigned select)
{
	bool raw = select & (SELECT_RAW | SELECT_ADDR | SELECT_NAME);

	value_add_fields(check, list, name, raw ? VALUE_RAW : VALUE_DECODED);
	if (list->count == 0)
		pseudo_metadata(check, list, name.text);
}

static void
header_collect(struct check *check, struct header_values *values)
{
	struct value_list *list = &values->list;
	unsigned select = values->select;

	if (pseudo_all(check, list, values->name.text, select))
		return; /* selectors do not apply to these */
	if (!pseudo_field(check, list, values->name.text, select))
		header_conventional(check, list, values->name, select);
	if (list->count == 0)
		return;
	if (select & SELECT_FIRST) {
		list->count = 1;
	} else if (select & SELECT_LAST) {
		list->items += list->count - 1;
		list->count = 1;
	}
	if (select & (SELECT_ADDR | SELECT_NAME))
		select_addresses(check, list, select);
	if (select & (SELECT_HOST | SELECT_DOMAIN))
		select_hosts(check, list, select);
	else if (select & (SELECT_IP | SELECT_REVIP))
		select_ips(check, list, select);
}

/* They stay where they are, since who fills one may ask for others. */
static struct header_values *
header_new(struct check *check)
{
	struct check_private *own = check->own;

	if (own->values_left == 0) {
		own->values_room = mem_array(check, struct header_values,
					     HEADER_CHUNK);
		own->values_left = HEADER_CHUNK;
	}
	own->values_left--;
	return own->values_room++;
}

static struct header_values *
header_find(struct check *check, struct slice text, unsigned select)
{
	struct check_private *own = check->own;
	struct value_name name = value_name(text);
	size_t slot = (name.hash ^ select * 31) & (HEADER_SLOTS - 1);
	struct header_values *values;

	for (; own->values[slot] != NULL;
	     slot = (slot + 1) & (HEADER_SLOTS - 1)) {
		values = own->values[slot];
		if (values->select == select &&
		    slice_equal(values->name.text, text))
			return values;
	}
	values = header_new(check);
	values->name = name;
	values->select = select;
	/* Kept before it is filled: it may ask for others. */
	if (own->value_count < HEADER_SLOTS / 4 * 3) {
		own->values[slot] = values;
		own->value_count++;
	}
	header_collect(check, values);
	return values;
}

static bool
header_ends_line(struct slice value)
{
	return value.len > 0 && value.data[value.len - 1] == '\n';
}

/* Values without line ends of their own are put on lines (bug 8121). */
static struct slice
header_joined(struct check *check, struct header_values *values)
{
	const struct value_list *list = &values->list;
	struct buf all = BUF(check);

	if (values->is_joined || list->count == 0)
		return values->joined;
	values->is_joined = true;
	values->joined = list->items[0];
	if (list->count == 1)
		return values->joined;
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0 && !header_ends_line(list->items[0]))
			buf_char(&all, '\n');
		buf_slice(&all, list->items[i]);
	}
	values->joined = all.len == 0 ? SLICE("") : buf_view(&all);
	return values->joined;
}

struct slice
header_value(struct check *check, const char *name, unsigned select)
{
	return header_joined(check,
			     header_find(check, slice_of(name), select));
}

struct slice
header_rule_value(struct check *check, const struct rule *rule)
{
	struct header_values **values =
		&check->own->placed[rule->value_place];

	if (*values == NULL)
		*values = header_find(check, slice_of(rule->header),
				      rule->select);
	return header_joined(check, *values);
}

/* "From:addr:first" taken apart; what it does not know does not count. */
static struct header_values *
header_request(struct check *check, const char *request)
{
	struct slice name = slice_of(request), rest, word;
	unsigned select = 0;

	name.len = slice_find(name, 0, ':');
	rest = slice_of(request + name.len);
	while (slice_word(&rest, ":", &word))
		for (size_t i = 0; header_selects[i].word.len > 0; i++)
			if (slice_equal(word, header_selects[i].word))
				select |= header_selects[i].select;
	return header_find(check, name, select);
}

size_t
check_header_list(struct check *check, const char *name,
		  const struct slice **items)
{
	struct header_values *values = header_request(check, name);

	*items = values->list.items;
	return values->list.count;
}

static struct slice
header_text(struct check *check, struct header_values *values)
{
	struct slice first = values->list.items[0];
	struct buf all = BUF(check);

	if (values->select & ~(unsigned)(SELECT_RAW | SELECT_FIRST |
					 SELECT_LAST) ||
	    slice_is(values->name.text, "EnvelopeFrom")) {
		first.len -= header_ends_line(first);
		return first;
	}
	if (values->list.count == 1)
		return first;
	for (size_t i = 0; i < values->list.count; i++)
		buf_slice(&all, values->list.items[i]);
	return all.len == 0 ? SLICE("") : buf_view(&all);
}

struct slice
check_header(struct check *check, const char *name)
{
	struct header_values *values = header_request(check, name);

	/* While it is being filled, it may be asked for, too. */
	if (!values->has_text && values->list.count > 0) {
		values->text = header_text(check, values);
		values->has_text = true;
	}
	return values->text;
}

struct slice
check_header_text(struct check *check, const char *name)
{
	struct slice value = check_header(check, name);

	return value.data == NULL ? SLICE("") : value;
}
