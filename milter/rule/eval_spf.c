/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPF (Plugin/SPF.pm): what the stage `auth` found. As there, nothing is said
 * of the null sender, of which rules learn by the HELO.
 */
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

#include "mail/auth.h"

static const struct auth_results *
spf_results(const struct check *check)
{
	return check->options.auth;
}

static bool
spf_has_sender(const struct check *check)
{
	const struct auth_results *results = spf_results(check);

	return results != NULL && results->sender != NULL &&
	       results->sender[0] != '\0';
}

static bool
spf_is(const struct check *check, enum auth_result result)
{
	return spf_has_sender(check) &&
	       spf_results(check)->spf.result == result;
}

static bool
spf_helo_is(const struct check *check, enum auth_result result)
{
	const struct auth_results *results = spf_results(check);

	return results != NULL && results->spf_helo.result == result;
}

#define SPF_EVAL(name, result)                                                 \
	static int spf_##name(struct check *check, const struct rule *rule)    \
	{                                                                      \
		return spf_is(check, result);                                  \
	}                                                                      \
	static int spf_helo_##name(struct check *check,                        \
				   const struct rule *rule)                    \
	{                                                                      \
		return spf_helo_is(check, result);                             \
	}

SPF_EVAL(pass, AUTH_PASS)
SPF_EVAL(neutral, AUTH_NEUTRAL)
SPF_EVAL(none, AUTH_NONE)
SPF_EVAL(fail, AUTH_FAIL)
SPF_EVAL(softfail, AUTH_SOFTFAIL)
SPF_EVAL(permerror, AUTH_PERMERROR)
SPF_EVAL(temperror, AUTH_TEMPERROR)

static int
spf_skipped_noenvfrom(struct check *check, const struct rule *rule)
{
	const struct auth_results *results = spf_results(check);

	return results != NULL && results->sender == NULL;
}

/* A sender that one of the lists names, and that SPF confirms. */
static int
spf_welcome(struct check *check, const char *own, const char *any)
{
	const struct ruleset *ruleset = check->ruleset;
	struct slice sender;

	if (!spf_is(check, AUTH_PASS))
		return 0;
	sender = slice_of(spf_results(check)->sender);
	return eval_listed(ruleset_list(ruleset, own), sender) ||
	       eval_listed(ruleset_list(ruleset, any), sender);
}

static int
spf_welcomelist(struct check *check, const struct rule *rule)
{
	return spf_welcome(check, "welcomelist_from_spf", "welcomelist_auth");
}

static int
spf_def_welcomelist(struct check *check, const struct rule *rule)
{
	return spf_welcome(check, "def_welcomelist_from_spf",
			   "def_welcomelist_auth");
}

const struct eval evals_spf[] = {
	{ "check_for_spf_pass", spf_pass, NULL },
	{ "check_for_spf_neutral", spf_neutral, NULL },
	{ "check_for_spf_none", spf_none, NULL },
	{ "check_for_spf_fail", spf_fail, NULL },
	{ "check_for_spf_softfail", spf_softfail, NULL },
	{ "check_for_spf_permerror", spf_permerror, NULL },
	{ "check_for_spf_temperror", spf_temperror, NULL },
	{ "check_for_spf_helo_pass", spf_helo_pass, NULL },
	{ "check_for_spf_helo_neutral", spf_helo_neutral, NULL },
	{ "check_for_spf_helo_none", spf_helo_none, NULL },
	{ "check_for_spf_helo_fail", spf_helo_fail, NULL },
	{ "check_for_spf_helo_softfail", spf_helo_softfail, NULL },
	{ "check_for_spf_helo_permerror", spf_helo_permerror, NULL },
	{ "check_for_spf_helo_temperror", spf_helo_temperror, NULL },
	{ "check_for_spf_welcomelist_from", spf_welcomelist, NULL },
	{ "check_for_spf_whitelist_from", spf_welcomelist, NULL },
	{ "check_for_def_spf_welcomelist_from", spf_def_welcomelist, NULL },
	{ "check_for_def_spf_whitelist_from", spf_def_welcomelist, NULL },
	{ "check_spf_skipped_noenvfrom", spf_skipped_noenvfrom, NULL },
	{ NULL, NULL, NULL },
};
