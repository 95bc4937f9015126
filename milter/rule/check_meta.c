/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When metas are evaluated (Plugin/Check.pm, do_meta_tests): once all rules
 * that they name are known. At the end, what is no meta and never ran counts as
 * not hit. A meta of score 0 that is true never becomes known, so that what
 * depends on it never runs either; SpamAssassin does the same.
 */
#include "rule/check_private.h"

#include "base/mem.h"
#include "rule/meta.h"

static bool
meta_has_score(const struct check *check, const struct rule *rule)
{
	return rule->score[check->ruleset->score_set & 3] != 0;
}

void
metas_begin(struct check *check)
{
	const struct ruleset *ruleset = check->ruleset;
	struct check_private *own = check->own;

	own->metas = mem_array(check, const struct rule *,
			       ruleset->order_count + 1);
	for (size_t i = 0; i < ruleset->order_count; i++)
		if (ruleset->order[i]->type == RULE_META)
			own->metas[own->meta_count++] = ruleset->order[i];
}

static bool
meta_is_ready(const struct check *check, const struct rule *rule, bool last)
{
	const struct meta *meta = rule->meta;

	for (size_t i = 0; i < meta->depend_count; i++) {
		const struct rule *depend = meta->depends[i];

		if (check->states[depend->index] == CHECK_KNOWN)
			continue;
		if (!last || (depend->type == RULE_META &&
			      depend->meta != NULL))
			return false;
	}
	return true;
}

static struct slice
meta_reasons(struct check *check, const struct meta *meta)
{
	struct buf names = BUF(check);

	for (size_t i = 0; i < meta->depend_count; i++) {
		const struct rule *depend = meta->depends[i];

		if (check->values[depend->index] == 0)
			continue;
		buf_text(&names, names.len == 0 ? "" : ", ");
		buf_text(&names, depend->name);
	}
	return names.len == 0 ? SLICE("") : buf_view(&names);
}

void
meta_hit(struct check *check, const struct rule *rule, double value)
{
	if (check->options.explain)
		check_hit(check, rule, value, meta_reasons(check, rule->meta),
			  "meta");
	else
		check_hit(check, rule, value, SLICE_NONE, NULL);
}

static void
meta_evaluate(struct check *check, const struct rule *rule)
{
	double value = meta_run(rule->meta, check->values);

	for (size_t i = 0; i < rule->meta->depend_count; i++)
		trace_value(check, rule, rule->meta->depends[i]->name,
			    check->values[rule->meta->depends[i]->index]);
	trace_value(check, rule, rule->expression, value);
	if (value == 0)
		check->states[rule->index] = CHECK_KNOWN;
	else
		meta_hit(check, rule, value);
}

void
metas_run(struct check *check, bool last)
{
	struct check_private *own = check->own;
	size_t left;

	do {
		left = 0;
		for (size_t i = 0; i < own->meta_count; i++) {
			const struct rule *rule = own->metas[i];

			if (last && !meta_has_score(check, rule))
				continue; /* has had its chance */
			if (meta_is_ready(check, rule, last))
				meta_evaluate(check, rule);
			else
				own->metas[left++] = rule;
		}
		if (left == own->meta_count)
			break;
		own->meta_count = left;
	} while (left > 0);
}
