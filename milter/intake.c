/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intake.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/pipeline.h"
#include "mail/authres.h"
#include "mail/netset.h"
#include "mail/spool.h"
#include "poison.h"
#include "putoff.h"
#include "retry.h"
#include "trace.h"

/* More forged fields than any honest detour through other filters leaves:
 * Postfix looks through the whole header for each one that is deleted. */
#define INTAKE_FORGED_MAX 100
#define INTAKE_RECIPIENTS_MAX 10000
#define INTAKE_MESSAGE_ID_MAX 998

struct intake_mail {
	struct crew *crew;
	struct mail *mail;
	struct spool *spool; /* NULL until the first header field or body */
	size_t trace_size; /* bytes of fields that the next attempt may not
			    * have */
	struct verdict *verdict;
	int64_t began;
	struct intake_forged *forged;
	size_t forged_count; /* may go beyond the list */
	int results_count; /* fields Authentication-Results so far */
	const char *subject;
};

struct intake {
	struct service *service;
	struct session *session;
	struct intake_mail *current; /* NULL between mails */
};

struct intake *
intake_new(struct service *service)
{
	struct intake *intake = mem_new(NULL, struct intake);

	intake->service = service;
	intake->session = session_new(intake);
	intake->session->started = clock_wall();
	intake->session->esmtp = true;
	return intake;
}

void
intake_free(struct intake *intake)
{
	intake_abort(intake);
	mem_free(intake);
}

struct session *
intake_session(struct intake *intake)
{
	return intake->session;
}

void
intake_set(struct intake *intake, const char **member, const char *text)
{
	if (text == NULL)
		text = "";
	if (strcmp(*member, text) != 0)
		*member = mem_strdup(intake, text);
}

static void
intake_mail_end(void *ptr)
{
	struct intake_mail *current = ptr;

	crew_release(current->crew);
}

void
intake_abort(struct intake *intake)
{
	if (intake->current == NULL)
		return;
	intake->session->mail = NULL;
	mem_free(intake->current);
	intake->current = NULL;
	service_end(intake->service);
}

static const char *
intake_name(const struct intake *intake)
{
	const struct mail *mail = intake->session->mail;

	return mail != NULL && mail->queue_id[0] != '\0' ? mail->queue_id
							 : "NOQUEUE";
}

static void
intake_log(const struct intake *intake, const struct verdict *verdict,
	   int64_t began, const char *recipient)
{
	void *mem = mem_context(NULL, "log");
	const char *line = report_log(mem, intake->session, verdict,
				      clock_us() - began);

	if (recipient == NULL)
		log_info("%s: %s", intake_name(intake), line);
	else
		log_info("%s: %s to=<%s>", intake_name(intake), line,
			 str_escape_word(mem, slice_of(recipient), 260));
	mem_free(mem);
}

/* The address without the brackets around it. */
static char *
intake_address(void *mem, const char *path)
{
	size_t n = strlen(path);

	if (n >= 2 && path[0] == '<' && path[n - 1] == '>')
		return mem_strndup(mem, path + 1, n - 2);
	return mem_strdup(mem, path);
}

/*
 * What the stages say to a command: true to go on, with the weaker wishes and
 * whatever went wrong kept for the end of the message.
 */
static bool
intake_ask(struct intake *intake, enum phase phase, struct verdict *verdict,
	   struct reply *reply)
{
	struct verdict *kept = intake->current->verdict;

	pipeline_run(crew_policy(intake->current->crew), phase, intake->session,
		     verdict);
	if (verdict->action == ACTION_REJECT ||
	    verdict->action == ACTION_TEMPFAIL) {
		report_reply(intake->session, verdict, reply);
		return false;
	}
	verdict_decide(kept, verdict->action, verdict->stage, NULL, NULL, "%s",
		       verdict->reason);
	for (size_t i = 0; i < verdict->finding_count; i++)
		verdict_find(kept, verdict->findings[i]);
	if (kept->error_count == 0 && verdict->error_count > 0)
		verdict_error(kept, "%s", verdict->errors[0]);
	return true;
}

