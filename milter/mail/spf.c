/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/spf.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/spf_macro.h"
#include "mail/spf_record.h"
#include "wrap/spf.h"

#define SPF_TEXT_MAX 200 /* of a mechanism, for humans */

/* What a name that libspf2 knows by its number stands for. */
struct spf_name {
	enum {
		SPF_NAME_RECORD, /* include, redirect */
		SPF_NAME_ADDRESS, /* a */
		SPF_NAME_HOST,	  /* of an mx */
		SPF_NAME_SERVERS, /* mx */
		SPF_NAME_EXISTS,
		SPF_NAME_CLIENT, /* ptr */
		SPF_NAME_ALWAYS, /* all, ip4 and ip6 that match */
	} kind;
	struct slice spec;  /* domain-spec; SLICE_NONE: the current domain */
	const char *domain; /* the current domain where it stands */
	unsigned prefix4, prefix6;
	struct slice text; /* the directive */
};

struct spf_run {
	void *mem;
	struct dns *dns;
	struct spf_macro_values values;
	unsigned char client[16];
	int family;
	struct spf_name *names; /* 0: the sender's domain */
	size_t name_count;
	const char *first; /* its record, as libspf2 gets it */
	unsigned lookups, voids;
	/* The first thing that settles the result, whatever libspf2 makes of
	 * it; NOT_RUN: nothing yet. */
	enum auth_result fatal;
	const char *why;
	struct slice matched;
	const char **own_names; /* of the client, validated */
	size_t own_name_count;
	bool own_names_known;
};

static int __attribute__((format(printf, 3, 4)))
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

/* --- addresses --- */

static bool
spf_same_network(const unsigned char *a, const unsigned char *b,
		 unsigned prefix)
{
	unsigned bytes = prefix / 8, bits = prefix % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return bits == 0 || ((a[bytes] ^ b[bytes]) >> (8 - bits)) == 0;
}

static bool
spf_holds_client(const struct spf_run *run, const struct dns_answer *answer,
		 unsigned prefix4, unsigned prefix6)
{
	size_t len = run->family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < answer->record_count; i++)
		if (answer->records[i].len == len &&
		    spf_same_network(
			    (const unsigned char *)answer->records[i].data,
			    run->client, len == 4 ? prefix4 : prefix6))
			return true;
	return false;
}

static enum dns_type
spf_address_type(const struct spf_run *run)
{
	return run->family == AF_INET ? DNS_A : DNS_AAAA;
}

/* --- the client's own names (ptr, %{p}) --- */

static void
spf_find_own_names(struct spf_run *run)
{
	const char *reverse = dns_reverse(run->mem, run->values.client,
					  "in-addr.arpa", "ip6.arpa");
	const struct dns_answer *answer =
		dns_look_up(run->dns, reverse, DNS_PTR);
	struct dns_question *questions[SPF_NAMES_MAX];
	const char *names[SPF_NAMES_MAX];
	size_t count = 0;

	run->own_names_known = true;
	for (size_t i = 0;
	     i < answer->record_count && count < SPF_NAMES_MAX; i++) {
		names[count] = dns_host(run->mem, answer, i);
		if (names[count] == NULL || names[count][0] == '\0')
			continue;
		questions[count] = dns_ask(run->dns, names[count],
					   spf_address_type(run));
		count++;
	}
	run->own_names = mem_array(run->mem, const char *, SPF_NAMES_MAX);
	for (size_t i = 0; i < count; i++)
		if (spf_holds_client(run, dns_wait(run->dns, questions[i]), 32,
				     128))
			run->own_names[run->own_name_count++] = names[i];
}

static bool
spf_is_within(struct slice host, struct slice domain)
{
	if (host.len <= domain.len)
		return slice_equal_nocase(host, domain);
	return host.data[host.len - domain.len - 1] == '.' &&
	       slice_equal_nocase(slice_from(host, host.len - domain.len),
				  domain);
}

static bool
spf_has_own_name(struct spf_run *run, const char *domain)
{
	if (!run->own_names_known)
		spf_find_own_names(run);
	for (size_t i = 0; i < run->own_name_count; i++)
		if (spf_is_within(slice_of(run->own_names[i]),
				  slice_of(domain)))
			return true;
	return false;
}

/* The one that %{p} stands for: the domain itself, one below it, any. */
static const char *
spf_own_name(struct spf_run *run, const char *domain)
{
	const char *best = NULL;

	if (!run->own_names_known)
		spf_find_own_names(run);
	for (size_t i = 0; i < run->own_name_count; i++) {
		const char *name = run->own_names[i];

		if (slice_is_nocase(slice_of(name), domain))
			return name;
		if (best == NULL ||
		    (spf_is_within(slice_of(name), slice_of(domain)) &&
		     !spf_is_within(slice_of(best), slice_of(domain))))
			best = name;
	}
	return best == NULL ? "unknown" : best;
}

/* --- names --- */

static unsigned
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

