/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/dmarc.h"

#include "base/mem.h"
#include "mail/address_list.h"
#include "mail/domain.h"
#include "mail/taglist.h"

#define DMARC_DOMAINS_MAX 8 /* different ones in From */

/* One domain in From. */
struct dmarc_author {
	const char *domain, *organization;
	struct dns_question *own, *organizational; /* the latter may be NULL */
};

struct dmarc {
	const struct message *message;
	struct dns *dns;
	const struct psl *psl;
	struct dmarc_author authors[DMARC_DOMAINS_MAX];
	size_t count;
	bool too_many;
};

const char *
dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = { "none", "quarantine", "reject" };

	return names[policy];
}

static bool
dmarc_policy_read(struct slice value, enum dmarc_policy *policy)
{
	for (int i = DMARC_NONE; i <= DMARC_REJECT; i++) {
		if (!slice_is_nocase(value, dmarc_policy_name(i)))
			continue;
		*policy = i;
		return true;
	}
	return false;
}

static bool
dmarc_is_strict(const struct taglist *tags, const char *name)
{
	return slice_is_nocase(taglist_get(tags, name), "s");
}

/* A bad p= with an address for reports counts as "none"; without one the
 * record does not count (RFC 7489, 6.6.3). */
static int
dmarc_policies_read(const struct taglist *tags, struct dmarc_record *record,
		    struct err *err)
{
	struct slice sp = taglist_get(tags, "sp"), np = taglist_get(tags, "np");
	bool usable =
		dmarc_policy_read(taglist_get(tags, "p"), &record->policy);

	record->subdomain = record->policy;
	if (sp.data != NULL)
		usable &= dmarc_policy_read(sp, &record->subdomain);
	record->nonexistent = record->subdomain;
	if (np.data != NULL)
		dmarc_policy_read(np, &record->nonexistent);
	if (usable)
		return 0;
	if (taglist_get(tags, "rua").len == 0)
		return err_permanent(err, "the record names no policy");
	record->policy = record->subdomain = record->nonexistent = DMARC_NONE;
	return 0;
}

int
dmarc_record_read(struct slice text, struct dmarc_record *record,
		  struct err *err)
{
	struct taglist tags;
	uint64_t percent;

	*record = (struct dmarc_record){ .percent = 100 };
	if (taglist_parse(slice_trim(text), &tags, err) < 0)
		return -1;
	if (tags.count == 0 || !slice_is(tags.items[0].name, "v") ||
	    !slice_is(tags.items[0].value, "DMARC1"))
		return err_permanent(err, "it does not begin with v=DMARC1");
	if (dmarc_policies_read(&tags, record, err) < 0)
		return -1;
	record->strict_dkim = dmarc_is_strict(&tags, "adkim");
	record->strict_spf = dmarc_is_strict(&tags, "aspf");
	if (slice_number(taglist_get(&tags, "pct"), 3, &percent) &&
	    percent <= 100)
		record->percent = (unsigned)percent;
	if (slice_is_nocase(taglist_get(&tags, "t"), "y"))
		record->percent = 0;
	return 0;
}

static void
dmarc_add_author(struct dmarc *dmarc, struct slice address)
{
	struct dmarc_author *author = &dmarc->authors[dmarc->count];
	size_t at = address.len;
	struct slice domain;
	char *name;

	while (at > 0 && address.data[at - 1] != '@')
		at--;
	domain = domain_to_ascii(dmarc, slice_trim(slice_from(address, at)));
	if (at == 0 || !address_host_is_valid(domain))
		return;
	name = str_lower(dmarc, slice_string(dmarc, domain));
	for (size_t i = 0; i < dmarc->count; i++)
		if (strcmp(dmarc->authors[i].domain, name) == 0)
			return;
	if (dmarc->count == DMARC_DOMAINS_MAX) {
		dmarc->too_many = true;
		return;
	}
	author->domain = name;
	author->organization = psl_registrable(dmarc->psl, name);
	dmarc->count++;
}

static struct dns_question *
dmarc_ask(struct dmarc *dmarc, const char *domain)
{
	return dns_ask(dmarc->dns, mem_printf(dmarc, "_dmarc.%s", domain),
		       DNS_TXT);
}

