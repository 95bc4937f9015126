/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intake_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/pipeline.h"
#include "mail/netset.h"

#define INTAKE_RECIPIENTS_MAX 10000

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

const char *
intake_name(const struct intake *intake)
{
	const struct mail *mail = intake->session->mail;

	return mail != NULL && mail->queue_id[0] != '\0' ? mail->queue_id
							 : "NOQUEUE";
}

void
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

bool
intake_has_mail(const struct intake *intake)
{
	return intake->current != NULL;
}
