/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DKIM and ARC: what the stage auth found of signatures. */
#include <string.h>

#include "base/mem.h"
#include "mail/arc.h"
#include "mail/dkim.h"
#include "rule/check_private.h"
#include "rule/eval_args.h"
#include "rule/eval_dkim.h"
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

const struct dkim_results *
dkim_found(const struct check *check)
{
	return check->options.auth == NULL ? NULL : check->options.auth->dkim;
}

/* A message that we were given whole: signatures, where they are looked at, can
 * be depended on. Without the network none are. */
static int
dkim_dependable(struct check *check, const struct rule *rule)
{
	return check->ruleset->score_set & 1;
}

const char *
dkim_speaker(struct check *check, const struct dkim_signature *signature)
{
	const char *at = strrchr(signature->identity, '@');

	return at == NULL ? signature->domain : str_lower(check, at + 1);
}

void
dkim_authors(struct check *check, struct dkim_authors *authors)
{
	const struct slice *items;
	size_t count = check_header_list(check, "From:addr", &items);

	authors->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct slice address = slice_trim(items[i]);
		size_t at = address.len, j = 0;
		const char *domain;

		while (at > 0 && address.data[at - 1] != '@')
			at--;
		if (at == 0 || at == address.len ||
		    authors->count == DKIM_AUTHORS_MAX)
			continue;
		domain = str_lower(check, slice_string(check,
						slice_from(address, at)));
		while (j < authors->count &&
		       strcmp(authors->domains[j], domain) != 0)
			j++;
		if (j == authors->count)
			authors->domains[authors->count++] = domain;
	}
}

static bool
dkim_is_author(const struct dkim_authors *authors, const char *domain)
{
	for (size_t i = 0; i < authors->count; i++)
		if (strcmp(authors->domains[i], domain) == 0)
			return true;
	return false;
}

/* "example.com", or with its subdomains ".example.com" and "*.example.com". */
static bool
dkim_domain_fits(const char *pattern, const char *domain)
{
	const char *below = pattern[0] == '*' ? pattern + 1 : pattern;
	struct slice d = slice_of(domain);

	if (below[0] != '.')
		return slice_is_nocase(d, pattern);
	return slice_is_nocase(d, below + 1) || slice_ends_nocase(d, below);
}

bool
dkim_is_one_of(const struct rule *rule, size_t from, const char *domain)
{
	if (rule->arg_count <= from)
		return true;
	for (size_t i = from; i < rule->arg_count; i++)
		if (dkim_domain_fits(rule->args[i], domain))
			return true;
	return false;
}

/* A signature that passes (valid), of an author, for one of the rule's
 * domains. */
static bool
dkim_any(struct check *check, const struct rule *rule, bool valid,
	 const struct dkim_authors *authors)
{
	const struct dkim_results *found = dkim_found(check);

	for (size_t i = 0; found != NULL && i < found->count; i++) {
		const struct dkim_signature *one = found->items[i];
		const char *domain = dkim_speaker(check, one);

		if (one->result != AUTH_NOT_RUN &&
		    (!valid || one->result == AUTH_PASS) &&
		    (authors == NULL || dkim_is_author(authors, domain)) &&
		    dkim_is_one_of(rule, 0, domain))
			return true;
	}
	return false;
}

static int
dkim_signed(struct check *check, const struct rule *rule)
{
	return dkim_any(check, rule, false, NULL);
}

static int
dkim_valid(struct check *check, const struct rule *rule)
{
	return dkim_any(check, rule, true, NULL);
}

static int
dkim_valid_author(struct check *check, const struct rule *rule)
{
	struct dkim_authors authors;

	dkim_authors(check, &authors);
	return dkim_any(check, rule, true, &authors);
}

static int
dkim_valid_envelope(struct check *check, const struct rule *rule)
{
	const struct dkim_results *found = dkim_found(check);
	struct slice sender = check_header_text(check, "EnvelopeFrom:addr");
	struct slice domain =
		slice_from(sender, slice_find(sender, 0, '@') + 1);

	for (size_t i = 0; found != NULL && domain.len > 0 && i < found->count;
	     i++)
		if (found->items[i]->result == AUTH_PASS &&
		    slice_is_nocase(domain, dkim_speaker(check,
							 found->items[i])))
			return 1;
	return 0;
}

