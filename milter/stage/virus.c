/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Viruses: libclamav looks at the message as it came and at every decoded part,
 * since a scanner's own idea of MIME is not that of the reader's mail client.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/policy.h"
#include "core/stage.h"
#include "mail/message.h"
#include "stage/stages.h"
#include "wrap/virus.h"

static const struct option virus_options[] = {
	{ "virus_database", OPTION_LIST, "/var/lib/clamav",
	  .help = "Folders and single files with ClamAV signatures." },
	{ "virus_action", OPTION_CHOICE, "reject",
	  .choices = "reject discard quarantine tag",
	  .help = "What happens to a mail in which a virus is found; "
		  "quarantine puts it into Postfix's hold queue." },
	{ "virus_on_error", OPTION_CHOICE, "tempfail",
	  .choices = "tempfail accept",
	  .help = "What happens to a mail that could not be scanned, or not "
		  "to its end, or for want of signatures; accept marks it "
		  "UNCHECKED." },
	{ "virus_scan_time_limit", OPTION_TIME, "60s", 100, 3600000,
	  .help = "Time for one scan." },
	{ "virus_scan_size_limit", OPTION_SIZE, "400M", 1024, 1ll << 32,
	  .help = "Bytes that one scan unpacks from one file in all." },
	{ "virus_file_size_limit", OPTION_SIZE, "100M", 1024, (1ll << 31) - 1,
	  .help = "Bytes of one file, or of one member of an archive." },
	{ "virus_files_limit", OPTION_INT, "10000", 1, 1000000,
	  .help = "Members of one archive, with those of archives in it." },
	{ "virus_recursion_limit", OPTION_INT, "17", 1, 100,
	  .help = "Archives within archives." },
	{ "virus_scratch_directory", OPTION_STRING, "",
	  .help = "Folder for files that libclamav unpacks; empty: the "
		  "system's." },
	OPTION_END,
};

struct virus_state {
	const struct virus_engine *engine; /* NULL: none could be loaded */
	struct err why;
	enum action action;
};

/*
 * Without signatures the stage stays and says so for each mail: what follows
 * is virus_on_error's to decide, not ours.
 */
static int
virus_stage_open(void *mem, struct policy *policy, void **state,
		 struct err *err)
{
	const struct config *config = policy_config(policy);
	const char *scratch = config_string(config, "virus_scratch_directory");
	struct virus_limits limits = {
		.max_scan_time = config_time(config, "virus_scan_time_limit"),
		.max_scan_size = config_int(config, "virus_scan_size_limit"),
		.max_file_size = config_int(config, "virus_file_size_limit"),
		.max_files = config_int(config, "virus_files_limit"),
		.max_recursion = config_int(config, "virus_recursion_limit"),
		.scratch = scratch[0] == '\0' ? NULL : scratch,
	};
	struct virus_state *virus = mem_new(mem, struct virus_state);

	*state = virus;
	virus->action = (enum action)action_by_name(
		config_string(config, "virus_action"));
	virus->engine = virus_open(mem, config_list(config, "virus_database"),
				   &limits, &virus->why);
	if (virus->engine == NULL)
		problem_add(policy_problems(policy), PROBLEM_ERROR, NULL, 0,
			    "%s; virus_on_error = %s decides about every mail",
			    virus->why.text,
			    config_string(config, "virus_on_error"));
	return 0;
}

static void
virus_found(const struct virus_state *virus, struct verdict *verdict,
	    const char *name, const char *where)
{
	verdict->virus = mem_strdup(verdict, name);
	verdict->virus_part = mem_strdup(verdict, where);
	verdict_decide(verdict, virus->action, "virus", "554", "5.7.1",
		       "The mail holds a virus: %s", name);
}

static enum virus_result
virus_scan_bytes(const struct virus_state *virus, struct verdict *verdict,
		 struct slice bytes, const char *filename, const char *where,
		 struct err *err)
{
	const char *name = NULL;
	enum virus_result result =
		virus_scan(verdict, virus->engine, bytes, filename, &name, err);

	if (result == VIRUS_FOUND)
		virus_found(virus, verdict, name, where);
	return result;
}

static enum virus_result
virus_scan_part(const struct virus_state *virus, struct verdict *verdict,
		struct part *part, struct err *err)
{
	void *scope = mem_context(verdict, "part");
	struct slice bytes = part_decoded_exact(scope, part);
	enum virus_result result =
		virus_scan_bytes(virus, verdict, bytes, part->name,
				 part->path, err);

	mem_free(scope);
	return result;
}

static int
virus_stage_run(const void *state, enum phase phase,
		const struct session *session, struct verdict *verdict,
		struct err *err)
{
	const struct virus_state *virus = state;
	const struct mail *mail = session->mail;
	struct message *message = mail->message;
	enum virus_result result;
	struct err first = { .kind = ERR_NONE };

	if (virus->engine == NULL) {
		*err = virus->why;
		return -1;
	}
	result = virus_scan_bytes(virus, verdict,
				  slice_from(message->pristine, mail->prefix),
				  NULL, "message", &first);
	/* One that failed is no reason not to find a virus in the others. */
	for (size_t i = 0; i < message->part_count && result != VIRUS_FOUND;
	     i++) {
		struct err other = { .kind = ERR_NONE };

		if (!message->parts[i]->is_leaf)
			continue;
		if (virus_scan_part(virus, verdict, message->parts[i],
				    &other) == VIRUS_FOUND)
			result = VIRUS_FOUND;
		else if (other.kind != ERR_NONE && first.kind == ERR_NONE)
			first = other;
	}
	if (result == VIRUS_FOUND || first.kind == ERR_NONE) {
		verdict->checked_virus = true;
		return 0;
	}
	*err = first;
	return -1;
}

const struct stage stage_virus = {
	.name = "virus",
	.phases = PHASE_BIT(PHASE_MESSAGE),
	.options = virus_options,
	.open = virus_stage_open,
	.run = virus_stage_run,
};
