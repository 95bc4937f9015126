/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FreeMail: mail from providers that give addresses to anybody, above all where
 * the answer is to go to another one than the sender's.
 */
#include "rule/eval_freemail.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rule/eval_private.h"
#include "rule/eval_tables.h"
#include "rule/rule_list.h"

#define FREEMAIL_LOOKUPS 1000 /* of addresses in all fields */

struct freemail_lookups {
	size_t count;
};

long
freemail_setting(const struct check *check, const char *key, long otherwise)
{
	const char *value = ruleset_setting(check->ruleset, key, NULL);

	return value == NULL ? otherwise : strtol(value, NULL, 10);
}

/* Addresses that are nobody's own, whoever the provider is. */
static bool
freemail_is_role(struct slice address)
{
	static const char *const roles[] = {
		"abuse@",   "support@",	 "sales@",     "info@",
		"helpdesk@", "contact@",	 "kontakt@",   "postmaster@",
		"hostmaster@", "domainmaster@", "bounce-@", "bounced-@", NULL,
	};
	static const char *const forms[] = {
		"undisclosed%*@",
		"request-%{w,16,16,a-f0-9}@",
		"%{w,8,8,a-f0-9}@",
		"%{w,8,8,a-f0-9}.%{w,8,8,a-f0-9}@",
		("%{w,8,8,a-f0-9}-%{w,4,4,a-f0-9}-%{w,4,4,a-f0-9}-"
		 "%{w,4,4,a-f0-9}-%{w,12,12,a-f0-9}@"),
		"%{w,1,0,^}=%{w,1,0,^}=%{w,1,0,^}@",
	};
	struct form form = form_new(address);

	for (size_t i = 0; roles[i] != NULL; i++)
		if (slice_starts(address, roles[i]))
			return true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (form_match(&form, forms[i], 0))
			return true;
	return false;
}

/* "mail.*" with ? for one character and * for some without a dot. */
static bool
freemail_glob(const char *pattern, struct slice domain)
{
	const char *star = NULL;
	size_t at = 0, retry = 0;

	for (;;) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = at;
		} else if (*pattern == '\0' && at == domain.len) {
			return true;
		} else if (*pattern != '\0' && at < domain.len &&
			   (*pattern == '?' || *pattern == domain.data[at])) {
			pattern++;
			at++;
		} else if (star != NULL && retry < domain.len &&
			   domain.data[retry] != '.') {
			pattern = star;
			at = ++retry;
		} else {
			return false;
		}
	}
}

static bool
freemail_is_free(const struct rule_list *list, struct slice domain)
{
	if (rule_list_place(list, domain) != 0)
		return true;
	for (size_t i = 0; list != NULL && i < list->glob_count; i++)
		if (freemail_glob(list->globs[i], domain))
			return true;
	return false;
}

static bool
freemail_is_imported(const struct check *check, struct slice address)
{
	return (freemail_setting(check, "freemail_import_welcomelist_auth",
				 0) != 0 &&
		eval_listed(ruleset_list(check->ruleset, "welcomelist_auth"),
			    address)) ||
	       (freemail_setting(check, "freemail_import_def_welcomelist_auth",
				 0) != 0 &&
		eval_listed(ruleset_list(check->ruleset,
					 "def_welcomelist_auth"),
			    address));
}

bool
freemail_is(struct check *check, struct slice address)
{
	const struct rule_list *welcome = ruleset_list(check->ruleset,
						       "freemail_welcomelist");
	struct freemail_lookups *lookups = check_state(
		check, "FreeMail look-ups", sizeof(*lookups));
	size_t sign = address.len;
	struct slice domain;

	while (sign > 0 && address.data[sign - 1] != '@')
		sign--;
	domain = slice_from(address, sign);
	if (domain.len == 0 || lookups->count++ >= FREEMAIL_LOOKUPS ||
	    !freemail_is_free(ruleset_list(check->ruleset, "freemail_domains"),
			      domain))
		return false;
	return rule_list_place(welcome, address) == 0 &&
	       rule_list_place(welcome, domain) == 0 &&
	       !freemail_is_role(address) &&
	       !freemail_is_imported(check, address);
}

static struct slice
freemail_lower(struct check *check, struct slice address)
{
	return slice_of(str_lower(check, slice_string(check, address)));
}

/* Whether one of the addresses is free, and matches the rule's regex. */
static int
freemail_any(struct check *check, const struct rule *rule, size_t index,
	     const struct slice *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice address = freemail_lower(check, items[i]);

		if (!freemail_is(check, address))
			continue;
		if (rule->arg_count <= index)
			return 1;
		if (eval_regex_matches(check, rule, address))
			return 1;
	}
	return 0;
}

static int
freemail_from(struct check *check, const struct rule *rule)
{
	const struct slice *items;
	size_t count = eval_from_addresses(check, &items);

	return freemail_any(check, rule, 0, items, count);
}

