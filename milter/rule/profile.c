/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

struct profile_owner {
	struct profile *profile;
	size_t size;
};

static void
profile_free(void *ptr)
{
	struct profile_owner *owner = ptr;

	munmap(owner->profile, owner->size);
}

struct profile *
profile_new(void *mem, const struct ruleset *ruleset)
{
	size_t size = sizeof(struct profile) +
		      ruleset->count * sizeof(struct profile_rule);
	struct profile *profile = mmap(NULL, size, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct profile_owner *owner;

	if (profile == MAP_FAILED)
		return NULL;
	owner = mem_new(mem, struct profile_owner);
	*owner = (struct profile_owner){ profile, size };
	mem_on_free(owner, profile_free);
	profile->rule_count = ruleset->count;
	return profile;
}

void
profile_stage(struct profile *profile, const char *name, int64_t us)
{
	struct profile_stage *stage = profile->stages;

	while (stage < profile->stages + PROFILE_STAGES &&
	       *stage->name != '\0' && strcmp(stage->name, name) != 0)
		stage++;
	if (stage == profile->stages + PROFILE_STAGES)
		return;
	snprintf(stage->name, sizeof(stage->name), "%s", name);
	stage->us += us;
}

/* Microseconds a mail. */
static double
profile_each(const struct profile *profile, int64_t ns)
{
	return (double)ns / 1000 / (double)profile->mails;
}

static void
profile_report_stages(const struct profile *profile, struct buf *out)
{
	buf_printf(out, "%llu mails; microseconds a mail:\n\n",
		   (unsigned long long)profile->mails);
	buf_printf(out, "%10.1f  reading its parts\n",
		   profile_each(profile, 1000 * profile->parse));
	for (size_t i = 0; i < PROFILE_STAGES; i++)
		if (*profile->stages[i].name != '\0')
			buf_printf(out, "%10.1f  stage %s\n",
				   profile_each(profile,
						1000 * profile->stages[i].us),
				   profile->stages[i].name);
}

static void
profile_report_kinds(const struct profile *profile,
		     const struct ruleset *ruleset, struct buf *out)
{
	struct profile_rule kinds[RULE_TYPES] = { 0 };

	for (size_t i = 0; i < profile->rule_count; i++) {
		struct profile_rule *kind = &kinds[ruleset->rules[i]->type];

		kind->ns += profile->rules[i].ns;
		kind->tries += profile->rules[i].tries;
	}
	buf_printf(out, "\nof stage spam:\n%10.1f  texts, and which rules are "
			"worth trying\n%10.1f  metas\n",
		   profile_each(profile, profile->works[PROFILE_SIEVES]),
		   profile_each(profile, profile->works[PROFILE_METAS]));
	for (size_t i = 0; i < RULE_TYPES; i++)
		if (kinds[i].tries > 0)
			buf_printf(out, "%10.1f  %s rules, %.1f tried\n",
				   profile_each(profile, kinds[i].ns),
				   rule_type_name((enum rule_type)i),
				   (double)kinds[i].tries /
					   (double)profile->mails);
}

static int
profile_compare(const void *a, const void *b, void *context)
{
	const struct profile *profile = context;
	int64_t x = profile->rules[*(const size_t *)a].ns;
	int64_t y = profile->rules[*(const size_t *)b].ns;

	return (x < y) - (x > y);
}

static void
profile_report_rules(const struct profile *profile,
		     const struct ruleset *ruleset, struct buf *out)
{
	size_t *order = mem_array(NULL, size_t, profile->rule_count + 1);

	for (size_t i = 0; i < profile->rule_count; i++)
		order[i] = i;
	qsort_r(order, profile->rule_count, sizeof(*order), profile_compare,
		(void *)profile);
	buf_text(out, "\nthe rules that cost most:\n"
		      "   a mail     a try  tried on  hits  rule\n");
	for (size_t i = 0; i < profile->rule_count && i < PROFILE_RULES; i++) {
		const struct profile_rule *cost = &profile->rules[order[i]];
		const struct rule *rule = ruleset->rules[order[i]];

		if (cost->tries == 0)
			break;
		buf_printf(out, "%9.1f %9.1f %9llu %5llu  %s (%s, %s:%u)\n",
			   profile_each(profile, cost->ns),
			   (double)cost->ns / 1000 / (double)cost->tries,
			   (unsigned long long)cost->tries,
			   (unsigned long long)cost->hits, rule->name,
			   rule_type_name(rule->type),
			   rule->file == NULL ? "" : rule->file, rule->line);
	}
	buf_text(out, "\nWhat one rule asks for first (texts, addresses, "
		      "relays) is made then, and counts\nas that rule's.\n");
	mem_free(order);
}

void
profile_report(const struct profile *profile, const struct ruleset *ruleset,
	       struct buf *out)
{
	if (profile->mails == 0)
		return;
	profile_report_stages(profile, out);
	profile_report_kinds(profile, ruleset, out);
	profile_report_rules(profile, ruleset, out);
}
