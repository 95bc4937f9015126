/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole inspection of a mail, as an inspector does it: our own rules, the
 * attachment stage, libclamav with one signature. Whatever the mail is, a
 * marker that stands in it openly is found, and what could not be inspected
 * is not passed off as clean.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/pipeline.h"
#include "settings.h"

#define MARKER "FUZZ-MARK-F1ND-ME"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* What libclamav forgets while loading is not ours to free. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libclamav\n";
}

static char signatures[] = "/tmp/fuzz-XXXXXX.ndb";
/* libclamav makes a folder for each thing that it looks into: in memory that
 * costs a fifth of what it does on a disk. */
static char scratch[] = "/dev/shm/fuzz-XXXXXX";

static void
remove_files(void)
{
	unlink(signatures);
	rmdir(scratch);
}

static void
write_signatures(void)
{
	FILE *out = fdopen(mkstemps(signatures, 4), "w");

	if (out == NULL || mkdtemp(scratch) == NULL)
		abort();
	atexit(remove_files);
	fputs("Fuzz.Marker:0:*:", out);
	for (const char *c = MARKER; *c != '\0'; c++)
		fprintf(out, "%02x", (unsigned char)*c);
	fputs("\n", out);
	fclose(out);
}

static struct policy *
load(void)
{
	struct config *config = settings_new(NULL);
	struct problems *problems = problems_new(config);
	struct policy *policy;
	struct err err;

	write_signatures();
	config_set(config, "stages", "attachment, virus, spam", "fuzz", NULL);
	config_set(config, "virus_database", signatures, "fuzz", NULL);
	config_set(config, "rules", getenv("FUZZ_RULES") ? getenv("FUZZ_RULES")
							 : "rules",
		   "fuzz", NULL);
	policy = policy_load(config, 1U << PHASE_MESSAGE, problems, &err);
	if (policy == NULL) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return policy;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy;
	void *mem = mem_context(NULL, "fuzz");
	struct slice raw = { (const char *)data, size };
	struct session *session = session_new(mem);
	struct verdict *verdict = verdict_new(mem);
	struct message_limits limits;

	if (policy == NULL)
		policy = load();
	policy_message_limits(policy, &limits);
	session->mail = mail_new(session);
	session->mail->size = size;
	session->mail->scratch = scratch;
	session->mail->message = message_parse(mem, raw, &limits);
	pipeline_run(policy, PHASE_MESSAGE, session, verdict);
	if (verdict->error_count > 0 && verdict->action == ACTION_ACCEPT &&
	    verdict->finding_count == 0)
		abort();
	if (slice_search(raw, 0, SLICE(MARKER)) < size &&
	    verdict->virus[0] == '\0')
		abort();
	mem_free(mem);
	return 0;
}