static int
freemail_header(struct check *check, const struct rule *rule)
{
	const struct slice *items;
	size_t count;

	if (rule->arg_count < 1)
		return 0;
	count = check_header_list(check,
				  mem_printf(check, "%s:addr", rule->args[0]),
				  &items);
	return freemail_any(check, rule, 1, items, count);
}

static int
freemail_in_body(struct check *check, const struct rule *rule)
{
	const struct slice *items;
	size_t count;

	if (!freemail_body(check, &items, &count))
		return 0;
	return freemail_any(check, rule, 0, items, count);
}

/* Lists, bounces and robots write such envelope senders. */
static bool
freemail_is_bulk(struct check *check, struct slice from)
{
	static const char *const start[] = {
		"postmaster@", "hostmaster@", "domainmaster@",
		"double-bounce@", "sentto-%{w,1,0,^}@", "owner-%{w,1,0,^}@",
		"return-%{w,1,0,^}@", "bounce%(d%)-%{w,1,0,^}@",
		"grbounce%(d%)-%{w,1,0,^}@", NULL,
	};
	static const char *const anywhere[] = {
		"-request@", "-bounce@", "-bounces@", "-admin@", "-owner@",
		"%!no%{w,0,1,._-t}reply@", "%!no%{w,0,1,._-t}replies@",
		"%!do%{w,0,1,._-t}no%{w,0,1,._-t}reply@",
		"%!do%{w,0,1,._-t}no%{w,0,1,._-t}replies@",
		"%{w,1,0,^}=%{w,1,0,^}@", NULL,
	};
	struct form form = form_new(freemail_lower(check, from));

	for (size_t i = 0; start[i] != NULL; i++)
		if (form_match(&form, start[i], 0))
			return true;
	for (size_t i = 0; anywhere[i] != NULL; i++)
		if (form_search(&form, anywhere[i]))
			return true;
	return false;
}

/* The same of the envelope's sender; kept with the check. */
static bool
freemail_envelope_is_bulk(struct check *check)
{
	struct {
		bool known, bulk;
	} *state = check_state(check, "freemail bulk", sizeof(*state));

	if (!state->known)
		state->bulk = freemail_is_bulk(
			check, check_header_text(check, "EnvelopeFrom"));
	state->known = true;
	return state->bulk;
}

struct freemail_addresses {
	struct slice *items;
	size_t count;
	bool free; /* one of them is */
};

static struct freemail_addresses
freemail_addresses(struct check *check, const char *header)
{
	struct freemail_addresses found = { 0 };
	const struct slice *items;

	found.count = check_header_list(check, header, &items);
	if (found.count > FREEMAIL_LOOKUPS)
		found.count = FREEMAIL_LOOKUPS;
	found.items = mem_array(check, struct slice, found.count + 1);
	for (size_t i = 0; i < found.count; i++) {
		found.items[i] = freemail_lower(check, items[i]);
		found.free = found.free || freemail_is(check, found.items[i]);
	}
	return found;
}

static bool
freemail_share(const struct freemail_addresses *a,
	       const struct freemail_addresses *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (slice_equal(a->items[i], b->items[k]))
				return true;
	return false;
}

/* Whether the text names a free address that is not where answers go. */
static int
freemail_differs_in_body(struct check *check,
			 const struct freemail_addresses *reply)
{
	const struct slice *items;
	size_t count;

	if (!freemail_body(check, &items, &count))
		return 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < reply->count; k++)
			if (!slice_equal(items[i], reply->items[k]))
				return 1;
	return 0;
}

/* "replyto": Reply-To is free mail; "reply": where an answer goes is. */
static int
freemail_replyto(struct check *check, const struct rule *rule)
{
	const char *what = rule->arg_count > 0 ? rule->args[0] : "replyto";
	struct freemail_addresses from, reply;

	if (freemail_setting(check, "freemail_skip_bulk_envfrom", 1) != 0 &&
	    freemail_envelope_is_bulk(check))
		return 0;
	from = freemail_addresses(check, "From:addr");
	reply = freemail_addresses(check, "Reply-To:addr");
	if (from.free && reply.free && !freemail_share(&from, &reply))
		return 1;
	if (strcmp(what, "replyto") == 0)
		return reply.free ? freemail_differs_in_body(check, &reply)
				  : 0;
	if (strcmp(what, "reply") != 0 || (reply.count > 0 && !reply.free) ||
	    !from.free)
		return 0;
	return freemail_differs_in_body(check, reply.free ? &reply : &from);
}

const struct eval evals_freemail[] = {
	{ "check_freemail_from", freemail_from, NULL },
	{ "check_freemail_header", freemail_header, NULL },
	{ "check_freemail_body", freemail_in_body, NULL },
	{ "check_freemail_replyto", freemail_replyto, NULL },
	{ NULL, NULL, NULL },
};