struct dmarc *
dmarc_begin(void *mem, const struct message *message, struct dns *dns,
	    const struct psl *psl)
{
	struct dmarc *dmarc = mem_new(mem, struct dmarc);
	const struct headers *headers = &message->root->headers;

	dmarc->message = message;
	dmarc->dns = dns;
	dmarc->psl = psl;
	for (const struct header *from = headers_first(headers, "From");
	     from != NULL; from = header_next(headers, from)) {
		struct header_address *addresses;
		size_t count = address_list(dmarc, from->raw, &addresses);

		for (size_t i = 0; i < count && !dmarc->too_many; i++)
			dmarc_add_author(dmarc, addresses[i].address);
	}
	for (size_t i = 0; i < dmarc->count && dns_is_on(dns); i++) {
		struct dmarc_author *author = &dmarc->authors[i];

		author->own = dmarc_ask(dmarc, author->domain);
		if (strcmp(author->domain, author->organization) != 0)
			author->organizational =
				dmarc_ask(dmarc, author->organization);
	}
	return dmarc;
}

/* The one DMARC record there: 1; none, or several: 0; no answer: -1. */
static int
dmarc_record_find(struct dmarc *dmarc, struct dns_question *question,
		  struct dmarc_record *record, const char **why)
{
	const struct dns_answer *answer = dns_wait(dmarc->dns, question);
	struct dmarc_record found;
	size_t count = 0;

	if (answer->status == DNS_FAILED || answer->status == DNS_LATE) {
		*why = answer->why;
		return -1;
	}
	for (size_t i = 0; i < answer->record_count && count < 2; i++) {
		struct slice text = dns_text(dmarc, answer, i);

		if (!slice_starts(slice_trim(text), "v=DMARC1"))
			continue;
		if (dmarc_record_read(text, &found, NULL) == 0) {
			*record = found;
			count++;
		}
	}
	return count == 1;
}

/* Same domain, or with relaxed alignment the same organization. */
static bool
dmarc_is_aligned(const struct dmarc *dmarc, const struct dmarc_author *author,
		 const char *domain, bool strict)
{
	if (strict)
		return strcmp(domain, author->domain) == 0;
	return strcmp(psl_registrable(dmarc->psl, domain),
		      author->organization) == 0;
}

/* The domain of From may not be there at all (RFC 9091); nobody asks unless it
 * makes a difference. */
static bool
dmarc_is_nonexistent(struct dmarc *dmarc, const char *domain)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX };
	struct dns_question *questions[3];

	for (size_t i = 0; i < 3; i++)
		questions[i] = dns_ask(dmarc->dns, domain, types[i]);
	for (size_t i = 0; i < 3; i++) {
		enum dns_status status =
			dns_wait(dmarc->dns, questions[i])->status;

		if (status != DNS_NXDOMAIN && status != DNS_NODATA)
			return false;
	}
	return true;
}

/*
 * pct=: so many of a hundred mails meet the policy, the others the next milder
 * one. Which ones depends on the mail, so that a second try meets the same.
 */
static enum dmarc_policy
dmarc_sample(const struct dmarc *dmarc, enum dmarc_policy policy,
	     unsigned percent)
{
	uint32_t hash = slice_hash_nocase(dmarc->message->pristine_head);

	if (policy == DMARC_NONE || hash % 100 < percent)
		return policy;
	return policy - 1;
}

