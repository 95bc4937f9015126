/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a mail comes from: finds the hop that gave it to us, asks the DNS what
 * its claims are worth, and leaves the answers in verdict->auth for the rules.
 * The questions go out before the other stages work, the answers are taken in
 * after them.
 */
#include "stage/auth.h"

#include "base/mem.h"
#include "mail/received.h"
#include "stage/stages.h"
#include "wrap/crypto.h"

static const struct option auth_options[] = {
	{ "auth_on_error", OPTION_CHOICE, "accept",
	  .choices = "tempfail accept",
	  .help = "What happens to a mail whose origin could not be looked at; "
		  "accept marks it UNCHECKED. A DNS that does not answer is "
		  "no such error." },
	{ "spf_fail", OPTION_CHOICE, "tag",
	  .choices = "accept tag quarantine reject",
	  .help = "What happens to a mail that its sender's domain does not "
		  "let this client send (SPF). tag: the finding SPF_FAIL, "
		  "and what rules make of it. reject refuses forwarded mail "
		  "too, unless the forwarder is one of "
		  "spf_trusted_forwarders." },
	{ "spf_header", OPTION_BOOL, "no",
	  .help = "Whether to add a Received-SPF header." },
	{ "spf_trusted_forwarders", OPTION_LIST, "",
	  .help = "Addresses and networks of hosts that forward mail to us, "
		  "such as backup mail servers and mailbox providers: SPF "
		  "looks at who gave the mail to them. internal_networks in "
		  "rule files need not be repeated." },
	{ "dkim_signature_limit", OPTION_INT, "10", 1, 100,
	  .help = "DKIM signatures of one mail that are looked at." },
	{ "dkim_key_bits", OPTION_INT, "1024", 512, 8192,
	  .help = "RSA keys with fewer bits are refused (RFC 8301)." },
	{ "dkim_sha1", OPTION_BOOL, "yes",
	  .help = "Whether signatures with SHA-1 still count. RFC 8301 says "
		  "no, and old senders sign so." },
	{ "dmarc_reject", OPTION_BOOL, "no",
	  .help = "Whether mail is refused with 550 5.7.26 if the domain in "
		  "From asks for that (DMARC, p=reject); no: it is tagged, and "
		  "rules see the finding DMARC_FAIL. Mailing lists break "
		  "signatures: see arc_trusted_sealers." },
	{ "dmarc_quarantine", OPTION_BOOL, "no",
	  .help = "Whether mail goes into Postfix's hold queue if that domain "
		  "asks for quarantine; no: it is tagged." },
	{ "arc_trusted_sealers", OPTION_LIST, "",
	  .help = "Domains of forwarders and mailing lists whose word counts: "
		  "if their ARC chain passes and says that DMARC passed when "
		  "the mail came to them, a failure here is excused." },
	{ "authentication_results", OPTION_BOOL, "yes",
	  .help = "Whether to add an Authentication-Results header (RFC 8601). "
		  "Those that arrive under our name are always removed." },
	{ "authserv_id", OPTION_STRING, "",
	  .help = "The name in that header; empty: Postfix's myhostname." },
	OPTION_END,
};

static void
auth_open_mail(struct auth_state *auth, const struct config *config)
{
	auth->dkim = (struct dkim_settings){
		.signatures = (size_t)config_int(config,
						 "dkim_signature_limit"),
		.key_bits = (unsigned)config_int(config, "dkim_key_bits"),
		.no_sha1 = !config_bool(config, "dkim_sha1"),
	};
	auth->dmarc_reject = config_bool(config, "dmarc_reject");
	auth->dmarc_quarantine = config_bool(config, "dmarc_quarantine");
	auth->sealers = config_list(config, "arc_trusted_sealers");
	while (auth->sealers[auth->sealer_count] != NULL)
		auth->sealer_count++;
	auth->header = config_bool(config, "authentication_results");
	auth->server = config_string(config, "authserv_id");
}

