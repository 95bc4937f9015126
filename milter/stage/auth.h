/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STAGE_AUTH_H
#define STAGE_AUTH_H

/* The inside of the stage `auth`, for stage/auth*.c alone. */

#include <stdbool.h>

#include "core/policy.h"
#include "core/stage.h"
#include "mail/auth.h"
#include "mail/dkim.h"
#include "mail/netset.h"
#include "rule/ruleset.h"
#include "wrap/psl.h"

/* In the order of the choices of spf_fail. */
enum auth_action { AUTH_ACCEPT, AUTH_TAG, AUTH_QUARANTINE, AUTH_REJECT };

struct auth_state {
	const struct ruleset *ruleset; /* which networks are ours */
	struct netset *forwarders;
	enum auth_action spf_fail;
	bool spf_header;
	bool explain;
	struct dkim_settings dkim; /* but for the time */
	struct psl *psl;
	bool dmarc_reject, dmarc_quarantine;
	const char *const *sealers; /* whose ARC chains excuse DMARC */
	size_t sealer_count;
	bool header;	    /* Authentication-Results */
	const char *server; /* its authserv-id, or "" */
};

/* SPF (auth_spf.c): the first questions; both identities; what follows. */
void auth_spf_ask(struct dns *dns, const struct auth_results *results);
void auth_spf_check(struct dns *dns, struct auth_results *results);
/* How it came about, for --explain. */
void auth_spf_explain(struct buf *out, const struct auth_results *results);
void auth_spf_decide(const struct auth_state *auth,
		     const struct session *session, struct verdict *verdict);

/* DKIM, ARC, DMARC (auth_mail.c): the first questions; the results; findings,
 * action and header. */
struct auth_mail;
struct auth_mail *auth_mail_ask(const struct auth_state *auth,
				const struct session *session,
				struct verdict *verdict);
void auth_mail_check(const struct auth_state *auth, struct auth_mail *mail,
		     struct auth_results *results);
void auth_mail_tell(const struct auth_state *auth,
		    const struct session *session, struct verdict *verdict);
/* Lines for --explain. */
void auth_mail_explain(struct buf *out, const struct auth_results *results);

#endif
