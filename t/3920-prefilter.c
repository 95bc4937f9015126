/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Speed never changes a verdict: stock rules over the public corpus, with the
 * prefilter and without it, and with sub-rules that wait until they are needed.
 * Every 20th mail; ISPFILTER_PREFILTER=N: every Nth.
 */
#include "tap.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rule/check.h"

#define RULES "/usr/share/spamassassin"
#define SITE "/etc/spamassassin"
#define SAMPLE 20
#define TIMES 5
#define NAMED 10 /* mails that differ */

struct comparison {
	void *mem;
	const struct ruleset *ruleset;
	struct regex_scratch *scratch;
	size_t mails, hits, differ;
	size_t waited; /* hits of sub-rules that nothing depended on */
	int64_t with, without; /* microseconds */
};

static struct slice
read_file(const char *path)
{
	struct slice text = SLICE_NONE;
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0)
		return text;
	text.len = (size_t)st.st_size;
	text.data = mmap(NULL, text.len, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return text;
}

static const struct check *
run_lazy(struct comparison *all, void *mem, struct slice text)
{
	struct check_options options = { .scratch = all->scratch,
					 .lazy = true };

	return check_message(mem, all->ruleset, message_parse(mem, text, NULL),
			     &options);
}

static const struct check *
run(struct comparison *all, void *mem, struct slice text, bool without)
{
	struct check_options options = { .scratch = all->scratch,
					 .no_prefilter = without };
	int64_t begin = clock_us();
	const struct check *check =
		check_message(mem, all->ruleset,
			      message_parse(mem, text, NULL), &options);

	*(without ? &all->without : &all->with) += clock_us() - begin;
	return check;
}

static bool
same(const struct check *a, const struct check *b)
{
	if (a->hit_count != b->hit_count || a->score != b->score ||
	    a->failed != b->failed)
		return false;
	for (size_t i = 0; i < a->hit_count; i++)
		if (a->hits[i].rule != b->hits[i].rule ||
		    a->hits[i].value != b->hits[i].value)
			return false;
	return memcmp(a->states, b->states, a->ruleset->count) == 0;
}

/* The next hit of a rule that is no sub-rule, or NULL. */
static const struct check_hit *
next_told(const struct check *check, size_t *at)
{
	while (*at < check->hit_count &&
	       check->hits[*at].rule->flags & RULE_SUBRULE)
		++*at;
	return *at < check->hit_count ? &check->hits[(*at)++] : NULL;
}

/* But for sub-rules. */
static bool
same_told(const struct check *a, const struct check *b)
{
	const struct check_hit *one, *two;
	size_t at_a = 0, at_b = 0;

	do {
		one = next_told(a, &at_a);
		two = next_told(b, &at_b);
		if (one != NULL && two != NULL &&
		    (one->rule != two->rule || one->value != two->value))
			return false;
	} while (one != NULL && two != NULL);
	return one == two && a->score == b->score;
}

/* Rules that one of the two has and the other has not. */
static void
tell(const struct check *a, const struct check *b, const char *whose)
{
	for (size_t i = 0; i < a->ruleset->count; i++) {
		const struct rule *rule = a->ruleset->rules[i];

		if (a->values[i] != b->values[i] && a->values[i] != 0)
			tap_note("  %s hits %s", rule->name, whose);
		else if (a->states[i] > b->states[i])
			tap_note("  %s is known %s", rule->name, whose);
	}
	for (size_t i = 0; i < a->failed; i++)
		tap_note("  %s fails %s", a->failures[i], whose);
}

/* On a busy machine a rule may run out of its time, and then counts as not hit:
 * what comes of that is gone when it is tried again. */
static void
compare(struct comparison *all, const char *path)
{
	void *mem = mem_context(NULL, "mail");
	struct slice text = read_file(path);
	const struct check *with = NULL, *without = NULL, *lazy;
	bool alike = false;

	for (unsigned i = 0; i < TIMES && !alike; i++) {
		with = run(all, mem, text, false);
		without = run(all, mem, text, true);
		lazy = run_lazy(all, mem, text);
		alike = same(with, without) && same_told(with, lazy);
		all->waited += with->hit_count - lazy->hit_count;
	}
	all->mails++;
	all->hits += without->hit_count;
	if (!alike && all->differ++ < NAMED) {
		tap_note("%s: %zu hits, %zu without", path, with->hit_count,
			 without->hit_count);
		tell(with, without, "with it");
		tell(without, with, "without it");
	}
	mem_free(mem);
	munmap((void *)text.data, text.len);
}

static void
compare_all(struct comparison *all, const char *corpus, size_t step)
{
	char *pattern = mem_printf(all->mem, "%s/*/*.txt", corpus);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i += step)
		compare(all, found.gl_pathv[i]);
	globfree(&found);
}

int
main(void)
{
	static const char *const paths[] = { RULES, SITE, NULL };
	struct comparison all = { .mem = mem_context(NULL, "test") };
	struct ruleset_source source = { .paths = paths };
	const char *every = getenv("ISPFILTER_PREFILTER");
	const char *corpus = getenv("ISPFILTER_CORPUS");
	struct err err;

	all.scratch = regex_scratch_new(all.mem);
	all.ruleset = ruleset_load(all.mem, &source, problems_new(all.mem),
				   &err);
	if (all.ruleset == NULL) {
		tap_skip("the rules of SpamAssassin are not installed");
		return tap_done();
	}
	compare_all(&all, corpus != NULL ? corpus : "build/corpus",
		    every != NULL && strtoul(every, NULL, 10) > 0
			    ? strtoul(every, NULL, 10)
						     : SAMPLE);
	if (all.mails == 0) {
		tap_skip("the corpus is not there (t/fetch-corpus)");
		return tap_done();
	}
	tap_note("%zu mails, %zu hits (%zu not needed), %.2f ms a mail, %.2f "
		 "without", all.mails, all.hits, all.waited,
		 (double)all.with / 1000 / (double)all.mails,
		 (double)all.without / 1000 / (double)all.mails);
	tap_is_int((long long)all.differ, 0,
		   "the prefilter changes nothing, nor does waiting");
	mem_free(all.mem);
	return tap_done();
}