static int
auth_open(void *mem, struct policy *policy, void **state, struct err *err)
{
	const struct config *config = policy_config(policy);
	const char *const *nets = config_list(config, "spf_trusted_forwarders");
	struct auth_state *auth = mem_new(mem, struct auth_state);

	*state = auth;
	auth->spf_fail = (enum auth_action)config_choice(config, "spf_fail");
	auth->spf_header = config_bool(config, "spf_header");
	auth->explain = config_choice(config, "spam_explain") > 0;
	auth_open_mail(auth, config);
	auth->psl = psl_open(auth, err);
	if (auth->psl == NULL || crypto_prepare(err) < 0)
		return -1;
	auth->forwarders = netset_new(auth);
	for (; *nets != NULL; nets++)
		if (!netset_add(auth->forwarders, *nets))
			return err_config(err, "spf_trusted_forwarders: %s is "
					       "neither address nor network",
					  *nets);
	auth->ruleset = policy_ruleset(policy, err);
	return auth->ruleset == NULL ? -1 : 0;
}

/* The first relay that is neither ours nor forwards for us, or NULL. */
static const struct relay *
auth_hop(const struct auth_state *auth, const struct relays *relays)
{
	for (size_t i = relays->internal_count; i < relays->count; i++)
		if (!netset_contains(auth->forwarders, relays->items[i].ip))
			return &relays->items[i];
	return NULL;
}

/* What delivery wrote into a mail that lies in a file. */
static const char *
auth_written_sender(void *mem, const struct message *message)
{
	static const char *const names[] = { "X-Envelope-From",
					     "Envelope-Sender",
					     "Return-Path" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct header *header =
			headers_first(&message->root->headers, names[i]);
		struct slice value;

		if (header == NULL)
			continue;
		value = slice_trim(header->raw);
		if (value.len >= 2 && value.data[0] == '<' &&
		    value.data[value.len - 1] == '>')
			value = slice_cut(value, 1, value.len - 1);
		return slice_string(mem, value);
	}
	return NULL;
}

/* The envelope sender as that hop named it; NULL: not known. */
static const char *
auth_sender(void *mem, const struct session *session,
	    const struct relays *relays, const struct relay *hop)
{
	if (session->client_addr[0] != '\0')
		return session->mail->sender;
	if (hop->has_envfrom)
		return hop->envfrom;
	/* Hosts in between may have put another one in its place. */
	if (relays->trusted_count > 0)
		return NULL;
	return auth_written_sender(mem, session->mail->message);
}

static struct auth_results *
auth_begin(const struct auth_state *auth, const struct session *session,
	   struct verdict *verdict)
{
	const struct relays *relays = received_relays(
		session->mail->message, &auth->ruleset->settings.relays);
	struct auth_results *results = mem_new(verdict, struct auth_results);
	const struct relay *hop = auth_hop(auth, relays);

	results->client = results->helo = "";
	if (hop == NULL)
		return results;
	results->client = mem_strdup(results, hop->ip);
	results->helo = mem_strdup(results, hop->helo);
	results->sender = mem_strdup(results, auth_sender(results, session,
							  relays, hop));
	return results;
}

static bool
auth_wants(const struct session *session)
{
	return dns_is_on(session->mail->dns) && !session->outbound;
}

static void
auth_foresee(const void *state, const struct session *session,
	     struct verdict *verdict)
{
	const struct auth_state *auth = state;

	if (!auth_wants(session))
		return;
	verdict->auth = auth_begin(auth, session, verdict);
	auth_spf_ask(session->mail->dns, verdict->auth);
	verdict->auth->mail = auth_mail_ask(auth, session, verdict);
}

static void
auth_explain(struct verdict *verdict)
{
	struct buf out = BUF(verdict);

	if (verdict->auth->client[0] == '\0')
		buf_text(&out, "no host outside our networks is known\n");
	else
		buf_printf(&out, "came from %s\n", verdict->auth->client);
	auth_spf_explain(&out, verdict->auth);
	auth_mail_explain(&out, verdict->auth);
	verdict->origin = out.data;
}

static int
auth_run(const void *state, enum phase phase, const struct session *session,
	 struct verdict *verdict, struct err *err)
{
	const struct auth_state *auth = state;

	if (verdict->auth == NULL)
		return 0;
	auth_spf_check(session->mail->dns, verdict->auth);
	auth_mail_check(auth, verdict->auth->mail, verdict->auth);
	auth_mail_tell(auth, session, verdict);
	auth_spf_decide(auth, session, verdict);
	verdict->auth_summary = auth_summary(verdict, verdict->auth);
	if (auth->explain)
		auth_explain(verdict);
	return 0;
}

const struct stage stage_auth = {
	.name = "auth",
	.phases = PHASE_BIT(PHASE_MESSAGE),
	.options = auth_options,
	.open = auth_open,
	.run = auth_run,
	.foresee = auth_foresee,
};
