/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a mail: its inspection, and what comes out of it. */
#include "intake_private.h"

#include "base/log.h"
#include "mail/spool.h"
#include "poison.h"
#include "putoff.h"

/* The mail cannot be judged: it is put off, never accepted unseen. */
static void
intake_put_off(struct verdict *verdict, const char *dsn, const struct err *err)
{
	verdict_error(verdict, "daemon: %s", err->text);
	verdict_decide(verdict, ACTION_TEMPFAIL, "daemon", "451", dsn,
		       "The mail cannot be checked now; please try again "
		       "later");
}

/* What a stage wanted at MAIL or RCPT holds for the verdict on the message. */
static void
intake_carry(const struct verdict *from, struct verdict *to)
{
	verdict_decide(to, from->action, from->stage, NULL, NULL, "%s",
		       from->reason);
	for (size_t i = 0; i < from->finding_count; i++)
		verdict_find(to, from->findings[i]);
	for (size_t i = 0; i < from->error_count; i++)
		verdict_error(to, "%s", from->errors[i]);
}

/* The inspector's verdict, or why there is none. */
static struct verdict *
intake_ask_crew(struct intake *intake, struct poison_mail *mail,
		void (*progress)(void *arg), void *arg)
{
	struct intake_mail *current = intake->current;
	struct poison *poison = service_poison(intake->service);
	struct verdict *verdict = NULL;
	struct crew_failure failure;
	enum crew_result result =
		crew_inspect(current->crew, current, intake->session,
			     mail->message, progress, arg, &verdict, &failure);

	if (result == CREW_VERDICT) {
		poison_absolve(poison, mail);
		return verdict;
	}
	verdict = verdict_new(current);
	intake_put_off(verdict, result == CREW_BUSY ? "4.3.2" : "4.3.0",
		       &failure.err);
	log_warning("%s: %s", mail->name, failure.err.text);
	if (result == CREW_FAILED)
		poison_learn(poison, crew_config(current->crew), mail,
			     failure.ending);
	return verdict;
}

/* A mail at a limit is put off once, and judged when it comes again. */
static void
intake_settle(struct intake *intake, const struct poison_mail *mail,
	      struct verdict *verdict)
{
	struct err err = { .kind = ERR_NONE };
	bool again = verdict_is_postponed(verdict) &&
		     putoff_again(service_putoff(intake->service),
				  mail->message, mail->prefix, mail->size,
				  &err);

	if (err.kind != ERR_NONE)
		log_error("%s: %s", mail->name, err.text);
	verdict_settle(verdict, again);
}

static struct verdict *
intake_inspect(struct intake *intake, void (*progress)(void *arg), void *arg)
{
	struct intake_mail *current = intake->current;
	struct poison *poison = service_poison(intake->service);
	struct verdict *verdict;
	struct err err;
	struct poison_mail mail = {
		.name = intake_name(intake),
		.message = spool_seal(current->spool, &err),
		.prefix = current->mail->prefix,
	};

	mail.size = spool_size(current->spool) - current->trace_size;
	current->mail->size = spool_size(current->spool);
	if (mail.message < 0) {
		verdict = verdict_new(current);
		intake_put_off(verdict, "4.3.0", &err);
		log_warning("%s: %s", mail.name, err.text);
	} else if (poison_is_known(poison, &mail)) {
		verdict = verdict_new(current);
		poison_judge(poison, crew_config(current->crew), &mail,
			     verdict);
	} else {
		verdict = intake_ask_crew(intake, &mail, progress, arg);
	}
	intake_carry(current->verdict, verdict);
	if (mail.message >= 0)
		intake_settle(intake, &mail, verdict);
	return verdict;
}

/* Refuses a message for its outside; false if there is nothing against it. */
static bool
intake_refuse(struct intake_mail *current)
{
	if (spool_too_big(current->spool))
		verdict_decide(current->verdict, ACTION_REJECT, "daemon", "552",
			       "5.3.4", "The message is larger than this site "
			       "accepts");
	else if (current->forged_count > INTAKE_FORGED_MAX)
		verdict_decide(current->verdict, ACTION_REJECT, "daemon", "554",
			       "5.6.0", "The message has more than %d header "
			       "fields of a mail filter", INTAKE_FORGED_MAX);
	else
		return false;
	current->mail->size = spool_size(current->spool);
	return true;
}

/* An action without a reply of its own still needs one to be carried out. */
static void
intake_reply(struct intake *intake, const struct verdict *verdict,
	     struct reply *reply)
{
	char wanted = verdict->action == ACTION_REJECT ? '5' : '4';

	report_reply(intake->session, verdict, reply);
	if ((verdict->action != ACTION_REJECT &&
	     verdict->action != ACTION_TEMPFAIL) ||
	    reply->code[0] == wanted)
		return;
	*reply = (struct reply){ "451", "4.3.0", "Please try again later" };
	if (wanted == '5')
		*reply = (struct reply){ "554", "5.7.1", "Not accepted" };
}

void
intake_end(struct intake *intake, void (*progress)(void *arg), void *arg,
	   struct intake_outcome *outcome)
{
	struct intake_mail *current = intake->current;
	struct verdict *verdict;

	intake_spool(intake);
	verdict = current->verdict;
	if (!intake_refuse(current))
		verdict = intake_inspect(intake, progress, arg);
	*outcome = (struct intake_outcome){
		.verdict = verdict,
		.forged = current->forged,
		.forged_count = current->forged_count,
		.subject = current->subject,
	};
	intake_reply(intake, verdict, &outcome->reply);
	intake_log(intake, verdict, current->began, NULL);
}
