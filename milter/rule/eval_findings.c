/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stages before the rules found; no plugin of SpamAssassin's. */
#include <string.h>

#include "rule/check.h"
#include "rule/eval_args.h"
#include "rule/eval_tables.h"

static int
findings_check(struct check *check, const struct rule *rule)
{
	const char *name = eval_arg(rule, 0);

	for (size_t i = 0; name != NULL && i < check->options.finding_count;
	     i++)
		if (strcmp(check->options.findings[i], name) == 0)
			return 1;
	return 0;
}

const struct eval evals_findings[] = {
	{ "check_finding", findings_check, NULL },
	{ NULL, NULL, NULL },
};