static void
intake_begin(struct intake *intake, const char *sender, bool smtputf8)
{
	struct intake_mail *current = mem_new(intake, struct intake_mail);

	current->crew = service_crew(intake->service);
	mem_on_free(current, intake_mail_end);
	current->began = clock_us();
	current->verdict = verdict_new(current);
	current->mail = mail_new(current);
	current->mail->sender = intake_address(current->mail, sender);
	current->mail->smtputf8 = smtputf8;
	intake->current = current;
	intake->session->mail = current->mail;
}

/* Questions that will surely be asked: their answers come in while the message
 * does. */
static void
intake_foresee(struct intake *intake)
{
	struct intake_mail *current = intake->current;
	const struct session *session = intake->session;
	struct dns_source *source = policy_dns(crew_policy(current->crew));
	const char *at = strrchr(session->mail->sender, '@');
	struct dns *dns = dns_new(current->mail, source,
				  config_time(crew_config(current->crew),
					      "dns_time_limit"));
	char *name;

	current->mail->dns = dns;
	if (source == NULL || session->outbound)
		return;
	name = netset_is_private(session->client_addr)
		       ? NULL
		       : dns_reverse(dns, session->client_addr,
				     "in-addr.arpa", "ip6.arpa");
	if (name != NULL)
		dns_ask(dns, name, DNS_PTR);
	if (strchr(session->helo, '.') != NULL && session->helo[0] != '[')
		dns_ask(dns, session->helo, DNS_TXT);
	if (at != NULL)
		dns_ask(dns, at + 1, DNS_TXT);
}

static void
intake_outbound(struct session *session, const struct config *config)
{
	const char *const *names =
		config_list(config, "originating_daemon_names");

	session->outbound = session->auth_authen[0] != '\0';
	for (; *names != NULL; names++)
		if (strcmp(session->daemon_name, *names) == 0)
			session->outbound = true;
}

bool
intake_mail(struct intake *intake, const char *sender, bool smtputf8,
	    struct reply *reply)
{
	struct verdict *verdict;
	bool ok;

	intake_abort(intake);
	if (!service_begin(intake->service)) {
		*reply = (struct reply){ "421", "4.3.2",
					 "The mail filter is stopping; please "
					 "try again later" };
		return false;
	}
	intake_begin(intake, sender, smtputf8);
	intake_outbound(intake->session, crew_config(intake->current->crew));
	intake_foresee(intake);
	verdict = verdict_new(intake->current);
	ok = intake_ask(intake, PHASE_CONNECT, verdict, reply) &&
	     intake_ask(intake, PHASE_SENDER, verdict, reply);
	if (!ok) {
		intake_log(intake, verdict, intake->current->began, NULL);
		intake_abort(intake);
	}
	return ok;
}

void
intake_queue_id(struct intake *intake, const char *queue_id)
{
	struct mail *mail = intake->session->mail;

	if (mail != NULL && queue_id != NULL &&
	    strcmp(mail->queue_id, queue_id) != 0)
		mail->queue_id = mem_strdup(mail, queue_id);
}

static bool
intake_recipient_ask(struct intake *intake, const char *address,
		     struct reply *reply)
{
	struct mail *mail = intake->session->mail;
	struct verdict *verdict = verdict_new(NULL);
	int64_t began = clock_us();
	bool ok;

	mail_add_recipient(mail, address, NULL, 0);
	ok = intake_ask(intake, PHASE_RECIPIENT, verdict, reply);
	if (!ok)
		intake_log(intake, verdict, began, address);
	mail->recipient_count--;
	/* Mail that a program of this host has sent is in the queue already:
	 * Postfix would take a refusal for a mistake in its configuration. */
	if (ok || intake->session->simulated)
		mail_add_recipient(mail, address, verdict->mailboxes,
				   verdict->mailbox_count);
	mem_free(verdict);
	return ok || intake->session->simulated;
}