static int
dkim_testing(struct check *check, const struct rule *rule)
{
	const struct dkim_results *found = dkim_found(check);

	for (size_t i = 0; found != NULL && i < found->count; i++)
		if (found->items[i]->testing)
			return 1;
	return 0;
}

static int
dkim_arc_signed(struct check *check, const struct rule *rule)
{
	const struct auth_results *auth = check->options.auth;

	return auth != NULL && auth->arc != NULL &&
		auth->arc->result != AUTH_NOT_RUN &&
		auth->arc->result != AUTH_NONE;
}

static int
dkim_arc_valid(struct check *check, const struct rule *rule)
{
	return dkim_arc_signed(check, rule) &&
		check->options.auth->arc->result == AUTH_PASS;
}

/* What SpamAssassin's DKIM_POLICY_SIGNSOME would always say: nothing. */
static int
dkim_signsome(struct check *check, const struct rule *rule)
{
	return 0;
}

/* --- lists of senders that must have signed --- */

/* domain "": the sender's own. */
static bool
dkim_vouches(struct check *check, struct slice address, const char *domain)
{
	const struct dkim_results *found = dkim_found(check);
	struct slice own = slice_from(address, slice_find(address, 0, '@') + 1);
	const char *at = strrchr(domain, '@');

	if (at != NULL)
		domain = at + 1;
	for (size_t i = 0; found != NULL && i < found->count; i++) {
		const char *speaker = dkim_speaker(check, found->items[i]);
		struct slice name = slice_of(speaker);

		if (found->items[i]->result != AUTH_PASS)
			continue;
		if (domain[0] == '\0' ? slice_is_nocase(own, speaker) :
		    domain[0] == '*' ? slice_ends_nocase(name, domain + 1) :
		    domain[0] == '.' ? slice_ends_nocase(name, domain) :
				       slice_is_nocase(name, domain))
			return true;
	}
	return false;
}

static int
dkim_welcome(struct check *check, const char *pairs, const char *any)
{
	const struct rule_list *list = ruleset_list(check->ruleset, pairs);
	const struct rule_list *own = ruleset_list(check->ruleset, any);
	const struct slice *items;
	size_t count = check_header_list(check, "From:addr", &items);

	for (size_t i = 0; i < count; i++) {
		struct slice address = slice_trim(items[i]);

		if (eval_listed(own, address) &&
		    dkim_vouches(check, address, ""))
			return 1;
		for (size_t j = 0; list != NULL && j + 1 < list->count; j += 2)
			if (eval_entry_fits(list, j, address) &&
			    dkim_vouches(check, address, list->items[j + 1]))
				return 1;
	}
	return 0;
}

static int
dkim_welcomelist(struct check *check, const struct rule *rule)
{
	return dkim_welcome(check, "welcomelist_from_dkim", "welcomelist_auth");
}

static int
dkim_def_welcomelist(struct check *check, const struct rule *rule)
{
	return dkim_welcome(check, "def_welcomelist_from_dkim",
			    "def_welcomelist_auth");
}

const struct eval evals_dkim[] = {
	{ "check_dkim_dependable", dkim_dependable, NULL },
	{ "check_dkim_signed", dkim_signed, NULL },
	{ "check_dkim_valid", dkim_valid, NULL },
	{ "check_dkim_verified", dkim_valid, NULL },
	{ "check_dkim_valid_author_sig", dkim_valid_author, NULL },
	{ "check_dkim_valid_envelopefrom", dkim_valid_envelope, NULL },
	{ "check_dkim_testing", dkim_testing, NULL },
	{ "check_dkim_signsome", dkim_signsome, NULL },
	{ "check_arc_signed", dkim_arc_signed, NULL },
	{ "check_arc_valid", dkim_arc_valid, NULL },
	{ "check_for_dkim_welcomelist_from", dkim_welcomelist, NULL },
	{ "check_for_dkim_whitelist_from", dkim_welcomelist, NULL },
	{ "check_for_def_dkim_welcomelist_from", dkim_def_welcomelist, NULL },
	{ "check_for_def_dkim_whitelist_from", dkim_def_welcomelist, NULL },
	{ NULL, NULL, NULL },
};
