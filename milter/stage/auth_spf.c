/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPF of the two names that a client gives: in HELO, and in MAIL FROM. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mail/spf.h"
#include "stage/auth.h"

#define AUTH_TEXT_MAX 250 /* of an address in Received-SPF */

/* A HELO that may have a record: not an address, not a single label. */
static bool
auth_spf_has_helo(const struct auth_results *results)
{
	const char *helo = results->helo;

	if (strchr(helo, '.') == NULL || helo[0] == '[')
		return false;
	return helo[strspn(helo, "0123456789.")] != '\0';
}

void
auth_spf_ask(struct dns *dns, const struct auth_results *results)
{
	const char *at = results->sender == NULL
				 ? NULL
				 : strrchr(results->sender, '@');

	if (results->client[0] == '\0')
		return;
	if (auth_spf_has_helo(results))
		dns_ask(dns, results->helo, DNS_TXT);
	if (at != NULL)
		dns_ask(dns, at + 1, DNS_TXT);
}

void
auth_spf_check(struct dns *dns, struct auth_results *results)
{
	struct spf_question question = {
		.client = results->client,
		.helo = results->helo,
		.sender = "",
	};

	results->spf = results->spf_helo = (struct auth_spf){
		.identity = "helo",
		.domain = "",
		.sender = "",
		.mechanism = "",
		.why = "",
	};
	results->spf.identity = "mailfrom";
	if (results->client[0] == '\0')
		return;
	if (auth_spf_has_helo(results))
		spf_check(results, dns, &question, &results->spf_helo);
	results->spf_helo.identity = "helo";
	/* The null sender stands for postmaster at the HELO. */
	if (results->sender == NULL)
		return;
	question.sender = results->sender;
	if (results->sender[0] != '\0' || auth_spf_has_helo(results))
		spf_check(results, dns, &question, &results->spf);
	results->spf.identity = "mailfrom";
}

static void
auth_spf_explain_one(struct buf *out, const char *what,
		     const struct auth_spf *spf)
{
	char *domain;

	if (spf->result == AUTH_NOT_RUN)
		return;
	domain = str_escape(NULL, slice_of(spf->domain), AUTH_TEXT_MAX);
	buf_printf(out, "SPF of %s, %s: %s", what, domain,
		   auth_result_name(spf->result));
	if (spf->mechanism[0] != '\0')
		buf_printf(out, " by %s", spf->mechanism);
	buf_printf(out, " (%s)\n", spf->why);
	mem_free(domain);
}

void
auth_spf_explain(struct buf *out, const struct auth_results *results)
{
	auth_spf_explain_one(out, "MAIL FROM", &results->spf);
	auth_spf_explain_one(out, "HELO", &results->spf_helo);
}

/* A quoted string of what a stranger may have written. */
static void
auth_spf_quoted(struct buf *out, const char *key, const char *text)
{
	char *escaped = str_escape(NULL, slice_of(text), AUTH_TEXT_MAX);

	buf_printf(out, "%s\"%s\"", key, escaped);
	mem_free(escaped);
}

static void
auth_spf_header(const struct session *session, struct verdict *verdict)
{
	const struct auth_results *results = verdict->auth;
	struct buf out = BUF(verdict);

	buf_text(&out, auth_result_name(results->spf.result));
	if (results->spf.why[0] != '\0') {
		buf_text(&out, " (");
		for (const char *at = results->spf.why; *at != '\0'; at++)
			buf_char(&out, strchr("()\\", *at) == NULL ? *at : '_');
		buf_char(&out, ')');
	}
	buf_printf(&out, "\n\treceiver=%s; client-ip=%s; identity=mailfrom;",
		   session->hostname[0] != '\0' ? session->hostname : "unknown",
		   results->client);
	auth_spf_quoted(&out, "\n\tenvelope-from=", results->sender);
	auth_spf_quoted(&out, ";\n\thelo=", results->helo);
	if (results->spf.mechanism[0] != '\0')
		auth_spf_quoted(&out, ";\n\tmechanism=",
				results->spf.mechanism);
	verdict_add_header(verdict, "Received-SPF", out.data);
}

void
auth_spf_decide(const struct auth_state *auth, const struct session *session,
		struct verdict *verdict)
{
	static const enum action actions[] = {
		[AUTH_ACCEPT] = ACTION_ACCEPT,
		[AUTH_TAG] = ACTION_TAG,
		[AUTH_QUARANTINE] = ACTION_QUARANTINE,
		[AUTH_REJECT] = ACTION_REJECT,
	};
	const struct auth_results *results = verdict->auth;

	if (auth->spf_header && results->spf.result != AUTH_NOT_RUN)
		auth_spf_header(session, verdict);
	if (results->spf.result != AUTH_FAIL)
		return;
	verdict_find(verdict, "SPF_FAIL");
	verdict_decide(verdict, actions[auth->spf_fail], "auth", "550",
		       "5.7.23", "SPF of %s does not let %s send this mail",
		       results->spf.domain, results->client);
}
