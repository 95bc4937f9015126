/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All metas of SpamAssassin's files, computed from the rules that hit in
 * SpamAssassin on 1250 messages: the same metas must hit with the same values.
 */
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "rule/meta.h"
#include "rule/ruleset.h"

#define RULES "/usr/share/spamassassin"
#define ORACLE "../shared/oracle/dev.tsv.xz"

static FILE *
open_xz(const char *path, pid_t *pid)
{
	int ends[2];

	if (pipe(ends) == -1)
		return NULL;
	*pid = fork();
	if (*pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("xz", "xz", "-dc", path, NULL);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

struct sums {
	size_t messages, hits, missing, extra, values;
};

static void
set_values(const struct ruleset *ruleset, double *wanted, char *names,
	   char *counts)
{
	char *rest;

	for (char *word = strtok_r(names, ", ", &rest); word != NULL;
	     word = strtok_r(NULL, ", ", &rest)) {
		struct rule *rule = ruleset_find(ruleset, word);

		if (rule != NULL)
			wanted[rule->index] = 1;
	}
	for (char *word = strtok_r(counts, ", \n", &rest); word != NULL;
	     word = strtok_r(NULL, ", \n", &rest)) {
		char *equals = strchr(word, '=');
		struct rule *rule;

		if (equals == NULL)
			continue;
		*equals = '\0';
		rule = ruleset_find(ruleset, word);
		if (rule != NULL)
			wanted[rule->index] = strtod(equals + 1, NULL);
	}
}

static void
compare_message(const struct ruleset *ruleset, const double *wanted,
		double *values, const char *message, struct sums *sums)
{
	memcpy(values, wanted, ruleset->count * sizeof(*values));
	for (size_t i = 0; i < ruleset->order_count; i++) {
		const struct rule *rule = ruleset->order[i];
		double value, other = wanted[rule->index];

		if (rule->type != RULE_META)
			continue;
		value = meta_run(rule->meta, values);
		if (value != 0 && value <= 0)
			value = 1;
		values[rule->index] = value;
		sums->hits += value != 0;
		sums->missing += value == 0 && other != 0;
		sums->extra += value != 0 && other == 0;
		sums->values += value != 0 && other != 0 &&
				fabs(value - other) > 1e-9;
		if (value != other &&
		    sums->missing + sums->extra + sums->values < 10)
			tap_note("%s: %s is %g, wanted %g", message,
				 rule->name, value, other);
	}
	sums->messages++;
}

static void
compare(void *mem, const struct ruleset *ruleset)
{
	double *wanted = mem_array(mem, double, ruleset->count);
	double *values = mem_array(mem, double, ruleset->count);
	struct sums sums = { 0 };
	char *line = NULL, *field[8];
	size_t room = 0;
	pid_t pid = -1;
	FILE *file = open_xz(ORACLE, &pid);

	while (file != NULL && getline(&line, &room, file) != -1) {
		char *rest = line;

		for (int i = 0; i < 8; i++) {
			field[i] = strsep(&rest, "\t");
			if (field[i] == NULL)
				field[i] = line + strlen(line);
		}
		memset(wanted, 0, ruleset->count * sizeof(*wanted));
		set_values(ruleset, wanted, field[2], field[6]);
		compare_message(ruleset, wanted, values, field[0], &sums);
	}
	free(line);
	if (file != NULL)
		fclose(file);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	tap_note("%zu messages, %zu hits of metas", sums.messages, sums.hits);
	tap_ok(sums.messages >= 1250, "all messages are there");
	tap_is_int((long long)sums.missing, 0, "no meta is missing");
	tap_is_int((long long)sums.extra, 0, "no meta hits in excess");
	tap_is_int((long long)sums.values, 0, "all values are the same");
}

int
main(void)
{
	static const char *const paths[] = { RULES, NULL };
	struct ruleset_source source = { .paths = paths, .no_jit = true };
	void *mem = mem_context(NULL, "test");
	struct ruleset *ruleset;
	struct stat st;

	if (stat(RULES "/72_active.cf", &st) == -1 || stat(ORACLE, &st) == -1) {
		tap_skip("stock metas: SpamAssassin's files or the reference "
			 "data are not here");
		return tap_done();
	}
	ruleset = ruleset_load(mem, &source, problems_new(mem), NULL);
	if (tap_ok(ruleset != NULL, "the rule set loads"))
		compare(mem, ruleset);
	mem_free(mem);
	return tap_done();
}
