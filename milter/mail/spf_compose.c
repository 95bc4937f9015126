/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's record, chosen, read, and written anew as libspf2 gets it. */
#include "mail/spf_private.h"

#include "wrap/spf.h"

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
		    !spf_names_client(run, directive))
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

const char *
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
