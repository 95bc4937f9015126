/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stage recipients: RCPT TO addresses of our domains must lead to a mailbox or
 * to another server. 550 5.1.1 only if the tables say so; as long as they
 * cannot be asked, an answer that is recent enough or 451.
 */
#include "stage/stages.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/answer.h"
#include "core/policy.h"
#include "core/virtual.h"

#define RECIPIENTS_SHOWN 120 /* bytes of an address in a reply */
#define RECIPIENTS_MEMORY 16384 /* bytes that one recipient mostly needs */

static const struct option recipients_options[] = {
	VIRTUAL_OPTIONS,
	{ "sql_time_limit", OPTION_TIME, "3s", 100, 60000,
	  .help = "All look-ups of one recipient together." },
	{ "recipient_cache_size", OPTION_INT, "20000", 0, 10000000,
	  .help = "Known recipients that are remembered, and as many "
		  "domains." },
	{ "recipient_cache_time", OPTION_TIME, "30s", 0, 86400000,
	  .help = "For so long a known recipient is not looked up again, nor "
		  "whether a domain is one of ours. Nobody is refused for what "
		  "is remembered." },
	{ "recipient_stale_time", OPTION_TIME, "4h", 0, 604800000,
	  .help = "For so long a known recipient is taken while the tables "
		  "cannot be asked; 0: not at all." },
	{ "recipients_on_error", OPTION_CHOICE, "tempfail",
	  .choices = "tempfail accept",
	  .help = "What happens if the tables cannot tell." },
	OPTION_END,
};

struct recipients {
	struct virtual *virtual;
	struct answers *answers; /* has its own lock */
	int64_t time_limit, cache_time, stale_time;
};

static int
recipients_open(void *mem, struct policy *policy, void **state,
		struct err *err)
{
	const struct config *config = policy_config(policy);
	struct recipients *recipients = mem_new(mem, struct recipients);

	recipients->time_limit = config_time(config, "sql_time_limit");
	recipients->cache_time = config_time(config, "recipient_cache_time");
	recipients->stale_time = config_time(config, "recipient_stale_time");
	recipients->answers = answers_new(
		recipients,
		(size_t)config_int(config, "recipient_cache_size"));
	recipients->virtual = virtual_open(recipients, config,
					   policy_problems(policy), err);
	*state = recipients;
	if (recipients->virtual == NULL)
		return -1;
	virtual_remember(recipients->virtual,
			 (size_t)config_int(config, "recipient_cache_size"),
			 recipients->cache_time);
	return 0;
}

/* Asks the tables, or what is remembered of them. *stale: for how long (ms,
 * at least 1) the answer was not confirmed, 0 if it is good. */
static int
recipients_answer(void *mem, const struct recipients *recipients,
		  const struct address *address, struct virtual_answer *answer,
		  int64_t *stale, struct err *err)
{
	char *text = address_string(mem, address);
	int64_t deadline = clock_ms() + recipients->time_limit;

	*stale = 0;
	if (answers_find(mem, recipients->answers, text,
			 recipients->cache_time, answer, stale)) {
		*stale = 0;
		return 0;
	}
	if (virtual_resolve(mem, recipients->virtual, address, deadline, NULL,
			    answer, err) == 0) {
		answers_keep(recipients->answers, text, answer);
		*stale = 0;
		return 0;
	}
	if (err->kind == ERR_TEMPORARY &&
	    answers_find(mem, recipients->answers, text,
			 recipients->stale_time, answer, stale)) {
		*stale += *stale == 0;
		return 0;
	}
	return -1;
}

static void
recipients_unknown(void *mem, const struct session *session,
		   const char *address, const struct virtual_answer *answer,
		   struct verdict *verdict)
{
	char *shown = str_escape(mem, slice_of(address), RECIPIENTS_SHOWN);

	verdict_find(verdict, "UNKNOWN_RECIPIENT");
	/* Postfix holds a refusal of local mail for a broken filter. */
	if (session->simulated)
		return;
	verdict_decide(verdict, ACTION_REJECT, "recipients", "550", "5.1.1",
		       "<%s>: Recipient address rejected: User unknown in %s",
		       shown, answer->table);
}

static int
recipients_check(void *mem, const struct recipients *recipients,
		 const struct session *session, const char *path,
		 const struct address *address, struct verdict *verdict,
		 struct err *err)
{
	struct virtual_answer answer;
	int64_t stale;

	if (recipients_answer(mem, recipients, address, &answer, &stale,
			      err) < 0)
		return -1;
	if (stale != 0) {
		log_warning("recipient <%s> is taken by a stale answer, %llds "
			    "old: %s", path, (long long)(stale / 1000),
			    err->text);
		verdict_find(verdict, "STALE_RECIPIENT");
	}
	for (size_t i = 0; i < answer.mailbox_count; i++)
		verdict_add_mailbox(verdict, answer.mailboxes[i]);
	if (answer.outcome == VIRTUAL_UNKNOWN)
		recipients_unknown(mem, session, path, &answer, verdict);
	return 0;
}

static int
recipients_address(void *mem, const struct recipients *recipients,
		   const struct session *session, const char *path,
		   struct verdict *verdict, struct err *err)
{
	struct address address;
	enum address_error error = address_parse(mem, path, &address);

	switch (error) {
	case ADDRESS_EMPTY:
		return 0;
	case ADDRESS_OK:
	case ADDRESS_LENGTH: /* long ones are in use: VERP, forwarders */
		break;
	default:
		verdict_find(verdict, "BAD_RECIPIENT");
		if (!session->simulated)
			verdict_decide(verdict, ACTION_REJECT, "recipients",
				       "501", "5.1.3", "Bad recipient address "
				       "syntax: %s", address_error_text(error));
		return 0;
	}
	/* <postmaster> (RFC 5321 4.5.1) and names of this machine. */
	if (address.domain[0] == '\0' || address_is_literal(&address))
		return 0;
	return recipients_check(mem, recipients, session, path, &address,
				verdict, err);
}

static int
recipients_run(const void *state, enum phase phase,
	       const struct session *session, struct verdict *verdict,
	       struct err *err)
{
	const struct mail *mail = session->mail;
	void *mem;
	int result;

	if (mail == NULL || mail->recipient_count == 0)
		return 0;
	mem = mem_pool(NULL, RECIPIENTS_MEMORY);
	result = recipients_address(
		mem, state, session,
		mail->recipients[mail->recipient_count - 1].address, verdict,
		err);
	mem_free(mem);
	return result;
}

static void
recipients_lint(struct policy *policy, struct problems *problems)
{
	const struct config *config = policy_config(policy);
	void *mem = mem_context(NULL, "recipients_lint");
	struct virtual *virtual;
	struct err err;

	/* What is wrong in files was told when the stage was opened. */
	virtual = virtual_open(mem, config, problems_new(mem), &err);
	if (virtual != NULL)
		virtual_lint(virtual, config_time(config, "sql_time_limit"),
			     problems);
	mem_free(mem);
}

const struct stage stage_recipients = {
	.name = "recipients",
	.phases = PHASE_BIT(PHASE_RECIPIENT),
	.options = recipients_options,
	.open = recipients_open,
	.run = recipients_run,
	.lint = recipients_lint,
};
