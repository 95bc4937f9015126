/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HeaderEval: lists of recipients as address harvesters make them. */
#include "rule/eval_args.h"
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

#include <string.h>

/* SpamAssassin's values, found by trying. */
#define RECIPIENTS_SORTED 7
#define RECIPIENTS_SIMILAR 5
#define RECIPIENTS_MAX 256

struct recipients {
	bool known, sorted;
	double similar; /* pairs that are alike, of all pairs */
	struct slice items[RECIPIENTS_MAX];
	size_t count;
};

/* Addresses that follow themselves count once. */
static size_t
recipients_add(struct recipients *all, struct check *check, const char *header)
{
	const struct slice *items;
	size_t count = check_header_list(check, header, &items);

	for (size_t i = 0; i < count && all->count < RECIPIENTS_MAX; i++) {
		if (items[i].len == 0 || slice_is(items[i], "0"))
			break;
		if (all->count == 0 ||
		    !slice_equal_nocase(items[i], all->items[all->count - 1]))
			all->items[all->count++] = items[i];
	}
	return count;
}

static int
recipients_compare(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.data, b.data, n) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static struct slice
recipients_host(struct slice address)
{
	return slice_from(address, slice_find(address, 0, '@') + 1);
}

static bool
recipients_begin_alike(struct slice a, struct slice b)
{
	return slice_equal(slice_cut(a, 0, 2), slice_cut(b, 0, 2));
}

static double
recipients_similarity(const struct recipients *all)
{
	size_t hits = 0, pairs = 0;

	for (size_t i = 0; i < all->count; i++) {
		for (size_t k = i + 1; k < all->count; k++) {
			struct slice a = all->items[i], b = all->items[k];
			struct slice host = recipients_host(a);

			hits += recipients_begin_alike(a, b);
			hits += recipients_begin_alike(host,
						       recipients_host(b)) &&
				!slice_equal(host, recipients_host(b));
			pairs++;
		}
	}
	return (double)hits / (double)pairs;
}

static const struct recipients *
recipients_known(struct check *check)
{
	struct recipients *all = check_state(check, "recipients", sizeof(*all));

	if (all->known)
		return all;
	all->known = true;
	if (recipients_add(all, check, "ToCc:addr") < RECIPIENTS_SIMILAR)
		recipients_add(all, check, "Bcc:addr");
	all->sorted = all->count >= RECIPIENTS_SORTED;
	for (size_t i = 1; i < all->count && all->sorted; i++)
		all->sorted = recipients_compare(all->items[i - 1],
						 all->items[i]) <= 0;
	if (all->count >= RECIPIENTS_SIMILAR)
		all->similar = recipients_similarity(all);
	return all;
}

static int
recipients_sorted(struct check *check, const struct rule *rule)
{
	return recipients_known(check)->sorted;
}

static int
recipients_similar(struct check *check, const struct rule *rule)
{
	double similar = recipients_known(check)->similar;

	if (rule->arg_count < 2)
		return 0;
	return (strcmp(rule->args[0], "undef") == 0 ||
		similar >= eval_number(rule, 0)) &&
	       (strcmp(rule->args[1], "undef") == 0 ||
		similar < eval_number(rule, 1));
}

const struct eval evals_headereval_recipients[] = {
	{ "sorted_recipients", recipients_sorted, NULL },
	{ "similar_recipients", recipients_similar, NULL },
	{ NULL, NULL, NULL },
};
