/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/spf_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "wrap/spf.h"

int
spf_stop(struct spf_run *run, enum auth_result result, const char *format, ...)
{
	char text[SPF_TEXT_MAX + 400];
	va_list args;

	if (run->fatal != AUTH_NOT_RUN)
		return -1;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	run->fatal = result;
	run->why = str_escape(run->mem, slice_of(text), sizeof(text));
	return -1;
}

/* A mechanism that asks the DNS; false if it is one too many. */
static bool
spf_count_lookup(struct spf_run *run)
{
	if (++run->lookups <= SPF_LOOKUPS_MAX)
		return true;
	spf_stop(run, AUTH_PERMERROR, "more than %d look-ups",
		 SPF_LOOKUPS_MAX);
	return false;
}

/* The answer, or NULL when it ends the evaluation. */
static const struct dns_answer *
spf_ask(struct spf_run *run, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = dns_look_up(run->dns, name, type);

	switch (answer->status) {
	case DNS_FOUND:
		return answer;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		if (++run->voids <= SPF_VOIDS_MAX)
			return answer;
		spf_stop(run, AUTH_PERMERROR, "more than %d look-ups without "
			 "an answer", SPF_VOIDS_MAX);
		return NULL;
	case DNS_OFF:
		spf_stop(run, AUTH_NOT_RUN, "no DNS");
		return NULL;
	default:
		spf_stop(run, AUTH_TEMPERROR, "%s of %.253s: %s",
			 dns_type_name(type), name, answer->why);
		return NULL;
	}
}

/* --- names --- */

unsigned
spf_add_name(struct spf_run *run, const struct spf_name *name)
{
	mem_grow(run->mem, run->names, run->name_count);
	run->names[run->name_count] = *name;
	return (unsigned)run->name_count++;
}

static const char *
spf_expand(struct spf_run *run, const struct spf_name *name)
{
	struct spf_macro_values values = run->values;

	if (name->spec.data == NULL)
		return name->domain;
	values.domain = name->domain;
	if (spf_macro_needs_name(name->spec))
		values.name = spf_own_name(run, name->domain);
	return spf_macro_expand(run->mem, name->spec, &values);
}

/* --- what libspf2 asks --- */

static int
spf_match_address(struct spf_run *run, const struct spf_name *name)
{
	const struct dns_answer *answer =
		spf_ask(run, spf_expand(run, name), spf_address_type(run));

	if (answer == NULL)
		return -1;
	return spf_holds_client(run, answer, name->prefix4, name->prefix6);
}

static int
spf_match_exists(struct spf_run *run, const struct spf_name *name)
{
	const struct dns_answer *answer =
		spf_ask(run, spf_expand(run, name), DNS_A);

	return answer == NULL ? -1 : answer->status == DNS_FOUND;
}

/* A mail server of a mx: its look-ups do not count, but may fail. */
static int
spf_match_host(struct spf_run *run, const struct spf_name *name)
{
	const struct dns_answer *answer = dns_look_up(
		run->dns, name->domain, spf_address_type(run));

	if (answer->status == DNS_FAILED || answer->status == DNS_LATE)
		return spf_stop(run, AUTH_TEMPERROR, "%s of %.253s: %s",
				dns_type_name(answer->type), name->domain,
				answer->why);
	return spf_holds_client(run, answer, name->prefix4, name->prefix6);
}

static int
spf_match_kind(struct spf_run *run, const struct spf_name *name)
{
	switch (name->kind) {
	case SPF_NAME_ALWAYS:
		return 1;
	case SPF_NAME_HOST:
		return spf_match_host(run, name);
	case SPF_NAME_ADDRESS:
		return spf_count_lookup(run) ? spf_match_address(run, name)
					     : -1;
	case SPF_NAME_EXISTS:
		return spf_count_lookup(run) ? spf_match_exists(run, name)
					     : -1;
	case SPF_NAME_CLIENT:
		return spf_count_lookup(run)
			       ? spf_has_own_name(run, spf_expand(run, name))
			       : -1;
	default:
		return spf_stop(run, AUTH_PERMERROR, "a mechanism is missing");
	}
}

static int
spf_matches(void *arg, unsigned number)
{
	struct spf_run *run = arg;
	struct spf_name name;
	int result;

	if (run->fatal != AUTH_NOT_RUN || number >= run->name_count)
		return -1;
	name = run->names[number];
	result = spf_match_kind(run, &name);
	if (result > 0)
		run->matched = name.text;
	return result;
}

static int
spf_hosts(void *arg, unsigned number, unsigned *hosts)
{
	struct spf_run *run = arg;
	const struct dns_answer *answer;
	struct spf_name name;
	unsigned preference;
	int count = 0;

	if (run->fatal != AUTH_NOT_RUN || number >= run->name_count ||
	    !spf_count_lookup(run))
		return -1;
	name = run->names[number];
	answer = spf_ask(run, spf_expand(run, &name), DNS_MX);
	if (answer == NULL)
		return -1;
	if (answer->record_count > SPF_NAMES_MAX)
		return spf_stop(run, AUTH_PERMERROR,
				"more than %d hosts of %.*s", SPF_NAMES_MAX,
				(int)name.text.len, name.text.data);
	name.kind = SPF_NAME_HOST;
	for (size_t i = 0; i < answer->record_count; i++) {
		if (!dns_mx(run->mem, answer, i, &preference, &name.domain) ||
		    name.domain[0] == '\0')
			continue;
		dns_ask(run->dns, name.domain, spf_address_type(run));
		hosts[count++] = spf_add_name(run, &name);
	}
	return count;
}

