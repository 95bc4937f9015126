/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stock rules over real mail, held against the hits that SpamAssassin 4.0.1
 * gave: every 12th message of the reference, or all with ISPFILTER_PARITY=all,
 * or every Nth with ISPFILTER_PARITY=N. Rules that use captures (SpamAssassin
 * keeps the first message's) are not counted.
 *
 * What is left must agree as often as parity_bars says, type by type. These
 * bars are measured, and are only ever raised: to what this test prints, as
 * soon as it prints more.
 */
#include "tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rule/check.h"
#include "rule/meta.h"

#define RULES "/usr/share/spamassassin"
#define SITE "/etc/spamassassin"
#define REFERENCE "../shared/oracle/dev.tsv.xz"
#define LOCAL "../shared/tools/sa-oracle.local.cf"
#define SAMPLE 12
#define NAMED 15 /* rules that differ, by type */

enum { WANTED = 1, GOT = 2 };

/* Hits that agree, in a thousand. Metas over rules with captures are among the
 * metas. */
static const unsigned parity_bars[RULE_TYPES] = {
	[RULE_HEADER] = 1000,
	[RULE_HEADER_EXISTS] = 1000,
	[RULE_HEADER_EVAL] = 1000,
	[RULE_BODY] = 1000,
	[RULE_BODY_EVAL] = 1000,
	[RULE_RAWBODY_EVAL] = 1000,
	[RULE_RAWBODY] = 1000,
	[RULE_FULL] = 1000,
	[RULE_URI] = 1000,
	[RULE_MIMEHEADER] = 1000,
	[RULE_META] = 990,
};

struct tally {
	size_t agreed, missing, extra, values;
};

struct parity {
	void *mem;
	struct ruleset *ruleset;
	struct regex_scratch *scratch;
	const char *corpus;
	bool *loose; /* by rule index: cannot be compared */
	struct tally *rules; /* by rule index */
	uint8_t *marks;
	double *values;
	size_t messages, exact, failed, slow;
	int64_t us, parse_us, worst;
	double score_difference;
};

static struct slice
parity_read(void *mem, const char *path)
{
	struct buf text = BUF(mem);
	int fd = open(path, O_RDONLY);
	char part[16384];
	ssize_t n;

	if (fd < 0)
		return SLICE_NONE;
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(&text, part, (size_t)n);
	close(fd);
	return text.len == 0 ? SLICE("") : buf_view(&text);
}

/* xz as a child: the reference is the only thing that is packed so. */
static struct slice
parity_unpack(void *mem, const char *path)
{
	struct buf text = BUF(mem);
	char part[16384];
	int ends[2];
	ssize_t n;

	if (pipe(ends) != 0)
		return SLICE_NONE;
	if (fork() == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("xz", "xz", "-dc", path, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((n = read(ends[0], part, sizeof(part))) > 0)
		buf_add(&text, part, (size_t)n);
	close(ends[0]);
	return buf_view(&text);
}

static struct ruleset *
parity_load(void *mem)
{
	static const char *const paths[] = {
		SITE "/init.pre", SITE "/v310.pre", SITE "/v312.pre",
		SITE "/v320.pre", SITE "/v330.pre", SITE "/v340.pre",
		SITE "/v341.pre", SITE "/v342.pre", SITE "/v343.pre",
		SITE "/v400.pre", SITE "/v401.pre", RULES, LOCAL, NULL,
	};
	struct ruleset_source source = { .paths = paths };
	struct problems *problems = problems_new(mem);
	struct err err = { 0 };
	int64_t begin = clock_ms();
	struct ruleset *ruleset = ruleset_load(mem, &source, problems, &err);

	if (ruleset == NULL)
		tap_note("%s", err.text);
	else
		tap_note("%zu rules, %zu run, loaded in %lld ms, %zu problems",
			 ruleset->count, ruleset->order_count,
			 (long long)(clock_ms() - begin), problems->count);
	return ruleset;
}

/* A rule that does not run for a reason of ours, or depends on one. */
static bool
parity_is_ours(const struct rule *rule)
{
	return rule->not_run != NULL && rule->flags & RULE_DEFINED &&
	       strcmp(rule->not_run, "score 0") != 0 &&
	       strcmp(rule->not_run, "needs the network") != 0 &&
	       strcmp(rule->not_run, "needs Bayes") != 0;
}

static void
parity_find_loose(struct parity *parity)
{
	struct ruleset *ruleset = parity->ruleset;
	bool changed = true;

	for (size_t i = 0; i < ruleset->count; i++)
		parity->loose[i] = parity_is_ours(ruleset->rules[i]) ||
				   ruleset->rules[i]->uses_captures;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < ruleset->count; i++) {
			const struct meta *meta = ruleset->rules[i]->meta;

			for (size_t k = 0; meta != NULL && !parity->loose[i] &&
					   k < meta->depend_count; k++)
				if (parity->loose[meta->depends[k]->index])
					changed = parity->loose[i] = true;
		}
	}
}

static struct rule *
parity_rule(struct parity *parity, struct slice name)
{
	char text[200];

	if (name.len >= sizeof(text))
		return NULL;
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	return ruleset_find(parity->ruleset, text);
}

static void
parity_wanted(struct parity *parity, struct slice hits, struct slice values)
{
	struct slice word;
	struct rule *rule;

	memset(parity->marks, 0, parity->ruleset->count);
	while (slice_word(&hits, ",", &word)) {
		rule = parity_rule(parity, word);
		if (rule == NULL)
			continue;
		parity->marks[rule->index] |= WANTED;
		parity->values[rule->index] = 1;
	}
	while (slice_word(&values, ",", &word)) {
		size_t at = slice_find(word, 0, '=');

		rule = parity_rule(parity, slice_cut(word, 0, at));
		if (rule != NULL)
			parity->values[rule->index] =
				strtod(word.data + at + 1, NULL);
	}
}

static void
parity_compare(struct parity *parity, const struct check *check)
{
	bool exact = true;

	for (size_t i = 0; i < check->hit_count; i++)
		parity->marks[check->hits[i].rule->index] |= GOT;
	for (size_t i = 0; i < parity->ruleset->count; i++) {
		struct tally *tally = &parity->rules[i];

		if (parity->marks[i] == (WANTED | GOT)) {
			tally->agreed++;
			if (parity->values[i] != check->values[i])
				tally->values++;
		}
		tally->missing += parity->marks[i] == WANTED;
		tally->extra += parity->marks[i] == GOT;
		exact = exact && (parity->marks[i] == 0 ||
				  parity->marks[i] == (WANTED | GOT));
	}
	parity->exact += exact;
}

static void
parity_message(struct parity *parity, struct slice line)
{
	void *mem = mem_context(parity->mem, "message");
	struct check_options options = { .scratch = parity->scratch };
	struct slice fields[8] = { { NULL, 0 } };
	struct message *message;
	struct check *check;
	struct slice text;
	int64_t begin, took;

	for (size_t i = 0, at = 0; i < 7; i++) {
		size_t end = slice_find(line, at, '\t');

		fields[i] = slice_trim(slice_cut(line, at, end));
		at = end + 1;
	}
	text = parity_read(mem, mem_printf(mem, "%s/%.*s", parity->corpus,
					   (int)fields[0].len - 5,
					   fields[0].data + 5));
	if (text.data != NULL) {
		parity_wanted(parity, fields[2], fields[6]);
		begin = clock_cpu_us();
		message = message_parse(mem, text, NULL);
		took = clock_cpu_us();
		parity->parse_us += took - begin;
		check = check_message(mem, parity->ruleset, message, &options);
		took = clock_cpu_us() - took;
		parity->us += took;
		parity->worst = took > parity->worst ? took : parity->worst;
		parity->failed += check->failed;
		for (size_t i = 0; i < check->failed; i++)
			tap_note("%s: %.*s ran into a limit",
				 check->failures[i], (int)fields[0].len,
				 fields[0].data);
		parity->messages++;
		parity_compare(parity, check);
		if (getenv("ISPFILTER_PARITY_RULE") != NULL) {
			struct rule *rule = parity_rule(
				parity, slice_of(getenv("ISPFILTER_PARITY_"
							"RULE")));

			if (rule != NULL &&
			    (parity->marks[rule->index] == WANTED ||
			     parity->marks[rule->index] == GOT ||
			     (parity->marks[rule->index] == (WANTED | GOT) &&
			      parity->values[rule->index] !=
				      check->values[rule->index])))
				tap_note("%s %s %.*s %g %g", rule->name,
					 parity->marks[rule->index] == WANTED
						 ? "missing"
						 : "extra",
					 (int)fields[0].len, fields[0].data,
					 parity->values[rule->index],
					 check->values[rule->index]);
		}
	}
	mem_free(mem);
}

static void
parity_names(const struct parity *parity, enum rule_type type, bool loose)
{
	size_t named = 0;

	for (size_t i = 0; i < parity->ruleset->count; i++) {
		const struct tally *tally = &parity->rules[i];
		const struct rule *rule = parity->ruleset->rules[i];

		if (rule->type != type || parity->loose[i] != loose ||
		    tally->missing + tally->extra + tally->values == 0)
			continue;
		if (named++ == NAMED)
			break;
		tap_note("  %s: missing %zu, extra %zu, value %zu, agreed %zu",
			 rule->name, tally->missing, tally->extra,
			 tally->values, tally->agreed);
	}
}

static struct tally
parity_sum(const struct parity *parity, enum rule_type type, bool loose)
{
	struct tally sum = { 0 };

	for (size_t i = 0; i < parity->ruleset->count; i++) {
		const struct tally *tally = &parity->rules[i];

		if (parity->ruleset->rules[i]->type != type ||
		    parity->loose[i] != loose ||
		    parity->ruleset->rules[i]->uses_captures)
			continue;
		sum.agreed += tally->agreed;
		sum.missing += tally->missing;
		sum.extra += tally->extra;
		sum.values += tally->values;
	}
	return sum;
}

static void
parity_type(const struct parity *parity, enum rule_type type)
{
	struct tally loose = parity_sum(parity, type, true);
	struct tally sum = parity_sum(parity, type, false);
	size_t same = sum.agreed - sum.values + loose.agreed - loose.values;
	size_t all = sum.agreed + sum.missing + sum.extra + loose.agreed +
		     loose.missing + loose.extra;

	if (all == 0)
		return;
	if (loose.agreed + loose.missing + loose.extra > 0)
		tap_note("%s over what does not run here: agreed %zu, "
			 "missing %zu, extra %zu, value %zu",
			 rule_type_name(type), loose.agreed, loose.missing,
			 loose.extra, loose.values);
	tap_ok(same * 1000 >= all * parity_bars[type],
	       "%s: agreed %zu, missing %zu, extra %zu, value %zu; %zu in a "
	       "thousand of all, and %u are asked for",
	       rule_type_name(type), sum.agreed, sum.missing, sum.extra,
	       sum.values, same * 1000 / all, parity_bars[type]);
	parity_names(parity, type, false);
}

static void
parity_report(const struct parity *parity)
{
	size_t n = parity->messages != 0 ? parity->messages : 1;

	tap_note("%zu messages, %zu with the very same hits; parse %.2f ms, "
		 "check %.2f ms of CPU each, at most %.1f ms",
		 parity->messages, parity->exact,
		 (double)parity->parse_us / 1000 / (double)n,
		 (double)parity->us / 1000 / (double)n,
		 (double)parity->worst / 1000);
	for (int type = 0; type < RULE_TYPES; type++)
		parity_type(parity, (enum rule_type)type);
	tap_is_int((long long)parity->failed, 0, "no rule ran into a limit");
}

static size_t
parity_step(void)
{
	const char *every = getenv("ISPFILTER_PARITY");
	int64_t step;

	if (every == NULL)
		return SAMPLE;
	return str_int64(every, &step) && step > 0 ? (size_t)step : 1;
}

static const char *
parity_absent(const char *corpus)
{
	if (access(RULES "/10_default_prefs.cf", R_OK) != 0)
		return "SpamAssassin's rules are not installed";
	if (access(REFERENCE, R_OK) != 0 || access(LOCAL, R_OK) != 0)
		return "no reference in ../shared/oracle";
	if (access(corpus, R_OK) != 0)
		return "no corpus (t/fetch-corpus)";
	return NULL;
}

int
main(void)
{
	struct parity parity = { .mem = mem_context(NULL, "parity") };
	size_t step = parity_step(), n = 0;
	struct slice rest, line;

	parity.corpus = getenv("ISPFILTER_CORPUS");
	if (parity.corpus == NULL)
		parity.corpus = "build/corpus";
	if (parity_absent(parity.corpus) != NULL) {
		tap_skip(parity_absent(parity.corpus));
		return tap_done();
	}
	parity.ruleset = parity_load(parity.mem);
	rest = parity_unpack(parity.mem, REFERENCE);
	if (!tap_ok(parity.ruleset != NULL && rest.len > 0,
		    "the rules and the reference are there"))
		return tap_done();
	n = parity.ruleset->count;
	parity.scratch = regex_scratch_new(parity.mem);
	parity.loose = mem_array(parity.mem, bool, n);
	parity.rules = mem_array(parity.mem, struct tally, n);
	parity.marks = mem_array(parity.mem, uint8_t, n);
	parity.values = mem_array(parity.mem, double, n);
	parity_find_loose(&parity);
	for (n = 0; slice_line(&rest, &line); n++)
		if (n % step == 0)
			parity_message(&parity, line);
	parity_report(&parity);
	mem_free(parity.mem);
	return tap_done();
}