static void
dmarc_align(const struct dmarc *dmarc, const struct dmarc_author *author,
	    const struct dmarc_record *record, const struct dkim_results *dkim,
	    const struct auth_spf *spf, struct dmarc_results *results)
{
	bool unknown = false;

	for (size_t i = 0; dkim != NULL && i < dkim->count; i++) {
		const struct dkim_signature *signature = dkim->items[i];

		if (signature->domain[0] == '\0' ||
		    !dmarc_is_aligned(dmarc, author, signature->domain,
				      record->strict_dkim))
			continue;
		unknown |= signature->result == AUTH_TEMPERROR;
		/* l=: what somebody added below is not the domain's word. */
		results->dkim_aligned |= signature->result == AUTH_PASS &&
			signature->unsigned_bytes == 0;
	}
	if (spf != NULL && spf->domain != NULL && spf->domain[0] != '\0' &&
	    dmarc_is_aligned(dmarc, author, spf->domain, record->strict_spf)) {
		unknown |= spf->result == AUTH_TEMPERROR;
		results->spf_aligned = spf->result == AUTH_PASS;
	}
	if (results->dkim_aligned || results->spf_aligned) {
		results->result = AUTH_PASS;
		results->why = results->dkim_aligned
				       ? "an aligned DKIM signature"
				       : "SPF of an aligned domain";
	} else if (unknown) {
		results->result = AUTH_TEMPERROR;
		results->why = "the DNS could not tell whether an aligned "
			"domain stands behind it";
	} else {
		results->result = AUTH_FAIL;
		results->why =
			"neither SPF nor DKIM passes for an aligned domain";
	}
}

/* Its record: of the domain itself, else of its organization. */
static int
dmarc_record_choose(struct dmarc *dmarc, const struct dmarc_author *author,
		    struct dmarc_record *record, struct dmarc_results *results)
{
	int found = dmarc_record_find(dmarc, author->own, record,
				      &results->why);

	results->record_domain = author->domain;
	if (found == 0 && author->organizational != NULL) {
		found = dmarc_record_find(dmarc, author->organizational, record,
					  &results->why);
		results->record_domain = author->organization;
	}
	return found;
}

static struct dmarc_results
dmarc_judge(struct dmarc *dmarc, const struct dmarc_author *author,
	    const struct dkim_results *dkim, const struct auth_spf *spf)
{
	struct dmarc_results results = { .domain = author->domain,
					 .record_domain = "", .why = "" };
	struct dmarc_record record;
	int found = dmarc_record_choose(dmarc, author, &record, &results);

	if (found < 0) {
		results.result = AUTH_TEMPERROR;
		return results;
	}
	if (found == 0) {
		results.result = AUTH_NONE;
		results.record_domain = "";
		results.why = "the domain publishes no policy";
		return results;
	}
	dmarc_align(dmarc, author, &record, dkim, spf, &results);
	if (results.result != AUTH_FAIL)
		return results;
	results.policy = record.policy;
	if (results.record_domain != author->domain) {
		results.policy = record.subdomain;
		if (record.nonexistent != record.subdomain &&
		    dmarc_is_nonexistent(dmarc, author->domain))
			results.policy = record.nonexistent;
	}
	results.disposition = dmarc_sample(dmarc, results.policy,
					   record.percent);
	return results;
}

/* Which of two From domains decides: a failure before what nobody knows,
 * before none, before a pass; of two failures the stricter. */
static bool
dmarc_is_worse(const struct dmarc_results *a, const struct dmarc_results *b)
{
	static const enum auth_result order[] = { AUTH_FAIL, AUTH_TEMPERROR,
						  AUTH_NONE, AUTH_PASS };

	if (a->result == b->result)
		return a->policy > b->policy;
	for (size_t i = 0; i < 4; i++) {
		if (a->result == order[i])
			return true;
		if (b->result == order[i])
			return false;
	}
	return false;
}

const struct dmarc_results *
dmarc_finish(struct dmarc *dmarc, const struct dkim_results *dkim,
	     const struct auth_spf *spf)
{
	struct dmarc_results *results = mem_new(dmarc, struct dmarc_results);

	results->domain = results->record_domain = results->why = "";
	if (!dns_is_on(dmarc->dns))
		return results; /* NOT_RUN */
	if (dmarc->count == 0 || dmarc->too_many) {
		results->result = AUTH_PERMERROR;
		results->why = dmarc->count == 0 ? "From names no domain" :
			"From names too many domains";
		return results;
	}
	for (size_t i = 0; i < dmarc->count; i++) {
		struct dmarc_results one = dmarc_judge(dmarc,
						&dmarc->authors[i], dkim, spf);

		if (i == 0 || dmarc_is_worse(&one, results))
			*results = one;
	}
	return results;
}
