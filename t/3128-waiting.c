/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sub-rules that nothing depends on are not run; the rest stays the same. */
#include "tap.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rules.h"
#include "wrap/dns_source.h"

static struct ruleset *
load(void *mem, const char *rules)
{
	struct ruleset_source source = { .text = slice_of(rules),
					 .network = true };

	return rules_load(mem, &source);
}

/* Names of hits; with sub-rules, or without. */
static const char *
names(void *mem, const struct check *check, bool subrules)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < check->hit_count; i++)
		if (subrules || !(check->hits[i].rule->flags & RULE_SUBRULE))
			buf_printf(&out, "%s%s", out.len == 0 ? "" : " ",
				   check->hits[i].rule->name);
	return out.len == 0 ? "" : buf_string(&out);
}

static const struct check *
run(void *mem, const struct ruleset *ruleset, const char *body, bool lazy)
{
	struct check_options options = { .lazy = lazy };
	const char *mail = mem_printf(mem, "Subject: s\n\n%s\n", body);

	return check_message(mem, ruleset,
			     message_parse(mem, slice_of(mail), NULL),
			     &options);
}

static void
is(const char *rules, const char *body, const char *wanted)
{
	void *mem = mem_context(NULL, "test");
	const struct ruleset *ruleset = load(mem, rules);
	const struct check *all = run(mem, ruleset, body, false);
	const struct check *lazy = run(mem, ruleset, body, true);

	tap_is(names(mem, lazy, true), wanted, body);
	tap_is(names(mem, lazy, false), names(mem, all, false),
	       "the same without sub-rules");
	tap_ok(lazy->score == all->score, "and the same score");
	mem_free(mem);
}

static void
test_cases(void)
{
	is("body __A /alpha/\n", "alpha", ""); /* nothing asks for it */
	is("body __A /alpha/\nbody B /beta/\n", "alpha beta", "B");
	is("body __A /alpha/\nmeta M __A\n", "alpha", "M __A");
	is("body __A /alpha/\nbody __B /beta/\nmeta M __A && __B\n",
	   "alpha", "");
	is("body __A /alpha/\nbody __B /beta/\nmeta M __A && __B\n",
	   "alpha beta", "M __A __B");
	is("body __A /alpha/\nbody B /beta/\nmeta M __A && B\n", "alpha", "");
	is("body __A /alpha/\nbody __B /beta/\nbody C /gamma/\n"
	   "meta __D __A || __B\nmeta M __D && C\n",
	   "alpha beta", "");
	is("body __A /alpha/\nbody __B /beta/\nbody C /gamma/\n"
	   "meta __D __A || __B\nmeta M __D && C\n",
	   "alpha beta gamma", "C M __A __D");
	is("body __A /alpha/\nbody __B /beta/\nmeta __C __A\n"
	   "meta __D __C && !__B\nmeta M __D\nmeta N !__D\n",
	   "alpha", "M __A __C __D");
	is("body __A /alpha/\nbody __B /beta/\nbody __C /gamma/\n"
	   "meta M __A + __B + __C > 2\n",
	   "alpha beta", "");
	is("body __A /alpha/\ntflags __A multiple maxhits=5\n"
	   "meta M __A > 2\n",
	   "alpha alpha alpha", "M __A");
	is("header __A Subject =~ /s/\nheader __B Subject !~ /x/\n"
	   "meta M __A && __B\n", "x", "M __A __B");
	is("body __A /(?<WORD>alpha)/\n", "alpha", "__A"); /* sets a tag */
	is("body __A /alpha/\nmeta M __A && NOT_THERE\nmeta N !M\n", "alpha",
	   "N");
	/* Without a score it is never known where it is true. */
	is("body __A /alpha/\nmeta __Z __A\nscore __Z 0\nmeta M !__Z\n",
	   "alpha", "__A");
}

/* As the hits of all mails: rules of few words, mails of few words. */
static unsigned
draw(unsigned below)
{
	static uint32_t state = 7;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % below;
}

#define BODIES 5
#define METAS 8

static void
draw_operand(struct buf *rules, unsigned metas)
{
	if (draw(4) == 0)
		buf_char(rules, '!');
	if (metas > 0 && draw(2) == 0) {
		unsigned which = draw(metas);

		buf_printf(rules, "%sM%u", which % 2 ? "__" : "", which);
		return;
	}
	buf_printf(rules, "__B%u", draw(BODIES));
}

static const char *
draw_rules(void *mem)
{
	static const char *const operators[] = {
		"&&", "&&", "||", "+", "-", ">", "<", "==",
	};
	struct buf rules = BUF(mem);

	for (unsigned i = 0; i < BODIES; i++)
		buf_printf(&rules, "body __B%u /word%u/\n%s", i, i,
			   i == 0 ? "tflags __B0 multiple\n" : "");
	for (unsigned i = 0; i < METAS; i++) {
		unsigned left = draw(4);

		buf_printf(&rules, "meta %sM%u %.*s", i % 2 ? "__" : "", i,
			   (int)left, "((((");
		draw_operand(&rules, i);
		for (; left > 0; left--) {
			buf_printf(&rules, " %s ", operators[draw(8)]);
			draw_operand(&rules, i);
			buf_char(&rules, ')');
		}
		buf_char(&rules, '\n');
		if (draw(6) == 0)
			buf_printf(&rules, "score %sM%u 0\n",
				   i % 2 ? "__" : "", i);
	}
	return buf_string(&rules);
}

