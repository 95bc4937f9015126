/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SpamAssassin's own rule files, held against what SpamAssassin makes of them:
 * type, score, flags and priority of every rule, and which of them run.
 */
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rule/meta.h"
#include "rule/ruleset.h"

#define RULES "/usr/share/spamassassin"
#define SITE "/etc/spamassassin"
#define LOCAL "../shared/oracle/rules-local.tsv"
#define NETWORK "../shared/oracle/rules-net.tsv"

enum { NAME, TYPE, ACTIVE, SCORE, TFLAGS, PRIORITY, FUNCTION, PLUGIN, FIELDS };

struct difference {
	const char *what;
	size_t count;
};

static void
different(struct difference *difference, const char *name, const char *got,
	  const char *wanted)
{
	if (difference->count++ < 10)
		tap_note("%s: %s is %s, wanted %s", name, difference->what, got,
			 wanted);
}

static const char *
type_word(const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER_EXISTS:
		return "header";
	case RULE_HEADER_EVAL:
		return "header-eval";
	case RULE_BODY_EVAL:
		return "body-eval";
	case RULE_RAWBODY_EVAL:
		return "rawbody-eval";
	case RULE_FULL_EVAL:
		return "full-eval";
	case RULE_RBL:
		return "rbl-eval";
	default:
		return rule_type_name(rule->type);
	}
}

static bool
is_eval(const struct rule *rule)
{
	return rule->function != NULL || rule->type == RULE_ASKDNS;
}

/* One of its parts is a meta that inherited it. */
static bool
inherits_net(const struct rule *rule)
{
	for (size_t i = 0; rule->meta != NULL && i < rule->meta->depend_count;
	     i++) {
		const struct rule *part = rule->meta->depends[i];

		if (part->type == RULE_META && part->flags & RULE_NET)
			return true;
	}
	return false;
}

static void
compare_rule(void *mem, const struct ruleset *ruleset,
	     const struct rule *rule, char **field,
	     struct difference *differences)
{
	bool active = strcmp(field[ACTIVE], "1") == 0;
	double score = rule->score[ruleset->score_set];
	char *text;

	if (strcmp(type_word(rule), field[TYPE]) != 0)
		different(&differences[TYPE], rule->name, type_word(rule),
			  field[TYPE]);
	text = mem_printf(mem, "%.10g", score);
	if (fabs(score - strtod(field[SCORE], NULL)) > 1e-9)
		different(&differences[SCORE], rule->name, text, field[SCORE]);
	/* Net rules run at -100, which SpamAssassin decides later, or the
	 * plugin behind them (Pyzor, Razor2). */
	text = mem_printf(mem, "%d", rule->priority);
	if (strcmp(text, field[PRIORITY]) != 0 &&
	    !(rule->flags & RULE_NET &&
	      (rule->priority == -100 || strcmp(field[PRIORITY], "-100") == 0)))
		different(&differences[PRIORITY], rule->name, text,
			  field[PRIORITY]);
	if (rule->function != NULL && *field[FUNCTION] != '\0' &&
	    strcmp(rule->function, field[FUNCTION]) != 0)
		different(&differences[FUNCTION], rule->name, rule->function,
			  field[FUNCTION]);
	/* Evals and DNS may be known and yet not built in. */
	if (active && rule->not_run != NULL && !is_eval(rule) &&
	    rule->type != RULE_EMPTY)
		different(&differences[ACTIVE], rule->name, rule->not_run,
			  "that it runs");
	if (!active && rule->not_run == NULL)
		different(&differences[ACTIVE], rule->name, "that it runs",
			  "that it does not");
	/* Metas inherit net from their parts. SpamAssassin walks a hash, so
	 * that what comes from a meta's part's part may be lost there. */
	if (rule->flags & RULE_NET && strstr(field[TFLAGS], "net") == NULL &&
	    !inherits_net(rule))
		different(&differences[TFLAGS], rule->name, "net",
			  field[TFLAGS]);
	for (char *word = strtok_r(field[TFLAGS], " ", &text); word != NULL;
	     word = strtok_r(NULL, " ", &text)) {
		bool net = strcmp(word, "net") == 0;

		if (net ? !(rule->flags & RULE_NET) :
			  strstr(rule->tflags, word) == NULL)
			different(&differences[TFLAGS], rule->name,
				  rule->tflags, word);
	}
}

