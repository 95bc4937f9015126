/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rule cases cannot say: limits, time, attachments, and get(). */
#include "tap.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rule/check.h"
#include "rules.h"
#include "rule/eval.h"

static struct ruleset *
load(void *mem, const char *rules, bool no_jit)
{
	struct ruleset_source source = { .text = slice_of(rules),
					 .no_jit = no_jit };

	return rules_load(mem, &source);
}

static struct check *
check(void *mem, const struct ruleset *ruleset, struct slice mail,
      const struct check_options *options)
{
	return check_message(mem, ruleset, message_parse(mem, mail, NULL),
			     options);
}

static bool
hits(const struct check *check, const char *name)
{
	for (size_t i = 0; i < check->hit_count; i++)
		if (strcmp(check->hits[i].rule->name, name) == 0)
			return true;
	return false;
}

static void
test_runaway(void)
{
	void *mem = mem_context(NULL, "test");
	struct ruleset *ruleset = load(mem,
		"header A_GOOD Subject =~ /^x/\n"
		"full B_BAD /(?:a|aa|aaa)+$/\n"
		"full B_BAD_NOT /(?:a+)+[bc]/\n"
		"meta C_ON_BAD B_BAD\n"
		"meta C_NOT_BAD !B_BAD\n"
		"header D_GOOD exists:Subject\n", false);
	struct buf mail = BUF(mem);
	struct check *done;

	buf_text(&mail, "Subject: x\n\n");
	for (int i = 0; i < 20000; i++)
		buf_char(&mail, 'a');
	buf_text(&mail, "!");
	done = check(mem, ruleset, buf_view(&mail), NULL);
	tap_is_int((long long)done->failed, 2, "rules that run away are seen");
	tap_is(done->failures[0], "B_BAD", "and named");
	tap_ok(!hits(done, "B_BAD") && !hits(done, "B_BAD_NOT"),
	       "they do not hit");
	tap_ok(hits(done, "A_GOOD") && hits(done, "D_GOOD"),
	       "the others run as ever");
	tap_ok(!hits(done, "C_ON_BAD") && hits(done, "C_NOT_BAD"),
	       "to metas they did not hit");
	tap_ok(!done->timed_out, "time did not run out");
	mem_free(mem);
}

/* Polynomial patterns stay below the limit of steps at each place. */
static void
test_budget(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf rules = BUF(mem), mail = BUF(mem);
	struct ruleset *ruleset;
	struct check *done;
	int64_t begin;

	for (int i = 0; i < 100; i++)
		buf_printf(&rules, "full R%d /a*[0-9]/\n", i);
	ruleset = load(mem, buf_string(&rules), false);
	buf_text(&mail, "Subject: x\n\n");
	for (int i = 0; i < 200000; i++)
		buf_char(&mail, 'a');
	begin = clock_ms();
	done = check(mem, ruleset, buf_view(&mail), NULL);
	tap_note("%zu of 100 gave up after %lld ms", done->failed,
		 (long long)(clock_ms() - begin));
	tap_ok(clock_ms() - begin < 10000,
	       "many slow rules share what time there is");
	mem_free(mem);
}

static void
test_time_limit(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf rules = BUF(mem), mail = BUF(mem);
	struct check_options options = { .time_limit = 20 };
	struct ruleset *ruleset;
	struct check *done;

	buf_text(&rules, "score TIME_LIMIT_EXCEEDED 0.5\n"
			 "header TIME_LIMIT_EXCEEDED X-None =~ /never/\n");
	for (int i = 0; i < 200; i++)
		buf_printf(&rules, "full R%d /a*[0-9]/\n", i);
	buf_text(&rules, "full Z_LAST /a/\npriority Z_LAST 1000\n"
			 "meta M_LAST !Z_LAST\n");
	ruleset = load(mem, buf_string(&rules), false);
	for (int i = 0; i < 200000; i++)
		buf_char(&mail, 'a');
	done = check(mem, ruleset, buf_view(&mail), &options);
	tap_ok(done->timed_out, "the time limit holds");
	tap_ok(!hits(done, "Z_LAST") && !hits(done, "M_LAST"),
	       "what is left is not run, nor taken as not hit");
	tap_ok(hits(done, "TIME_LIMIT_EXCEEDED"), "and there is a rule for it");
	mem_free(mem);
}

static void
test_attachments(void)
{
	static const struct check_attachment list[] = {
		{ .name = "a.zip", .path = "a.zip", .declared = "x/zip",
		  .type = "application/zip" },
		{ .name = "b.exe", .path = "a.zip/b.exe", .declared = "",
		  .type = "application/x-dosexec" },
	};
	void *mem = mem_context(NULL, "test");
	struct check_options options = { .attachments = list,
					 .attachment_count = 2,
					 .explain = true };
	struct ruleset *ruleset = load(mem,
		"attachment A_NAME name =~ /\\.exe$/\n"
		"attachment A_PATH path =~ /^a\\.zip\\/b/\n"
		"attachment A_TYPE type =~ /dosexec/\n"
		"attachment A_DECLARED declared =~ /zip/\n"
		"attachment A_NONE name =~ /\\.com$/\n", false);
	struct check *done = check(mem, ruleset, SLICE("Subject: x\n\n"),
				   &options);

	tap_ok(hits(done, "A_NAME") && hits(done, "A_PATH") &&
		       hits(done, "A_TYPE") && hits(done, "A_DECLARED"),
	       "attachments match by name, path and types");
	tap_ok(!hits(done, "A_NONE"), "others do not");
	tap_is(done->hits[1].place, "attachment a.zip/b.exe",
	       "the place is the path");
	mem_free(mem);
}

