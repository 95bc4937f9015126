/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ASN: the autonomous system and the route of the host that gave the mail to
 * us, asked for at lists of routes (asn_lookup zone _ASN_ _ASNCIDR_), for tags
 * and for check_asn(). Lists write either "24940" "192.0.2.0" "24" or
 * "24940 | 192.0.2.0/24 | ...".
 */
#include <string.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rule/eval_args.h"
#include "rule/eval_tables.h"
#include "rule/net.h"

#define ASN_VALUES_MAX 20 /* of one tag */

struct asn_values {
	struct slice items[ASN_VALUES_MAX];
	size_t count;
};

/* A line "zone [_TAG_ _ROUTE_]". */
struct asn_lookup {
	struct slice zone, tag, route;
};

static struct slice
asn_tag_name(struct slice word, struct slice otherwise)
{
	if (word.len > 2 && word.data[0] == '_' &&
	    word.data[word.len - 1] == '_')
		return slice_cut(word, 1, word.len - 1);
	return otherwise;
}

static struct asn_lookup
asn_lookup_read(const char *line)
{
	struct slice rest = slice_of(line), tag = SLICE(""), route = SLICE("");
	struct asn_lookup lookup = { .zone = SLICE("") };

	slice_word(&rest, " \t", &lookup.zone);
	slice_word(&rest, " \t", &tag);
	slice_word(&rest, " \t", &route);
	lookup.tag = asn_tag_name(tag, SLICE("ASN"));
	lookup.route = asn_tag_name(route, SLICE("ASNCIDR"));
	return lookup;
}

static void
asn_value_add(struct asn_values *values, struct slice value)
{
	for (size_t i = 0; i < values->count; i++)
		if (slice_equal(values->items[i], value))
			return;
	if (values->count < ASN_VALUES_MAX)
		values->items[values->count++] = value;
}

/* Digits, "AS" in front or not. */
static struct slice
asn_number(struct slice word)
{
	if (slice_starts_nocase(word, "AS"))
		word = slice_from(word, 2);
	for (size_t i = 0; i < word.len; i++)
		if (!str_is_digit(word.data[i]))
			return SLICE_NONE;
	return word.len == 0 ? SLICE_NONE : word;
}

static bool
asn_are_numbers(struct slice text)
{
	struct slice word;
	bool any = false;

	for (; slice_word(&text, " ", &word); any = true)
		if (asn_number(word).data == NULL)
			return false;
	return any;
}

/* The strings of a TXT record; those of another form are cut at "|". */
static size_t
asn_fields(struct check *check, struct slice rdata, struct slice fields[3])
{
	struct slice strings[8], joined, field;
	struct buf text = BUF(check);
	size_t count = 0, used = 0;

	for (size_t at = 0; at < rdata.len && count < 8; count++) {
		size_t len = (unsigned char)rdata.data[at];

		strings[count] = slice_cut(rdata, at + 1, at + 1 + len);
		buf_text(&text, count == 0 ? "" : " ");
		buf_slice(&text, strings[count]);
		at += 1 + len;
	}
	joined = buf_view(&text);
	if (count > 1 && slice_find(joined, 0, '|') == joined.len) {
		fields[0] = strings[0];
		fields[1] = strings[1];
		if (count > 2 && slice_find(strings[1], 0, '/') ==
					 strings[1].len &&
		    asn_are_numbers(strings[2]))
			fields[1] = slice_of(mem_printf(check, "%.*s/%.*s",
				(int)strings[1].len, strings[1].data,
				(int)strings[2].len, strings[2].data));
		return 2;
	}
	while (used < 3 && slice_word(&joined, "|", &field))
		fields[used++] = slice_trim(field);
	return used;
}

static void
asn_add(struct check *check, struct slice rdata, struct asn_values *systems,
	struct asn_values *routes)
{
	struct slice fields[3], word, systems_text, routes_text = SLICE("");
	size_t count = asn_fields(check, rdata, fields);
	size_t first = count > 0 && asn_are_numbers(fields[0]) ? 0 : 1;

	if (first >= count || !asn_are_numbers(fields[first]))
		return;
	systems_text = fields[first];
	if (count > 1)
		routes_text = fields[1 - first];
	while (slice_word(&systems_text, " ", &word))
		if (!slice_is(asn_number(word), "4294967295") &&
		    !slice_is(asn_number(word), "0"))
			asn_value_add(systems, asn_number(word));
	while (slice_word(&routes_text, " ", &word))
		if (!slice_ends_nocase(word, "/0"))
			asn_value_add(routes, word);
}

static void
asn_set_tag(struct check *check, struct slice name,
	    const struct asn_values *values, const char *prefix)
{
	struct buf text = BUF(check);

	for (size_t i = 0; i < values->count; i++) {
		buf_printf(&text, "%s%s", i == 0 ? "" : " ", prefix);
		buf_slice(&text, values->items[i]);
	}
	if (text.len > 0)
		check_tag_set(check, slice_string(check, name),
			      buf_view(&text));
}

/* asked->subject is the line. */
static void
asn_answered(struct check *check, const struct net_asked *asked,
	     const struct dns_answer *answer)
{
	struct asn_lookup lookup = asn_lookup_read(asked->subject);
	struct asn_values systems = { .count = 0 }, routes = { .count = 0 };

	for (size_t i = 0; i < answer->record_count; i++)
		asn_add(check, answer->records[i], &systems, &routes);
	asn_set_tag(check, lookup.tag, &systems,
		    ruleset_setting(check->ruleset, "asn_prefix", "AS"));
	asn_set_tag(check, lookup.route, &routes, "");
}

void
net_begin_asn(struct check *check)
{
	const struct relays *relays = check_relays(check);
	const struct relay *relay = relays->internal_count < relays->count ?
		&relays->items[relays->internal_count] : NULL;
	const struct rule_list *list;

	if (relay == NULL || relay->ip_private || relay->ip[0] == '\0' ||
	    strcmp(ruleset_setting(check->ruleset, "asn_use_dns", "1"), "0") ==
		    0)
		return;
	list = ruleset_list(check->ruleset, strchr(relay->ip, ':') == NULL ?
			    "asn_lookup" : "asn_lookup_ipv6");
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		struct asn_lookup lookup = asn_lookup_read(list->items[i]);
		const char *zone = slice_string(check, lookup.zone);
		char *name = dns_reverse(check, relay->ip, zone, zone);

		if (name != NULL)
			net_ask(check, NULL, name, DNS_TXT, list->items[i],
				asn_answered);
	}
}

static int
asn_check(struct check *check, const struct rule *rule)
{
	return net_is_on(check) ? EVAL_LATER : 0;
}

/* Once the tags are there: without its tag a rule is not known. */
void
net_finish_asn(struct check *check)
{
	const struct ruleset *ruleset = check->ruleset;

	for (size_t i = 0; i < ruleset->asking_count; i++) {
		const struct rule *rule = ruleset->asking[i];
		const struct slice *values;
		const char *tag;
		size_t count;

		if (rule->net->kind != NET_ASN)
			continue;
		tag = eval_arg(rule, 1) != NULL ? eval_arg(rule, 1) : "ASN";
		count = tag_values(check, tag, &values);
		if (count > 0)
			check->states[rule->index] = CHECK_KNOWN;
		if (count == 1 &&
		    net_subtest_matches(check, &rule->net->subtest, values[0],
					0))
			net_hit(check, rule,
				mem_printf(check, "%s: %.*s", tag,
					   (int)values[0].len, values[0].data));
	}
}

const struct eval evals_asn[] = {
	{ "check_asn", asn_check, NULL },
	{ NULL, NULL, NULL },
};
