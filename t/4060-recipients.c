/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage as the daemon runs it: replies, what is kept, stale answers. */
#include "tap.h"

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/answer.h"
#include "core/pipeline.h"
#include "core/policy.h"

static void *mem;
static char *folder;

static char *
path_of(const char *name)
{
	return mem_printf(mem, "%s/%s", folder, name);
}

static void
run_sql(const char *sql)
{
	sqlite3 *handle;

	sqlite3_open(path_of("db"), &handle);
	tap_is_int(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK,
		   "the tables change");
	sqlite3_close(handle);
}

static void
write_map(const char *name, const char *query)
{
	FILE *out = fopen(path_of(name), "we");

	fprintf(out, "dbpath = %s\nquery = %s\n", path_of("db"), query);
	fclose(out);
}

static struct policy *
load_text(const char *text)
{
	struct config *config = policy_config_new(NULL);
	struct problems *problems = problems_new(mem);
	struct policy *policy;
	struct err err;

	config_parse(config, "t", text, strlen(text), problems);
	policy = policy_load(config, PHASES_DAEMON, problems, &err);
	if (policy == NULL)
		tap_note("%s", err.text);
	return policy;
}

static struct policy *
load(const char *more)
{
	return load_text(mem_printf(
		mem,
		"stages = recipients\nvirtual_mailbox_domains = ours.example\n"
		"virtual_mailbox_maps = sqlite:%s\nsql_time_limit = 500ms\n%s",
		path_of("map.cf"), more));
}

static struct policy *
load_domains(const char *more)
{
	return load_text(mem_printf(
		mem,
		"stages = recipients\nvirtual_mailbox_domains = sqlite:%s\n"
		"virtual_mailbox_maps = sqlite:%s\n"
		"virtual_alias_maps = sqlite:%s\n%s",
		path_of("domains.cf"), path_of("map.cf"),
		path_of("aliases.cf"), more));
}

static struct verdict *
ask(struct policy *policy, const char *address, bool simulated)
{
	struct session *session = session_new(mem);
	struct verdict *verdict = verdict_new(mem);

	session->simulated = simulated;
	session->mail = mail_new(session);
	mail_add_recipient(session->mail, address, NULL, 0);
	pipeline_run(policy, PHASE_RECIPIENT, session, verdict);
	return verdict;
}

/* "550 5.1.1", "ok", with the mailboxes and findings. */
static const char *
reply(struct policy *policy, const char *address)
{
	struct verdict *verdict = ask(policy, address, false);
	struct buf out = BUF(mem);

	if (verdict->reply_code[0] != '\0')
		buf_printf(&out, "%s %s", verdict->reply_code,
			   verdict->reply_dsn);
	else
		buf_text(&out, "ok");
	for (size_t i = 0; i < verdict->mailbox_count; i++)
		buf_printf(&out, " %s", verdict->mailboxes[i]);
	for (size_t i = 0; i < verdict->finding_count; i++)
		buf_printf(&out, " %s", verdict->findings[i]);
	return buf_string(&out);
}

static void
is(struct policy *policy, const char *address, const char *wanted,
   const char *name)
{
	tap_is(reply(policy, address), wanted, name);
}

static void
test_replies(void)
{
	struct policy *policy = load("recipient_cache_time = 0s\n");
	struct verdict *verdict;

	is(policy, "<John@Ours.example>", "ok john@ours.example",
	   "a known one is kept with its mailbox");
	is(policy, "no@ours.example", "550 5.1.1 UNKNOWN_RECIPIENT",
	   "an unknown one");
	is(policy, "x@far.example", "ok", "not ours");
	is(policy, "postmaster", "ok", "postmaster");
	is(policy, "", "ok", "the empty one");
	is(policy, "x@[192.0.2.1]", "ok", "a literal");
	is(policy, "a b@ours.example", "501 5.1.3 BAD_RECIPIENT",
	   "a malformed one");
	is(policy, "\xff@ours.example", "501 5.1.3 BAD_RECIPIENT",
	   "one that is no UTF-8");
	is(policy, "\xc3\xa4@ours.example", "550 5.1.1 UNKNOWN_RECIPIENT",
	   "SMTPUTF8");
	verdict = ask(policy, "no@ours.example", false);
	tap_is(verdict->reply_text, "<no@ours.example>: Recipient address "
	       "rejected: User unknown in virtual mailbox table", "its words");
	verdict = ask(policy, "\"<\xc3\xa4>\\\"\"@ours.example", false);
	tap_is(verdict->reply_text, "<\\\"<\\xC3\\xA4>\\\\\\\"\\\"@ours.example"
	       ">: Recipient address rejected: User unknown in virtual mailbox "
	       "table", "nothing but printable ASCII in them");
	verdict = ask(policy, "no@ours.example", true);
	tap_is_int(verdict->action, ACTION_ACCEPT,
		   "mail of this machine is not refused");
	policy_free(policy);
}

static void
test_cache(void)
{
	struct policy *policy = load("recipient_cache_time = 1m\n");

	is(policy, "john@ours.example", "ok john@ours.example", "looked up");
	is(policy, "new@ours.example", "550 5.1.1 UNKNOWN_RECIPIENT",
	   "unknown");
	run_sql("DELETE FROM users; INSERT INTO users VALUES "
		"('new@ours.example')");
	is(policy, "john@ours.example", "ok john@ours.example", "remembered");
	is(policy, "new@ours.example", "ok new@ours.example",
	   "that it was unknown is not");
	policy_free(policy);
	run_sql("INSERT INTO users VALUES ('john@ours.example')");
}

