/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/meta.h"

#include <string.h>

#include "base/mem.h"
#include "rule/names.h"

#define META_BYTES (1 << 20) /* of an expression, rules_matching() expanded */
#define META_NAMES_MATCHED 2000000 /* by rules_matching() of all metas */

struct meta_reader {
	struct ruleset *ruleset;
	struct rule *rule;
	struct problems *problems;
	struct meta *meta;
	struct names *seen; /* of depends */
	void *mem; /* goes when the meta is compiled */
};

/* GLOB with * and ?; linear but for the last *, which is enough. */
static bool
meta_glob(const char *glob, const char *name)
{
	const char *star = NULL, *resume = NULL;

	while (*name != '\0') {
		if (*glob == '*') {
			star = glob++;
			resume = name;
		} else if (*glob == '?' || *glob == *name) {
			glob++;
			name++;
		} else if (star != NULL) {
			glob = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

/* "A+B+C", every rule with a score that the glob names but the meta itself. */
static void
meta_expand(const struct meta_reader *reader, struct slice glob,
	    struct buf *out)
{
	struct ruleset *ruleset = reader->ruleset;
	const char *pattern = slice_string(reader->mem, slice_trim(glob));
	size_t before = out->len;

	ruleset->names_matched += ruleset->count;
	buf_text(out, " (");
	for (size_t i = 0; i < ruleset->count && out->len <= META_BYTES; i++) {
		const struct rule *rule = ruleset->rules[i];

		if (rule == reader->rule || !meta_glob(pattern, rule->name) ||
		    !(rule->flags & (RULE_DEFINED | RULE_HAS_SCORE)))
			continue;
		buf_text(out, out->len == before + 2 ? "" : "+");
		buf_text(out, rule->name);
	}
	if (out->len == before + 2)
		buf_char(out, '0');
	buf_text(out, ") ");
}

/* The expression with rules_matching(GLOB) expanded. */
static const char *
meta_expanded(const struct meta_reader *reader)
{
	static const char call[] = "rules_matching(";
	struct buf out = BUF(reader->mem);
	const char *at = reader->rule->expression, *found;

	while ((found = strstr(at, call)) != NULL && out.len <= META_BYTES &&
	       reader->ruleset->names_matched <= META_NAMES_MATCHED) {
		const char *glob = found + sizeof(call) - 1;
		size_t len = strcspn(glob, ")");

		if (glob[len] == '\0')
			break;
		buf_add(&out, at, (size_t)(found - at));
		meta_expand(reader, (struct slice){ glob, len }, &out);
		at = glob + len + 1;
	}
	buf_text(&out, at);
	return buf_string(&out);
}

static void
meta_depend(struct meta_reader *reader, struct rule *rule)
{
	struct meta *meta = reader->meta;

	if (names_get(reader->seen, rule->name) != NULL)
		return;
	names_set(reader->seen, rule->name, rule);
	mem_grow(meta, meta->depends, meta->depend_count);
	meta->depends[meta->depend_count++] = rule;
}

static int
meta_resolve(void *context, struct slice name, struct slice argument,
	     struct expression_step *step, struct err *err)
{
	struct meta_reader *reader = context;
	struct ruleset *ruleset = reader->ruleset;
	char *text = slice_string(reader->mem, name);
	struct rule *rule;

	if (strcmp(text, "local_tests_only") == 0) {
		step->op = EXPRESSION_NUMBER;
		step->of.number = (ruleset->score_set & 1) == 0;
		return 0;
	}
	rule = ruleset_find(ruleset, text);
	if (rule == NULL) {
		if (name.len > RULE_NAME_BYTES)
			return err_config(err, "the name %.30s... is too long",
					  text);
		rule = ruleset_add(ruleset, text);
	}
	if (ruleset->lint && !(rule->flags & RULE_DEFINED) &&
	    names_get(reader->seen, rule->name) == NULL)
		problem_add(reader->problems, PROBLEM_WARNING,
			    reader->rule->file, reader->rule->line,
			    "%s: %s is not defined", reader->rule->name,
			    rule->name);
	meta_depend(reader, rule);
	step->op = EXPRESSION_VALUE;
	step->of.index = rule->index;
	return 0;
}

/* "()" declares a rule that something else sets. */
static bool
meta_is_empty(const char *text)
{
	struct slice trimmed = slice_trim(slice_of(text));

	return trimmed.len >= 2 && trimmed.data[0] == '(' &&
	       trimmed.data[strspn(trimmed.data + 1, " \t") + 1] == ')' &&
	       strspn(trimmed.data + 1, " \t") + 2 == trimmed.len;
}

/* Every name and every rules_matching() will do. */
static int
meta_resolve_any(void *context, struct slice name, struct slice argument,
		 struct expression_step *step, struct err *err)
{
	step->op = EXPRESSION_NUMBER;
	step->of.number = 0;
	return 0;
}

bool
meta_is_valid(const char *expression, struct err *err)
{
	struct ruleset none = { .count = 0 };
	struct rule rule = { .expression = expression };
	struct meta_reader reader = {
		.ruleset = &none,
		.rule = &rule,
		.mem = mem_context(NULL, "meta_is_valid"),
	};
	const char *text = meta_expanded(&reader);
	bool valid = meta_is_empty(text) ||
		     expression_compile(reader.mem, text, NULL,
					meta_resolve_any, NULL, err) != NULL;

	mem_free(reader.mem);
	return valid;
}

int
meta_compile(struct ruleset *ruleset, struct rule *rule,
	     struct problems *problems, struct err *err)
{
	void *mem = mem_context(NULL, "meta_compile");
	struct meta_reader reader = {
		.ruleset = ruleset,
		.rule = rule,
		.problems = problems,
		.meta = mem_new(ruleset, struct meta),
		.seen = names_new(mem),
		.mem = mem,
	};
	const char *text = meta_expanded(&reader);

	if (meta_is_empty(text))
		text = "0";
	if (ruleset->names_matched > META_NAMES_MATCHED)
		err_config(err, "too much is asked of rules_matching()");
	else if (strlen(text) > META_BYTES)
		err_config(err, "the expression is longer than %d bytes",
			   META_BYTES);
	else
		reader.meta->program = expression_compile(
			reader.meta, text, NULL, meta_resolve, &reader, err);
	if (reader.meta->program == NULL) {
		mem_free(reader.meta);
		mem_free(mem);
		return -1;
	}
	rule->meta = reader.meta;
	mem_free(mem);
	return 0;
}

double
meta_run(const struct meta *meta, const double *values)
{
	return expression_run(meta->program, values);
}