static void
compare(void *mem, const struct ruleset *ruleset, const char *path)
{
	struct difference differences[FIELDS] = {
		{ "existence", 0 }, { "type", 0 },     { "running", 0 },
		{ "score", 0 },     { "tflags", 0 },   { "priority", 0 },
		{ "function", 0 },  { "plugin", 0 },
	};
	size_t active = 0, defined = 0, compared = 0;
	char line[65536], *field[FIELDS];
	FILE *file = fopen(path, "r");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		const struct rule *rule;
		char *rest = line;

		for (int i = 0; i < FIELDS; i++) {
			field[i] = strsep(&rest, "\t\n");
			if (field[i] == NULL)
				field[i] = line + strlen(line);
		}
		compared++;
		active += strcmp(field[ACTIVE], "1") == 0;
		rule = ruleset_find(ruleset, field[NAME]);
		if (rule == NULL || !(rule->flags & RULE_DEFINED))
			different(&differences[NAME], field[NAME], "none",
				  "a rule");
		else
			compare_rule(mem, ruleset, rule, field, differences);
	}
	fclose(file);
	for (size_t i = 0; i < ruleset->count; i++)
		defined += (ruleset->rules[i]->flags & RULE_DEFINED) != 0;
	tap_note("%zu rules, %zu active", compared, active);
	tap_is_int((long long)defined, (long long)compared,
		   "as many rules are defined");
	for (int i = 0; i < PLUGIN; i++)
		tap_ok(differences[i].count == 0, "%s of all rules",
		       differences[i].what);
}

static struct ruleset *
load(void *mem, bool network, struct problems *problems)
{
	static const char *const paths[] = { RULES, SITE "/init.pre",
		SITE "/v310.pre", SITE "/v312.pre", SITE "/v320.pre",
		SITE "/v330.pre", SITE "/v340.pre", SITE "/v341.pre",
		SITE "/v342.pre", SITE "/v343.pre", SITE "/v400.pre",
		SITE "/v401.pre", NULL };
	struct ruleset_source source = { .paths = paths,
					 .network = network,
					 .no_jit = true };
	int64_t start = clock_cpu_us();
	struct ruleset *ruleset;
	struct err err = { .kind = ERR_NONE };

	ruleset = ruleset_load(mem, &source, problems, &err);
	if (!tap_ok(ruleset != NULL, "the rule set loads"))
		tap_note("%s", err.text);
	tap_note("loaded in %lld ms, %zu KB",
		 (long long)(clock_cpu_us() - start) / 1000,
		 ruleset == NULL ? 0 : mem_total(ruleset) / 1024);
	return ruleset;
}

/* Problems but those with evals that are not known, which are counted. */
static void
check_problems(void *mem, const struct problems *problems)
{
	size_t others = 0, evals = 0;

	for (size_t i = 0; i < problems->count; i++) {
		if (strstr(problems->items[i].text, ": eval ") != NULL) {
			evals++;
			continue;
		}
		if (others++ < 20)
			tap_note("%s", problem_string(mem,
						      &problems->items[i]));
	}
	tap_is_int((long long)others, 0, "nothing in the files is a problem");
	tap_note("%zu rules with evals that are not known", evals);
}

/* Each meta stands behind its parts. */
static void
check_order(void *mem, const struct ruleset *ruleset)
{
	bool *seen = mem_array(mem, bool, ruleset->count);
	size_t early = 0;

	for (size_t i = 0; i < ruleset->order_count; i++) {
		const struct rule *rule = ruleset->order[i];

		for (size_t j = 0;
		     rule->meta != NULL && j < rule->meta->depend_count; j++) {
			const struct rule *part = rule->meta->depends[j];

			early += part->not_run == NULL && !seen[part->index];
		}
		seen[rule->index] = true;
	}
	tap_is_int((long long)early, 0, "metas come after what they name");
}

static void
test_set(const char *name, bool network, const char *oracle)
{
	void *mem = mem_context(NULL, name);
	struct problems *problems = problems_new(mem);
	struct ruleset *ruleset = load(mem, network, problems);
	struct stat st;

	if (ruleset != NULL) {
		check_problems(mem, problems);
		check_order(mem, ruleset);
		if (stat(oracle, &st) == 0)
			compare(mem, ruleset, oracle);
		else
			tap_skip("rules as SpamAssassin loads them: no "
				 "reference data");
	}
	mem_free(mem);
}

int
main(void)
{
	struct stat st;

	if (stat(RULES "/72_active.cf", &st) == -1 ||
	    stat(SITE "/v401.pre", &st) == -1) {
		tap_skip("stock rules: SpamAssassin's files are not "
			 "installed");
		return tap_done();
	}
	test_set("local", false, LOCAL);
	test_set("network", true, NETWORK);
	return tap_done();
}
