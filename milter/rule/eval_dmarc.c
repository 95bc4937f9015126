/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMARC: what the stage auth found. A forwarder that we trust, and that saw it
 * pass, makes up for a failure. */
#include "mail/dmarc.h"
#include "rule/eval_tables.h"

static bool
dmarc_fails(const struct check *check, enum dmarc_policy policy)
{
	const struct auth_results *auth = check->options.auth;

	return auth != NULL && auth->dmarc != NULL && auth->vouched == NULL &&
		auth->dmarc->result == AUTH_FAIL &&
		auth->dmarc->policy == policy;
}

static int
dmarc_pass(struct check *check, const struct rule *rule)
{
	const struct auth_results *auth = check->options.auth;

	if (auth == NULL || auth->dmarc == NULL)
		return 0;
	return auth->dmarc->result == AUTH_PASS ||
		(auth->dmarc->result == AUTH_FAIL && auth->vouched != NULL);
}

static int
dmarc_reject(struct check *check, const struct rule *rule)
{
	return dmarc_fails(check, DMARC_REJECT);
}

static int
dmarc_quarantine(struct check *check, const struct rule *rule)
{
	return dmarc_fails(check, DMARC_QUARANTINE);
}

static int
dmarc_none(struct check *check, const struct rule *rule)
{
	return dmarc_fails(check, DMARC_NONE);
}

static int
dmarc_missing(struct check *check, const struct rule *rule)
{
	const struct auth_results *auth = check->options.auth;

	return auth != NULL && auth->dmarc != NULL &&
		auth->dmarc->result == AUTH_NONE;
}

const struct eval evals_dmarc[] = {
	{ "check_dmarc_pass", dmarc_pass, NULL },
	{ "check_dmarc_reject", dmarc_reject, NULL },
	{ "check_dmarc_quarantine", dmarc_quarantine, NULL },
	{ "check_dmarc_none", dmarc_none, NULL },
	{ "check_dmarc_missing", dmarc_missing, NULL },
	{ NULL, NULL, NULL },
};