bool
intake_recipient(struct intake *intake, const char *path,
		 const char *queue_id, struct reply *reply)
{
	struct intake_mail *current = intake->current;
	char *address;
	bool ok;

	*reply = (struct reply){ "451", "4.3.0", "There is no mail yet" };
	if (current == NULL)
		return false;
	intake_queue_id(intake, queue_id);
	if (current->mail->recipient_count >= INTAKE_RECIPIENTS_MAX) {
		*reply = (struct reply){ "452", "4.5.3",
					 "Too many recipients" };
		return false;
	}
	address = intake_address(NULL, path);
	ok = intake_recipient_ask(intake, address, reply);
	mem_free(address);
	return ok;
}

/* The message begins: in front of it stands what Postfix will write there. */
static struct spool *
intake_spool(struct intake *intake)
{
	struct intake_mail *current = intake->current;
	const struct config *config = crew_config(current->crew);
	char *trace;

	if (current->spool != NULL)
		return current->spool;
	trace = trace_fields(current, intake->session);
	current->mail->prefix = strlen(trace);
	current->spool = spool_new(current,
				   (size_t)config_int(config,
						      "message_size_limit"));
	spool_prefix(current->spool, slice_of(trace));
	mem_free(trace);
	return current->spool;
}

/* The index-th field of its name. */
static void
intake_note_forged(struct intake_mail *current, const char *name, int index)
{
	struct intake_forged *forged;

	if (current->forged_count++ >= INTAKE_FORGED_MAX)
		return;
	if (current->forged == NULL)
		current->forged = mem_array(current, struct intake_forged,
					    INTAKE_FORGED_MAX);
	forged = &current->forged[current->forged_count - 1];
	forged->name = mem_strdup(current, name);
	forged->index = index;
}

/* All fields of such a name are forged. */
static int
intake_forged_index(const struct intake_mail *current, const char *name)
{
	size_t count = current->forged_count;
	int index = 1;

	for (size_t i = 0; i < count && i < INTAKE_FORGED_MAX; i++)
		if (slice_is_nocase(slice_of(name), current->forged[i].name))
			index++;
	return index;
}

/* Of these only the ones that claim to be this server's. */
static void
intake_note_results(struct intake *intake, const char *name, const char *value)
{
	struct intake_mail *current = intake->current;
	const char *server = authres_server(
		config_string(policy_config(crew_policy(current->crew)),
			      "authserv_id"),
		intake->session->hostname);
	void *mem = mem_context(current, "results");

	current->results_count++;
	if (authres_claims(mem, slice_of(value), server))
		intake_note_forged(current, name, current->results_count);
	mem_free(mem);
}

static void
intake_note_message_id(struct mail *mail, const char *value)
{
	struct slice id = slice_trim(slice_of(value));

	if (id.len > 0 && mail->message_id[0] == '\0')
		mail->message_id = slice_string(
			mail, slice_cut(id, 0, INTAKE_MESSAGE_ID_MAX));
}

void
intake_header(struct intake *intake, const char *name, const char *value)
{
	struct intake_mail *current = intake->current;
	struct slice key = slice_of(name);
	size_t size;

	if (current == NULL)
		return;
	size = spool_size(intake_spool(intake));
	spool_header(current->spool, name, value);
	if (retry_is_trace(key))
		current->trace_size += spool_size(current->spool) - size;
	if (report_is_forged(key))
		intake_note_forged(current, name,
				   intake_forged_index(current, name));
	else if (slice_is_nocase(key, "Authentication-Results"))
		intake_note_results(intake, name, value);
	else if (slice_is_nocase(key, "Message-ID"))
		intake_note_message_id(current->mail, value);
	else if (slice_is_nocase(key, "Subject") && current->subject == NULL)
		current->subject = mem_strdup(current, value);
}

void
intake_body(struct intake *intake, struct slice chunk)
{
	if (intake->current != NULL)
		spool_body(intake_spool(intake), chunk);
}

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

bool
intake_has_mail(const struct intake *intake)
{
	return intake->current != NULL;
}