/* --- records --- */

/* A record that another one includes or leads to has to be there. */
static const char *
spf_record(void *arg, unsigned number)
{
	struct spf_run *run = arg;
	const struct dns_answer *answer;
	const char *domain, *text;
	struct spf_name name;

	if (number == 0)
		return run->first;
	if (run->fatal != AUTH_NOT_RUN || number >= run->name_count ||
	    !spf_count_lookup(run))
		return NULL;
	name = run->names[number];
	domain = spf_expand(run, &name);
	answer = dns_look_up(run->dns, domain, DNS_TXT);
	if (answer->status == DNS_FAILED || answer->status == DNS_LATE) {
		spf_stop(run, AUTH_TEMPERROR, "TXT of %.253s: %s", domain,
			 answer->why);
		return NULL;
	}
	text = spf_read_record(run, domain, answer);
	if (text == NULL)
		spf_stop(run, AUTH_PERMERROR, "%.253s has no record", domain);
	return text;
}

/* --- one check --- */

static enum auth_result
spf_auth_result(enum spf_result result)
{
	static const enum auth_result results[] = {
		[SPF_NONE] = AUTH_NONE,
		[SPF_PASS] = AUTH_PASS,
		[SPF_FAIL] = AUTH_FAIL,
		[SPF_SOFTFAIL] = AUTH_SOFTFAIL,
		[SPF_NEUTRAL] = AUTH_NEUTRAL,
		[SPF_TEMPERROR] = AUTH_TEMPERROR,
		[SPF_PERMERROR] = AUTH_PERMERROR,
	};

	return results[result];
}

/* Parts of the sender, with the HELO in its place where there is none. */
static void
spf_read_sender(struct spf_run *run, const struct spf_question *question)
{
	const char *sender = question->sender;
	const char *at = strrchr(sender, '@');
	const char *domain = sender[0] == '\0' ? question->helo
			     : at == NULL      ? sender
					       : at + 1;
	struct slice ascii = domain_to_ascii(run->mem, slice_of(domain));

	run->values.local = at == NULL || at == sender
				    ? "postmaster"
				    : mem_strndup(run->mem, sender,
						  (size_t)(at - sender));
	domain = slice_string(run->mem, ascii);
	run->values.sender_domain = run->values.domain = domain;
	run->values.helo = question->helo;
}

/* The sender's own record; without one there is nothing to be said. */
static enum auth_result
spf_begin(struct spf_run *run)
{
	const char *domain = run->values.domain;
	const struct spf_name name = { .kind = SPF_NAME_RECORD,
				       .domain = domain };
	const struct dns_answer *answer;

	run->why = "there is no domain to look at";
	if (domain[0] == '[' || strchr(domain, '.') == NULL)
		return AUTH_NONE;
	spf_add_name(run, &name);
	answer = dns_look_up(run->dns, domain, DNS_TXT);
	if (answer->status == DNS_OFF)
		return AUTH_NOT_RUN;
	if (answer->status == DNS_FAILED || answer->status == DNS_LATE) {
		spf_stop(run, AUTH_TEMPERROR, "TXT of %.253s: %s", domain,
			 answer->why);
		return AUTH_TEMPERROR;
	}
	run->first = spf_read_record(run, domain, answer);
	if (run->fatal != AUTH_NOT_RUN)
		return run->fatal;
	run->why = "the domain has no SPF record";
	return run->first == NULL ? AUTH_NONE : AUTH_PASS;
}

static enum auth_result
spf_walk(struct spf_run *run, struct auth_spf *result)
{
	const struct spf_names names = { run, spf_record, spf_matches,
					 spf_hosts };
	bool matched = false;
	enum auth_result walked =
		spf_auth_result(spf_evaluate(&names, 0, &matched));

	if (run->fatal != AUTH_NOT_RUN)
		return run->fatal;
	result->mechanism = matched ? str_escape(run->mem, run->matched,
						 SPF_TEXT_MAX)
				    : "default";
	run->why = mem_printf(run->mem, "%s %s %s", run->values.client,
			      walked == AUTH_PASS ? "may send for"
						  : "is not known to send for",
			      str_escape(run->mem,
					 slice_of(run->values.domain),
					 DNS_NAME_MAX));
	return walked;
}

void
spf_check(void *mem, struct dns *dns, const struct spf_question *question,
	  struct auth_spf *result)
{
	struct spf_run run = { .mem = mem, .dns = dns };

	*result = (struct auth_spf){ .mechanism = "", .why = "" };
	spf_read_sender(&run, question);
	result->domain = run.values.domain;
	result->sender = mem_printf(mem, "%s@%s", run.values.local,
				    run.values.domain);
	if (!spf_read_client(&run, question->client))
		return;
	result->result = spf_begin(&run);
	if (result->result == AUTH_PASS)
		result->result = spf_walk(&run, result);
	result->why = run.why;
}