/* The one SPF record among the TXT records; SLICE_NONE: none. More than one
 * ends the evaluation. */
static struct slice
spf_select(struct spf_run *run, const char *domain,
	   const struct dns_answer *answer)
{
	struct slice found = SLICE_NONE;

	for (size_t i = 0; i < answer->record_count; i++) {
		struct slice text = dns_text(run->mem, answer, i);

		if (!spf_record_is(text))
			continue;
		if (found.data != NULL) {
			spf_stop(run, AUTH_PERMERROR,
				 "%.253s has more than one record", domain);
			return SLICE_NONE;
		}
		found = text;
	}
	return found;
}

static bool
spf_read_client(const struct spf_run *run,
		const struct spf_directive *directive)
{
	bool v4 = directive->mechanism == SPF_IP4;

	return v4 == (run->family == AF_INET) &&
	       spf_same_network(directive->address, run->client,
				v4 ? directive->prefix4 : directive->prefix6);
}

/* Writes one directive for libspf2; true if nothing behind it counts. */
static bool
spf_compose_directive(struct spf_run *run, struct buf *out,
		      const char *domain,
		      const struct spf_directive *directive)
{
	struct spf_name name = {
		.spec = directive->domain,
		.domain = domain,
		.prefix4 = directive->prefix4,
		.prefix6 = directive->prefix6,
		.text = directive->text,
	};
	enum spf_term term = SPF_TERM_A;

	switch (directive->mechanism) {
	case SPF_A:
		name.kind = SPF_NAME_ADDRESS;
		break;
	case SPF_MX:
		name.kind = SPF_NAME_SERVERS;
		term = SPF_TERM_MX;
		break;
	case SPF_PTR:
		name.kind = SPF_NAME_CLIENT;
		break;
	case SPF_EXISTS:
		name.kind = SPF_NAME_EXISTS;
		break;
	case SPF_INCLUDE:
		name.kind = SPF_NAME_RECORD;
		term = SPF_TERM_INCLUDE;
		break;
	default:
		if (directive->mechanism != SPF_ALL &&
		    !spf_read_client(run, directive))
			return false;
		name.kind = SPF_NAME_ALWAYS;
	}
	spf_write(out, directive->qualifier, term, spf_add_name(run, &name));
	return name.kind == SPF_NAME_ALWAYS;
}

/*
 * The record as libspf2 gets it: addresses are decided already, and what stands
 * behind a sure match, or behind more look-ups than there may be, is left out.
 */
static const char *
spf_compose(struct spf_run *run, const char *domain,
	    const struct spf_record *record)
{
	struct buf out = BUF(run->mem);
	size_t before = run->name_count;
	bool done = false;

	spf_write_begin(&out);
	for (size_t i = 0; i < record->count && !done; i++)
		done = spf_compose_directive(run, &out, domain,
					     &record->directives[i]) ||
		       run->name_count - before > SPF_LOOKUPS_MAX;
	if (!done && record->redirect.data != NULL) {
		const struct spf_name name = {
			.kind = SPF_NAME_RECORD,
			.spec = record->redirect,
			.domain = domain,
		};

		spf_write(&out, '+', SPF_TERM_REDIRECT,
			  spf_add_name(run, &name));
	}
	return buf_string(&out);
}

/* The composed record of a domain; NULL: there is none that counts. */
static const char *
spf_read_record(struct spf_run *run, const char *domain,
		const struct dns_answer *answer)
{
	struct slice text = spf_select(run, domain, answer), why;
	struct spf_record *record;

	if (text.data == NULL)
		return NULL;
	record = spf_record_parse(run->mem, text, &why);
	if (record == NULL) {
		spf_stop(run, AUTH_PERMERROR, "%.253s: \"%.*s\" is misspelt",
			 domain,
			 (int)(why.len < SPF_TEXT_MAX ? why.len
						      : SPF_TEXT_MAX),
			 why.data);
		return NULL;
	}
	return spf_compose(run, domain, record);
}

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

/* An IPv4 address mapped into IPv6 is IPv4. */
static bool
spf_read_address(struct spf_run *run, const char *client)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET_ADDRSTRLEN];

	run->values.client = client;
	run->family = AF_INET;
	if (inet_pton(AF_INET, client, run->client) == 1)
		return true;
	run->family = AF_INET6;
	if (inet_pton(AF_INET6, client, run->client) != 1)
		return false;
	if (memcmp(run->client, mapped, sizeof(mapped)) != 0)
		return true;
	run->family = AF_INET;
	memmove(run->client, run->client + sizeof(mapped), 4);
	inet_ntop(AF_INET, run->client, text, sizeof(text));
	run->values.client = mem_strdup(run->mem, text);
	return true;
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
	if (!spf_read_address(&run, question->client))
		return;
	result->result = spf_begin(&run);
	if (result->result == AUTH_PASS)
		result->result = spf_walk(&run, result);
	result->why = run.why;
}
