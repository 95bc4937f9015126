/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Viruses: libclamav looks at every decoded part, at every member of archives,
 * and at the message as it came, since a scanner's own idea of MIME is not that
 * of the reader's mail client, and Debian's cannot open every kind of archive.
 * It knows again what it has seen, so that the containers cost little.
 */

#include "base/mem.h"
#include "core/policy.h"
#include "core/stage.h"
#include "mail/files.h"
#include "mail/letter.h"
#include "stage/stages.h"
#include "stage/unseen.h"
#include "wrap/virus.h"

/* libclamav takes time in the square of an archive's members. With more of
 * them it is not asked to open an archive that has been opened here. */
#define VIRUS_MEMBERS_MAX 1000
#define VIRUS_PARTS_MAX 1000 /* of a message, likewise */

/* Free bytes that a scan may want on disk, and for each byte of the mail. */
#define VIRUS_ROOM (8u * 1024 * 1024)
#define VIRUS_ROOM_RATIO 8

static const struct option virus_options[] = {
	{ "virus_database", OPTION_LIST, "/var/lib/clamav",
	  .help = "Folders and single files with ClamAV signatures." },
	{ "virus_database_check", OPTION_TIME, "10m", 0, 86400000,
	  .help = "The daemon looks so often whether signatures have changed, "
		  "and loads them; 0: only when it is told to reload." },
	{ "clamav_concurrent_reload", OPTION_BOOL, "yes",
	  .help = "Load new signatures and rules while the old ones serve: "
		  "both are in memory for a while. no: the old ones go first, "
		  "and mail waits for the new ones, up to "
		  "inspect_queue_time." },
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
	OPTION_END,
};

struct virus_state {
	const struct virus_engine *engine; /* NULL: none could be loaded */
	struct err why;
	struct files_limits limits;
	const struct handling *handling;
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
	struct virus_limits limits = {
		.max_scan_time = config_time(config, "virus_scan_time_limit"),
		.max_scan_size = config_int(config, "virus_scan_size_limit"),
		.max_file_size = config_int(config, "virus_file_size_limit"),
		.max_files = config_int(config, "virus_files_limit"),
		.max_recursion = config_int(config, "virus_recursion_limit"),
	};
	struct virus_state *virus = mem_new(mem, struct virus_state);

	*state = virus;
	virus->handling = policy_handling(policy);
	policy_files_limits(policy, &virus->limits);
	virus->engine = virus_open(mem, config_list(config, "virus_database"),
				   &limits, &virus->why);
	if (virus->engine == NULL)
		policy_lacks(policy, mem_printf(
			virus, "%s; virus_on_error = %s decides about every "
			"mail", virus->why.text,
			config_string(config, "virus_on_error")));
	return 0;
}

struct virus_scan {
	const struct virus_state *virus;
	const struct session *session;
	struct verdict *verdict;
	/* What happens for a signature without an exception of its own. */
	struct handling_choice rule;
	const char *where; /* the file that is being scanned */
	bool mild; /* a signature was found for which less happens */
	bool done; /* one was found for which this happens, or more */
	enum action action; /* of the signature that is told */
	unsigned closed; /* VIRUS_CLOSED: something was a bomb, or large */
	struct err limit, first; /* that went wrong */
};

static void
virus_found(void *context, const char *name)
{
	struct virus_scan *scan = context;
	struct verdict *verdict = scan->verdict;
	struct handling_choice choice =
		handling_choose(scan->virus->handling, HANDLING_VIRUS,
				scan->session, name, NULL);
	char *text = mem_printf(NULL, "The mail holds a virus: %s", name);

	if (verdict->virus[0] == '\0' || choice.action > scan->action) {
		verdict->virus = mem_strdup(verdict, name);
		verdict->virus_part = mem_strdup(verdict, scan->where);
		scan->action = choice.action;
	}
	handling_carry(&choice, "virus", text, verdict);
	if (choice.action < scan->rule.action)
		scan->mild = true;
	else
		scan->done = true;
	mem_free(text);
}

static void
virus_keep_error(struct err *kept, const struct err *err)
{
	if (kept->kind == ERR_NONE)
		*kept = *err;
}

/* One scan that failed is no reason not to find a virus in the others, and one
 * signature that is excepted none not to find another. */