static void
test_get(void)
{
	static const char mail[] =
		"Return-Path: <bounce@example.org>\n"
		"From: Joe <joe@example.org>, eve@example.org\n"
		"Received: one\nReceived: two\n\n";
	void *mem = mem_context(NULL, "test");
	struct ruleset *ruleset = load(mem, "header A exists:From\n", true);
	struct check *done = check(mem, ruleset, SLICE(mail), NULL);
	const struct slice *items;

	tap_is_slice(check_header(done, "From:addr"), "joe@example.org",
		     "get() in scalar context gives the first address");
	tap_is_int((long long)check_header_list(done, "From:addr", &items), 2,
		   "in list context all");
	tap_is_slice(items[1], "eve@example.org", "the second");
	tap_is_slice(check_header(done, "Received"), "one\ntwo\n",
		     "fields are one text");
	tap_is_slice(check_header(done, "Received:last"), "two\n",
		     "or one of them");
	tap_is_slice(check_header(done, "EnvelopeFrom"), "bounce@example.org",
		     "the sender of the envelope");
	tap_is_slice(check_header(done, "X-None"), NULL, "absent is absent");
	tap_is_slice(check_header_text(done, "X-None"), "", "or empty");
	tap_is_slice(check_header(done, "From:nonsense"),
		     "Joe <joe@example.org>, eve@example.org\n",
		     "a selector that is none is passed over");
	check_tag_set(done, "OURS", SLICE("value"));
	tap_is(check_expand(done, "[_OURS_] [_NONE_] [_HEADER(From:addr)_]"),
	       "[value] [_NONE_] [joe@example.org]", "tags are filled in");
	mem_free(mem);
}

static void
test_trace(void)
{
	void *mem = mem_context(NULL, "test");
	struct check_options options = { .trace = "A" };
	struct ruleset *ruleset = load(mem, "body A /b+/\ntflags A multiple\n"
					    "meta M A > 1\n", true);
	struct slice mail = SLICE("Subject: x\n\none\n\ntwo abbb\n");

	tap_is(check(mem, ruleset, mail, &options)->trace,
	       "body Subject: no match in \"x\\x0A\"\n"
	       "body paragraph 1: no match in \"one\\x0A\"\n"
	       "body paragraph 2: matches \"bbb\" at 5 in \"two abbb \"\n",
	       "a rule can be followed");
	options.trace = "M";
	tap_is(check(mem, ruleset, mail, &options)->trace,
	       "A: 1\nA > 1: 0\n", "a meta as well");
	options.trace = NULL;
	tap_is(check(mem, ruleset, mail, &options)->trace, "", "or none");
	mem_free(mem);
}

static void
test_states(void)
{
	void *mem = mem_context(NULL, "test");
	struct ruleset *ruleset = load(mem, "header A exists:From\n", true);
	struct check *done = check(mem, ruleset, SLICE("\n"), NULL);
	int *one = check_state(done, "one", sizeof(int));

	tap_is_int(*one, 0, "a plugin's memory is zeroed");
	*one = 7;
	check_state(done, "two", sizeof(int));
	tap_is_int(*(int *)check_state(done, "one", sizeof(int)), 7,
		   "and kept by name");
	mem_free(mem);
}

/* Values of the mail cannot end a header line. */
static void
test_injection(void)
{
	static const char mail[] =
		"Subject: =?utf-8?q?a=0D=0AX-Evil:_1=0D=0A=0D=0Ab=00c?=\n\n";
	void *mem = mem_context(NULL, "test");
	struct ruleset *ruleset = load(mem,
		"clear_headers\nadd_header all A _HEADER(Subject)_\n", true);
	struct check *done = check(mem, ruleset, SLICE(mail), NULL);
	struct check_header_line *lines;
	size_t count = check_headers(done, &lines), bad = 0;

	for (size_t i = 0; i < count; i++)
		for (const char *at = lines[i].value; *at != '\0'; at++)
			bad += (*at == '\n' && at[1] != '\t') || *at == '\r' ||
			       (*at < ' ' && *at != '\n' && *at != '\t');
	tap_is_int((long long)bad, 0, "no line of a header is the mail's");
	tap_note("%s", str_escape(mem, slice_of(lines[count - 1].value), 200));
	mem_free(mem);
}

static void
test_evals(void)
{
	const char *plugin = NULL;
	size_t evals = 0;

	tap_ok(eval_find("check_rbl", &plugin) != NULL &&
		       strcmp(plugin, "DNSEval") == 0,
	       "an eval is found by name, and its plugin");
	tap_ok(eval_find("check_nonsense", NULL) == NULL, "others are not");
	for (size_t i = 0; eval_plugins[i].name != NULL; i++) {
		const struct eval *eval = eval_plugins[i].missing;

		for (; eval != NULL && eval->name != NULL; eval++, evals++)
			if (eval->run != NULL || eval->why == NULL)
				tap_ok(false, "%s says why", eval->name);
		eval = eval_plugins[i].evals;
		for (; eval != NULL && eval->name != NULL; eval++, evals++)
			if (eval->run == NULL)
				tap_ok(false, "%s runs", eval->name);
	}
	tap_ok(evals >= 181, "%zu evals are known", evals);
}

int
main(void)
{
	test_runaway();
	test_budget();
	test_time_limit();
	test_attachments();
	test_get();
	test_trace();
	test_states();
	test_injection();
	test_evals();
	return tap_done();
}
