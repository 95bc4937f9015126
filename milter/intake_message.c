/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message on its way into the spool, and what its fields claim to be. */
#include "intake_private.h"

#include <string.h>

#include "base/mem.h"
#include "mail/authres.h"
#include "mail/spool.h"
#include "retry.h"
#include "trace.h"

#define INTAKE_MESSAGE_ID_MAX 998

struct spool *
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