static void
test_random(void)
{
	size_t wrong = 0, left_out = 0;

	for (size_t i = 0; i < 2000; i++) {
		void *mem = mem_context(NULL, "test");
		const char *rules = draw_rules(mem);
		const struct ruleset *ruleset = load(mem, rules);
		struct buf body = BUF(mem);
		const struct check *all, *lazy;

		for (unsigned k = draw(7); k > 0; k--)
			buf_printf(&body, "word%u ", draw(BODIES));
		buf_char(&body, '.');
		all = run(mem, ruleset, buf_string(&body), false);
		lazy = run(mem, ruleset, buf_string(&body), true);
		left_out += all->hit_count - lazy->hit_count;
		if ((strcmp(names(mem, all, false), names(mem, lazy, false)) ||
		     all->score != lazy->score) &&
		    wrong++ < 3)
			tap_note("%s\n%s\n%s\n%s", rules, buf_string(&body),
				 names(mem, all, true), names(mem, lazy, true));
		mem_free(mem);
	}
	tap_is_int((long long)wrong, 0, "2,000 rule sets");
	tap_ok(left_out > 1000, "%zu hits were not needed", left_out);
}

/* Who tells of sub-rules has them all. */
static void
test_told(void)
{
	void *mem = mem_context(NULL, "test");
	struct check_options explain = { .lazy = true, .explain = true };
	const struct ruleset *ruleset = load(mem, "body __A /alpha/\n");
	const struct check *check = check_message(
		mem, ruleset,
		message_parse(mem, SLICE("Subject: s\n\nalpha\n"), NULL),
		&explain);

	tap_is(names(mem, check, true), "__A", "with --explain all are run");
	tap_ok(!ruleset->settings.tells_subrules, "no template tells of them");
	ruleset = load(mem, "add_header all Sub _SUBTESTS(,)_\n");
	tap_ok(ruleset->settings.tells_subrules, "this one does");
	mem_free(mem);
}

#define SLOW 600000 /* microseconds: more than all rules have beyond theirs */

static void
slow_ask(struct dns_source *source, struct dns *dns,
	 struct dns_question *question)
{
	(void)source;
	(void)dns;
	(void)question;
}

static void
slow_wait(struct dns_source *source, struct dns *dns,
	  struct dns_question *question, int64_t deadline)
{
	(void)source;
	if (deadline == 0)
		return;
	usleep(SLOW);
	dns_settle(question, DNS_NXDOMAIN, "");
}

/* A letter that a list is asked about, which takes its time. */
static const struct check *
run_slow(void *mem, const char *rules, int64_t time_limit)
{
	static struct dns_source slow = { slow_ask, slow_wait };
	struct dns *dns = dns_new(mem, &slow, 5000);
	struct check_options options = { .lazy = true,
					 .dns = dns,
					 .time_limit = time_limit };
	const struct ruleset *ruleset =
		load(mem, mem_printf(mem,
				     "header NET eval:check_rbl('late', "
				     "'late.test.')\ntflags NET net\n%s",
				     rules));
	struct buf mail = BUF(mem);

	buf_text(&mail, "Received: from a.test (a.test [5.6.7.8]) by b.test; "
			"Mon, 1 Jan 2024 00:00:00 +0000\nSubject: s\n\n");
	for (int i = 0; i < 2000; i++)
		buf_char(&mail, 'x');
	buf_text(&mail, " alpha\n");
	dns_begin(dns);
	return check_message(mem, ruleset,
			     message_parse(mem, buf_view(&mail), NULL),
			     &options);
}

/* What the DNS took is not held against rules that waited meanwhile. */
static void
test_slow_dns(void)
{
	void *mem = mem_context(NULL, "test");
	const struct check *check =
		run_slow(mem, "body __A /x alpha/\nmeta M __A\n", 0);

	tap_is(names(mem, check, true), "M __A", "after a slow answer");
	tap_is_int((long long)check->failed, 0, "no rule runs into a limit");
	tap_ok(!check->timed_out, "nor do all");
	mem_free(mem);
}

/* What there is no time for any more is not known, and did not fail to hit. */
static void
test_no_time(void)
{
	void *mem = mem_context(NULL, "test");
	const struct check *check = run_slow(
		mem,
		"body __A /x alpha/\nbody B /alpha/\nmeta M !__A\n"
		"meta __N !__A && B\nmeta O !__N\nmeta P !M\n"
		"meta Q __A || B\n",
		SLOW / 2000);

	tap_is(names(mem, check, true), "B Q", "only what is told without");
	tap_ok(check->timed_out, "the time is over");
	for (size_t i = 0; i < check->ruleset->count; i++)
		if (strcmp(check->ruleset->rules[i]->name, "O") == 0 ||
		    strcmp(check->ruleset->rules[i]->name, "__A") == 0)
			tap_is_int(check->states[i], CHECK_UNKNOWN, "unknown");
	mem_free(mem);
}

int
main(void)
{
	test_cases();
	test_slow_dns();
	test_no_time();
	test_random();
	test_told();
	return tap_done();
}
