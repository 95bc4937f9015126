/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the message itself proves: DKIM signatures, ARC chains, and DMARC, which
 * needs SPF's result too; and Authentication-Results, which tells it all.
 */

#include "base/clock.h"
#include "base/mem.h"
#include "mail/arc.h"
#include "mail/authres.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"
#include "stage/auth.h"

struct auth_mail {
	struct dkim_settings dkim_settings;
	struct dkim *dkim;
	struct arc *arc;
	struct dmarc *dmarc;
};

struct auth_mail *
auth_mail_ask(const struct auth_state *auth, const struct session *session,
	      struct verdict *verdict)
{
	struct auth_mail *mail = mem_new(verdict, struct auth_mail);
	const struct message *message = session->mail->message;
	struct dns *dns = session->mail->dns;

	mail->dkim_settings = auth->dkim;
	mail->dkim_settings.now = clock_wall();
	mail->dkim = dkim_begin(mail, message, dns, &mail->dkim_settings);
	mail->arc = arc_begin(mail, message, dns, &mail->dkim_settings);
	mail->dmarc = dmarc_begin(mail, message, dns, auth->psl);
	return mail;
}

void
auth_mail_check(const struct auth_state *auth, struct auth_mail *mail,
		struct auth_results *results)
{
	const char *sealer = NULL;

	results->dkim = dkim_finish(mail->dkim);
	results->arc = arc_finish(mail->arc);
	/* Without a client there is nobody whom DMARC would speak of. */
	if (results->client[0] == '\0')
		return;
	results->dmarc = dmarc_finish(mail->dmarc, results->dkim,
				      &results->spf);
	if (results->dmarc->result == AUTH_FAIL &&
	    arc_vouches(results->arc, auth->sealers, auth->sealer_count,
			&sealer))
		results->vouched = sealer;
}

static void
auth_mail_findings(const struct auth_results *results, struct verdict *verdict)
{
	for (size_t i = 0; i < results->dkim->count; i++) {
		const struct dkim_signature *one = results->dkim->items[i];

		if (one->result == AUTH_FAIL)
			verdict_find_why(verdict, "DKIM_FAIL", "%s: %s",
					 one->domain, one->why);
	}
	if (results->arc->result == AUTH_FAIL)
		verdict_find_why(verdict, "ARC_FAIL", "%s", results->arc->why);
}

/* What the domain in From asks for, if the admin lets it. */
static void
auth_mail_decide(const struct auth_state *auth,
		 const struct auth_results *results, struct verdict *verdict)
{
	const struct dmarc_results *dmarc = results->dmarc;

	if (dmarc == NULL || dmarc->result != AUTH_FAIL)
		return;
	if (results->vouched != NULL) {
		verdict_find_why(verdict, "DMARC_VOUCHED",
				 "%s: %s saw it pass (ARC)", dmarc->domain,
				 results->vouched);
		return;
	}
	verdict_find_why(verdict, "DMARC_FAIL", "%s: %s; its policy is %s",
			 dmarc->domain, dmarc->why,
			 dmarc_policy_name(dmarc->policy));
	if (auth->dmarc_reject && dmarc->disposition == DMARC_REJECT)
		verdict_decide(verdict, ACTION_REJECT, "auth", "550", "5.7.26",
			       "%s does not stand behind this mail (DMARC)",
			       dmarc->domain);
	else if (auth->dmarc_quarantine &&
		 dmarc->disposition == DMARC_QUARANTINE)
		verdict_decide(verdict, ACTION_QUARANTINE, "auth", NULL, NULL,
			       "%s does not stand behind this mail (DMARC)",
			       dmarc->domain);
	else if (dmarc->disposition != DMARC_NONE)
		verdict_decide(verdict, ACTION_TAG, "auth", NULL, NULL,
			       "%s does not stand behind this mail (DMARC)",
			       dmarc->domain);
}

void
auth_mail_tell(const struct auth_state *auth, const struct session *session,
	       struct verdict *verdict)
{
	const struct auth_results *results = verdict->auth;
	const char *server;

	auth_mail_findings(results, verdict);
	auth_mail_decide(auth, results, verdict);
	if (!auth->header)
		return;
	server = authres_server(auth->server, session->hostname);
	verdict_add_header(verdict, "Authentication-Results",
			   authres_write(verdict, server, results));
}

/* --- how it came to that --- */

static void
auth_mail_explain_dkim(struct buf *out, const struct dkim_results *dkim)
{
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_signature *one = dkim->items[i];

		if (one->result == AUTH_NOT_RUN)
			continue;
		buf_printf(out, "DKIM of %s, selector %s, %s, %u bits: %s",
			   one->domain, one->selector, one->algorithm,
			   one->key_bits, auth_result_name(one->result));
		if (one->why[0] != '\0')
			buf_printf(out, " (%s)", one->why);
		if (one->unsigned_bytes > 0)
			buf_printf(out, "; %llu bytes of the body are not "
				   "signed, so DMARC does not count it",
				   (unsigned long long)one->unsigned_bytes);
		buf_char(out, '\n');
	}
	if (dkim->count == 0)
		buf_text(out, "DKIM: there is no signature\n");
	if (dkim->left_out > 0)
		buf_printf(out, "DKIM: %zu more signatures are not looked at\n",
			   dkim->left_out);
}

static void
auth_mail_explain_arc(struct buf *out, const struct arc_results *arc)
{
	if (arc->result == AUTH_NOT_RUN || arc->result == AUTH_NONE)
		return;
	buf_printf(out, "ARC, sealed by");
	for (size_t i = 0; i < arc->count; i++)
		buf_printf(out, "%s %s", i == 0 ? "" : ",",
			   arc->sets[i].sealer);
	buf_printf(out, ": %s", auth_result_name(arc->result));
	if (arc->why[0] != '\0')
		buf_printf(out, " (%s)", arc->why);
	buf_char(out, '\n');
}

void
auth_mail_explain(struct buf *out, const struct auth_results *results)
{
	const struct dmarc_results *dmarc = results->dmarc;

	auth_mail_explain_dkim(out, results->dkim);
	auth_mail_explain_arc(out, results->arc);
	if (dmarc == NULL || dmarc->result == AUTH_NOT_RUN)
		return;
	buf_printf(out, "DMARC of %s: %s (%s)", dmarc->domain,
		   auth_result_name(dmarc->result), dmarc->why);
	if (dmarc->record_domain[0] != '\0')
		buf_printf(out, ", by the record of %s", dmarc->record_domain);
	if (dmarc->result == AUTH_FAIL)
		buf_printf(out, "; its policy is %s, for this mail %s",
			   dmarc_policy_name(dmarc->policy),
			   dmarc_policy_name(dmarc->disposition));
	if (results->vouched != NULL)
		buf_printf(out, "; excused: %s saw it pass", results->vouched);
	buf_char(out, '\n');
}