static void
virus_scan_bytes(struct virus_scan *scan, unsigned how, struct slice bytes,
		 const char *filename, const char *where)
{
	struct err err = { .kind = ERR_NONE };
	enum virus_result result;

	scan->where = where;
	scan->mild = false;
	result = virus_scan(scan->virus->engine, how, bytes, filename,
			    virus_found, scan, &err);
	if (result == VIRUS_FOUND && scan->mild && !scan->done)
		result = virus_scan(scan->virus->engine, how | VIRUS_ALL,
				    bytes, filename, virus_found, scan, &err);
	if (result == VIRUS_ERROR)
		virus_keep_error(&scan->first, &err);
	if (result == VIRUS_LIMIT)
		virus_keep_error(&scan->limit, &err);
}

static int
virus_scan_file(void *context, const struct files_entry *entry)
{
	struct virus_scan *scan = context;
	/* What lies in a part of parts is visited in its own turn. */
	unsigned how = entry->part->is_leaf || entry->member
			       ? VIRUS_FILE
			       : VIRUS_MESSAGE | VIRUS_CLOSED;
	char *path = NULL;

	if (entry->members > VIRUS_MEMBERS_MAX || entry->bounded)
		how |= scan->closed = VIRUS_CLOSED;
	if (entry->unread)
		return 0;
	if (entry->member)
		path = mem_printf(scan->verdict, "%s%s", entry->folder,
				  entry->names[0]);
	virus_scan_bytes(scan, how, entry->bytes, entry->names[0],
			 path == NULL ? entry->part->path : path);
	mem_free(path);
	return scan->done;
}

/* What follows from what was not scanned. */
static int
virus_conclude(const struct virus_scan *scan,
	       const struct files_outcome *outcome, struct err *err)
{
	const struct virus_state *virus = scan->virus;
	struct verdict *verdict = scan->verdict;

	unseen_decide(virus->handling, outcome, scan->session, "virus",
		      verdict);
	if (scan->limit.kind != ERR_NONE) {
		verdict_find(verdict, "UNCHECKED");
		verdict_error(verdict, "virus: %s", scan->limit.text);
		handling_decide(virus->handling, HANDLING_LIMIT, scan->session,
				"virus", "The mail's files are more than can "
				"be looked into", verdict);
	}
	verdict->checked_virus = scan->done ||
				 (outcome->missed[0] == '\0' &&
				  scan->limit.kind == ERR_NONE &&
				  scan->first.kind == ERR_NONE);
	if (scan->done || scan->first.kind == ERR_NONE)
		return 0;
	*err = scan->first;
	return -1;
}

/*
 * libclamav makes a file for each part that it decodes. What holds more parts
 * than this is left to our own reader, which has decoded them all; and a letter
 * has none but its text.
 */
static unsigned
virus_how_to_read(struct message *message)
{
	return message->part_count > VIRUS_PARTS_MAX ||
			       letter_is_plain(message)
		       ? VIRUS_MESSAGE | VIRUS_BYTES
		       : VIRUS_MESSAGE;
}

static int
virus_stage_run(const void *state, enum phase phase,
		const struct session *session, struct verdict *verdict,
		struct err *err)
{
	const struct virus_state *virus = state;
	struct virus_scan scan = {
		.virus = virus,
		.session = session,
		.verdict = verdict,
		.rule = handling_choose(virus->handling, HANDLING_VIRUS,
					session, "", NULL),
	};
	const struct mail *mail = session->mail;
	struct files_outcome outcome;

	if (virus->engine == NULL) {
		*err = virus->why;
		return -1;
	}
	if (virus_use_scratch(virus->engine, mail->scratch, err) < 0 ||
	    virus_has_room(virus->engine,
			   VIRUS_ROOM + VIRUS_ROOM_RATIO *
						mail->message->pristine.len,
			   err) < 0)
		return -1;
	files_each(verdict, mail->message, &virus->limits, virus_scan_file,
		   &scan, &outcome);
	if (!scan.done)
		virus_scan_bytes(&scan,
				 virus_how_to_read(mail->message) | scan.closed,
				 slice_from(mail->message->pristine,
					    mail->prefix),
				 NULL, "message");
	return virus_conclude(&scan, &outcome, err);
}

const struct stage stage_virus = {
	.name = "virus",
	.phases = PHASE_BIT(PHASE_MESSAGE),
	.options = virus_options,
	.open = virus_stage_open,
	.run = virus_stage_run,
};
