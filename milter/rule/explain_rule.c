/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule as it was understood, and what it did on one mail. */
#include "rule/explain.h"

#include "base/mem.h"
#include "rule/check_private.h"

#define RULE_SHOWN 1000 /* bytes of a pattern or an expression */

static const char *const rule_words[RULE_TYPES] = {
	[RULE_HEADER] = "header",
	[RULE_HEADER_EXISTS] = "header",
	[RULE_HEADER_EVAL] = "header",
	[RULE_BODY] = "body",
	[RULE_BODY_EVAL] = "body",
	[RULE_RAWBODY] = "rawbody",
	[RULE_RAWBODY_EVAL] = "rawbody",
	[RULE_FULL] = "full",
	[RULE_FULL_EVAL] = "full",
	[RULE_URI] = "uri",
	[RULE_URI_DETAIL] = "uri_detail",
	[RULE_MIMEHEADER] = "mimeheader",
	[RULE_META] = "meta",
	[RULE_RBL] = "header",
	[RULE_ASKDNS] = "askdns",
	[RULE_ATTACHMENT] = "attachment",
};

static void
rule_escaped(struct buf *out, const char *text)
{
	buf_text(out, str_escape(out->mem, slice_trim(slice_of(text)),
				 RULE_SHOWN));
}

static void
rule_header(struct buf *out, const struct rule *rule)
{
	static const struct {
		unsigned select;
		const char *word;
	} words[] = {
		{ SELECT_RAW, ":raw" },	      { SELECT_ADDR, ":addr" },
		{ SELECT_NAME, ":name" },     { SELECT_FIRST, ":first" },
		{ SELECT_LAST, ":last" },     { SELECT_HOST, ":host" },
		{ SELECT_DOMAIN, ":domain" }, { SELECT_IP, ":ip" },
		{ SELECT_REVIP, ":revip" },
	};

	if (rule->header == NULL)
		return;
	buf_text(out, rule->type == RULE_HEADER_EXISTS ? "exists:" : "");
	buf_text(out, rule->header);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (rule->select & words[i].select)
			buf_text(out, words[i].word);
	buf_char(out, ' ');
}

static void
rule_eval(struct buf *out, const struct rule *rule)
{
	buf_printf(out, "eval:%s(", rule->function);
	for (size_t i = 0; i < rule->arg_count; i++) {
		buf_text(out, i == 0 ? "'" : ", '");
		rule_escaped(out, rule->args[i]);
		buf_char(out, '\'');
	}
	buf_char(out, ')');
}

static void
rule_pattern(struct buf *out, const struct rule *rule)
{
	if (rule->header != NULL)
		buf_text(out, rule->flags & RULE_NEGATED ? "!~ " : "=~ ");
	buf_char(out, '/');
	rule_escaped(out, rule->pattern);
	buf_printf(out, "/%s", rule->modifiers == NULL ? "" : rule->modifiers);
	if (rule->if_unset != NULL) {
		buf_text(out, " [if-unset: ");
		rule_escaped(out, rule->if_unset);
		buf_char(out, ']');
	}
}

/* The line of the rule file, as it was understood. */
static void
rule_definition(struct buf *out, const struct rule *rule)
{
	const char *word = rule_words[rule->type];

	if (word == NULL)
		return;
	buf_printf(out, "%s %s ", word, rule->name);
	rule_header(out, rule);
	if (rule->function != NULL)
		rule_eval(out, rule);
	else if (rule->expression != NULL)
		rule_escaped(out, rule->expression);
	else if (rule->pattern != NULL)
		rule_pattern(out, rule);
	buf_char(out, '\n');
}

static void
rule_about(struct buf *out, const struct check *check, const struct rule *rule)
{
	if (rule->describe != NULL) {
		buf_text(out, "describe ");
		rule_escaped(out, rule->describe);
		buf_char(out, '\n');
	}
	buf_printf(out, "score %.3f",
		   rule->score[check->ruleset->score_set & 3]);
	if (rule->priority != 0)
		buf_printf(out, ", priority %d", rule->priority);
	if (rule->tflags != NULL && rule->tflags[0] != '\0')
		buf_printf(out, ", tflags %s", rule->tflags);
	buf_char(out, '\n');
}

static void
rule_result(struct buf *out, const struct check *check,
	    const struct rule *rule)
{
	double value = check->values[rule->index];
	const struct check_private *own = check->own;

	for (size_t i = 0; i < check->failed; i++)
		if (strcmp(check->failures[i], rule->name) == 0) {
			buf_text(out, "ran into a limit: not hit\n");
			return;
		}
	if (own->trace_texts > 0)
		buf_printf(out, "held against %zu text%s: ", own->trace_texts,
			   own->trace_texts == 1 ? "" : "s");
	if (value != 0)
		buf_printf(out, "hits, value %.15g\n", value);
	else if (rule->not_run != NULL)
		buf_printf(out, "does not run: %s\n", rule->not_run);
	else if (check->states[rule->index] == CHECK_UNKNOWN)
		buf_text(out, "was not run on this mail\n");
	else
		buf_text(out, "does not hit\n");
}

const char *
explain_rule(void *mem, struct check *check, const struct rule *rule)
{
	struct buf out = BUF(mem);

	buf_printf(&out, "%s, %s", rule->name, rule_type_name(rule->type));
	if (rule->file != NULL)
		buf_printf(&out, ", %s:%u", rule->file, rule->line);
	buf_char(&out, '\n');
	rule_definition(&out, rule);
	rule_about(&out, check, rule);
	buf_text(&out, check->trace);
	rule_result(&out, check, rule);
	return buf_string(&out);
}
