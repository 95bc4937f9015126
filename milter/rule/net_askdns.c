/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AskDNS: a name with _TAGS_ in it, of which each may have several values; the
 * answers are tested. A rule waits until its tags have values.
 */
#include "base/mem.h"
#include "mail/domain.h"
#include "rule/check_private.h"
#include "rule/net.h"

#define ASKDNS_NAMES_MAX 64 /* of one rule in one message */

/* "_TAG_" or "_HEADER(x)_" from at on: its place; false if there is none. */
static bool
askdns_tag(struct slice template, size_t at, size_t *start, size_t *end)
{
	for (size_t i = at; i + 2 < template.len; i++) {
		size_t stop = i + 1;

		if (template.data[i] != '_' || template.data[stop] < 'A' ||
		    template.data[stop] > 'Z')
			continue;
		while (stop < template.len &&
		       ((template.data[stop] >= 'A' &&
			 template.data[stop] <= 'Z') ||
			str_is_digit(template.data[stop])))
			stop++;
		if (stop < template.len && template.data[stop] == '(')
			stop = slice_find(template, stop, ')') + 1;
		if (stop < template.len && template.data[stop] == '_') {
			*start = i;
			*end = stop + 1;
			return true;
		}
	}
	return false;
}

/* The template with the first tag's value in it, and so on; false if a tag has
 * none. */
static bool
askdns_expand(struct check *check, struct slice template, struct slice *names,
	      size_t *count)
{
	size_t start, end, words = 0;
	const struct slice *values;
	size_t value_count;
	char *tag;

	if (!askdns_tag(template, 0, &start, &end)) {
		if (*count < ASKDNS_NAMES_MAX)
			names[(*count)++] = template;
		return true;
	}
	tag = slice_string(check, slice_cut(template, start + 1, end - 1));
	value_count = tag_values(check, tag, &values);
	for (size_t i = 0; i < value_count; i++) {
		struct slice rest = values[i], word;

		/* Several values stand in one text, with blanks between. */
		while (slice_word(&rest, " \t\n", &word)) {
			struct buf name = BUF(check);

			buf_slice(&name, slice_cut(template, 0, start));
			buf_slice(&name, word);
			/* A value is not read for tags once more. */
			if (slice_find(word, 0, '_') < word.len)
				continue;
			buf_slice(&name, slice_from(template, end));
			words++;
			if (*count < ASKDNS_NAMES_MAX)
				askdns_expand(check, buf_view(&name), names,
					      count);
		}
	}
	return words > 0;
}

static unsigned
askdns_code(const struct dns_answer *answer)
{
	switch (answer->status) {
	case DNS_NXDOMAIN:
		return 3;
	case DNS_FAILED:
		return 2;
	default:
		return 0;
	}
}

static void
askdns_answered(struct check *check, const struct net_asked *asked,
		const struct dns_answer *answer)
{
	const struct net_subtest *subtest = &asked->rule->net->subtest;
	unsigned code = askdns_code(answer);

	if (subtest->kind == NET_CODES) {
		if (net_subtest_matches(check, subtest, SLICE(""), code))
			net_hit(check, asked->rule, asked->subject);
		return;
	}
	for (size_t i = 0; code == 0 && i < answer->record_count; i++) {
		struct slice text = net_record(check, answer, i);

		if (text.data != NULL &&
		    net_subtest_matches(check, subtest, text, code))
			net_hit(check, asked->rule,
				mem_printf(check, "%s %s:%.*s", asked->subject,
					   dns_type_name(answer->type),
					   (int)text.len, text.data));
	}
}

static void
askdns_begin(struct check *check, const struct rule *rule)
{
	struct slice names[ASKDNS_NAMES_MAX];
	const struct net_rule *net = rule->net;
	size_t count = 0;

	if (!askdns_expand(check, slice_of(net->set), names, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name =
			slice_string(check, domain_to_ascii(check, names[i]));

		for (size_t j = 0; j < net->type_count; j++)
			net_ask(check, rule, name, net->types[j], name,
				askdns_answered);
	}
}

void
net_begin_askdns(struct check *check, bool last)
{
	const struct ruleset *ruleset = check->ruleset;

	/* A second time only for tags that rules have set in between: the same
	 * questions are not asked again. */
	if (last && check->tags == NULL)
		return;
	for (size_t i = 0; i < ruleset->asking_count; i++) {
		const struct rule *rule = ruleset->asking[i];

		if (rule->net->kind == NET_ASKDNS)
			askdns_begin(check, rule);
	}
}
