/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WelcomeListSubject: subjects that an admin names. */
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

#include "base/mem.h"

static int
subject_listed(struct check *check, const char *key)
{
	const struct rule_list *list = ruleset_list(check->ruleset, key);
	struct slice subject = check_header_text(check, "Subject");

	for (size_t i = 0; list != NULL && subject.len > 0 && i < list->count;
	     i++)
		if (eval_glob(str_lower(check, list->items[i]), subject, true))
			return 1;
	return 0;
}

static int
subject_in_welcomelist(struct check *check, const struct rule *rule)
{
	return subject_listed(check, "welcomelist_subject");
}

static int
subject_in_blocklist(struct check *check, const struct rule *rule)
{
	return subject_listed(check, "blocklist_subject");
}

const struct eval evals_welcomelistsubject[] = {
	{ "check_subject_in_welcomelist", subject_in_welcomelist, NULL },
	{ "check_subject_in_whitelist", subject_in_welcomelist, NULL },
	{ "check_subject_in_blocklist", subject_in_blocklist, NULL },
	{ "check_subject_in_blacklist", subject_in_blocklist, NULL },
	{ NULL, NULL, NULL },
};