/* What is known of a domain saves look-ups, and refuses nobody. */
static void
test_domains(void)
{
	struct policy *policy = load_domains("recipient_cache_time = 1m\n");

	run_sql("CREATE TABLE domains (name TEXT); "
		"CREATE TABLE aliases (source TEXT, destination TEXT); "
		"INSERT INTO domains VALUES ('ours.example'); "
		"INSERT INTO aliases VALUES "
		"('@whole.example', 'john@ours.example')");
	is(policy, "john@ours.example", "ok john@ours.example", "a user");
	is(policy, "no@ours.example", "550 5.1.1 UNKNOWN_RECIPIENT", "nobody");
	is(policy, "x@far.example", "ok", "a domain elsewhere");
	is(policy, "x@whole.example", "ok john@ours.example",
	   "one that an alias stands for");
	run_sql("DELETE FROM domains; INSERT INTO domains VALUES "
		"('far.example')");
	is(policy, "new@ours.example", "ok new@ours.example",
	   "a domain is remembered as ours");
	is(policy, "y@whole.example", "ok john@ours.example",
	   "not so elsewhere, one that an alias stands for");
	is(policy, "no@ours.example", "ok",
	   "but asked about again before nobody is refused");
	is(policy, "new@ours.example", "ok new@ours.example",
	   "this recipient is remembered, too");
	is(policy, "y@far.example", "ok",
	   "a domain is remembered as elsewhere");
	policy_free(policy);
	policy = load_domains("recipient_cache_time = 0s\n");
	is(policy, "x@far.example", "550 5.1.1 UNKNOWN_RECIPIENT",
	   "ours by now");
	run_sql("DELETE FROM domains");
	is(policy, "x@far.example", "ok", "nothing is remembered");
	policy_free(policy);
	unlink(path_of("domains.cf"));
	unlink(path_of("aliases.cf"));
}

static void
test_stale(void)
{
	struct policy *policy = load("recipient_cache_time = 0s\n"
				     "recipient_stale_time = 1s\n");
	struct timespec nap = { 1, 100000000 };

	reply(policy, "john@ours.example");
	rename(path_of("db"), path_of("away"));
	is(policy, "john@ours.example", "ok john@ours.example STALE_RECIPIENT",
	   "a stale answer, while there is no database");
	is(policy, "new@ours.example", "451 4.3.0", "none is known: later");
	is(policy, "no@ours.example", "451 4.3.0", "never that it is unknown");
	nanosleep(&nap, NULL);
	is(policy, "john@ours.example", "451 4.3.0", "too stale");
	rename(path_of("away"), path_of("db"));
	nap.tv_sec = 0;
	for (int i = 0; i < 5; i++)
		nanosleep(&nap, NULL);
	is(policy, "john@ours.example", "ok john@ours.example", "it is back");
	policy_free(policy);
}

static void
test_on_error(void)
{
	struct policy *policy = load("recipients_on_error = accept\n");

	rename(path_of("db"), path_of("away"));
	is(policy, "john@ours.example", "ok UNCHECKED",
	   "taken without look-up, if the settings say so");
	rename(path_of("away"), path_of("db"));
	policy_free(policy);
}

static void
test_limit(void)
{
	struct answers *answers = answers_new(mem, 3);
	char *box[] = { (char[]){ "box" } };
	struct virtual_answer answer = { .outcome = VIRTUAL_KNOWN,
					 .mailboxes = box,
					 .mailbox_count = 1 };
	int64_t age;

	for (const char *const *name = (const char *const[]){
		     "a", "b", "c", NULL }; *name != NULL; name++)
		answers_keep(answers, *name, &answer);
	tap_ok(answers_find(mem, answers, "a", 1000, &answer, &age), "kept");
	answers_keep(answers, "d", &answer);
	tap_ok(!answers_find(mem, answers, "b", 1000, &answer, &age),
	       "the one not used for longest has gone");
	tap_ok(answers_find(mem, answers, "a", 1000, &answer, &age),
	       "the one that was used has not");
	tap_is(answer.mailboxes[0], "box", "it has its mailbox");
	tap_ok(!answers_find(mem, answers, "a", 0, &answer, &age), "too old");
	answer.outcome = VIRTUAL_UNKNOWN;
	answers_keep(answers, "a", &answer);
	tap_ok(!answers_find(mem, answers, "a", 1000, &answer, &age),
	       "one that became unknown is dropped");
}

int
main(void)
{
	char template[] = "/tmp/isp-recip-XXXXXX";

	mem = mem_context(NULL, "test");
	log_open(LOG_TARGET_STDERR, NULL, LOG_LEVEL_ERROR);
	folder = mkdtemp(template);
	write_map("map.cf", "SELECT 1 FROM users WHERE email = '%s'");
	write_map("domains.cf", "SELECT 1 FROM domains WHERE name = '%s'");
	write_map("aliases.cf",
		  "SELECT destination FROM aliases WHERE source = '%s'");
	run_sql("CREATE TABLE users (email TEXT PRIMARY KEY); "
		"INSERT INTO users VALUES ('john@ours.example')");
	test_replies();
	test_cache();
	test_domains();
	test_stale();
	test_on_error();
	test_limit();
	unlink(path_of("map.cf"));
	unlink(path_of("db"));
	rmdir(folder);
	mem_free(mem);
	return tap_done();
}
