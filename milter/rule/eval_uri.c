/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URIEval. */
#include "rule/check.h"
#include "rule/eval_tables.h"

static int
uri_truncated(struct check *check, const struct rule *rule)
{
	return check_uris(check)->truncated;
}

const struct eval evals_urieval[] = {
	{ "check_uri_truncated", uri_truncated, NULL },
	{ NULL, NULL, NULL },
};
