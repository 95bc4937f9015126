/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spam: the rule set against the message, SpamAssassin's headers out of it.
 */
#include <stdio.h>

#include "base/mem.h"
#include "core/policy.h"
#include "core/stage.h"
#include "rule/check.h"
#include "rule/explain.h"
#include "stage/stages.h"

static const struct option spam_options[] = {
	{ "required_score", OPTION_NUMBER, "0",
	  .help = "Score from which a mail is spam; 0: as the rule files say "
		  "(required_score, 5.0 if they are silent)." },
	{ "reject_score", OPTION_NUMBER, "0",
	  .help = "Score from which spam is refused instead of tagged; 0: "
		  "never." },
	{ "subject_tag", OPTION_STRING, "",
	  .help = "Text to put in front of the Subject of spam, such as "
		  "[SPAM], with _TAGS_ as in rule files; empty: as these say "
		  "(rewrite_header Subject), the Subject is left alone if "
		  "they are silent." },
	{ "spam_outbound", OPTION_BOOL, "no",
	  .help = "Whether mail of our own users is scored as well." },
	{ "spam_report", OPTION_BOOL, "yes",
	  .help = "Whether spam gets an X-Spam-Report header." },
	{ "spam_report_text", OPTION_BOOL, "no",
	  .help = "Whether to write the report that rule files describe "
		  "(report ...); `ispfilter scan --format report` sets it and "
		  "prints it." },
	/* The word order is that of config_choice() below. */
	{ "spam_explain", OPTION_CHOICE, "no",
	  .choices = "no yes near",
	  .help = "Whether to keep what each rule matched and where; near: "
		  "also the metas that lacked one condition. `ispfilter scan "
		  "--explain` and --near set it." },
	{ "spam_trace", OPTION_STRING, "",
	  .help = "Name of one rule to follow; `ispfilter scan --rule` sets "
		  "it." },
	{ "spam_profile", OPTION_BOOL, "no",
	  .help = "Whether to count what each rule costs; `ispfilter scan "
		  "--profile` sets it and prints it." },
	{ "spam_prefilter", OPTION_BOOL, "yes",
	  .help = "Whether to try only the rules whose words stand in the "
		  "mail. The same comes out without, only later." },
	{ "spam_subrules", OPTION_CHOICE, "needed",
	  .choices = "needed all",
	  .help = "Which sub-rules (__NAME) are tried: those that a rule with "
		  "a score depends on in this mail, or all. The same score "
		  "comes out; where sub-rules are shown, all are tried." },
	{ "rules_time_limit", OPTION_TIME, "20s", 100, 3600000,
	  .help = "Time for all rules on one mail; what did not run by then "
		  "is named in the log and the mail marked UNCHECKED." },
	{ "rules_limit", OPTION_CHOICE, "tag",
	  .choices = "tag accept quarantine tempfail reject",
	  .help = "What happens to a mail for which rules_time_limit was too "
		  "short." },
	{ "spam_on_error", OPTION_CHOICE, "tempfail",
	  .choices = "tempfail accept",
	  .help = "What happens to a mail that could not be scored." },
	OPTION_END,
};

struct spam_state {
	const struct ruleset *ruleset;
	double required, reject;
	const char *subject_tag;
	int64_t time_limit;
	enum action limit; /* when that was too short */
	bool outbound, report, report_text, explain, near, prefilter, lazy;
	const struct rule *trace; /* or NULL */
};

static int
spam_open(void *mem, struct policy *policy, void **state, struct err *err)
{
	const struct config *config = policy_config(policy);
	const char *trace = config_string(config, "spam_trace");
	struct spam_state *spam = mem_new(mem, struct spam_state);

	*state = spam;
	spam->required = config_number(config, "required_score");
	spam->reject = config_number(config, "reject_score");
	spam->subject_tag = config_string(config, "subject_tag");
	spam->time_limit = config_time(config, "rules_time_limit");
	spam->limit = (enum action)action_by_name(
		config_string(config, "rules_limit"));
	spam->outbound = config_bool(config, "spam_outbound");
	spam->report = config_bool(config, "spam_report");
	spam->report_text = config_bool(config, "spam_report_text");
	spam->prefilter = config_bool(config, "spam_prefilter");
	spam->explain = config_choice(config, "spam_explain") > 0;
	spam->near = config_choice(config, "spam_explain") > 1;
	spam->ruleset = policy_ruleset(policy, err);
	if (spam->ruleset == NULL)
		return -1;
	spam->lazy = config_choice(config, "spam_subrules") == 0 &&
		     !spam->ruleset->settings.tells_subrules;
	if (*spam->subject_tag == '\0' &&
	    spam->ruleset->settings.rewrite_subject != NULL)
		spam->subject_tag = spam->ruleset->settings.rewrite_subject;
	if (*trace == '\0')
		return 0;
	spam->trace = ruleset_find(spam->ruleset, trace);
	return spam->trace != NULL ? 0 : err_config(err, "there is no rule %s",
						    trace);
}

static struct check_attachment *
spam_attachments(void *mem, const struct verdict *verdict)
{
	struct check_attachment *list = mem_array(
		mem, struct check_attachment, verdict->attachment_count + 1);

	for (size_t i = 0; i < verdict->attachment_count; i++) {
		const struct verdict_attachment *a = &verdict->attachments[i];

		list[i] = (struct check_attachment){
			.name = a->name,
			.path = a->path,
			.declared = a->declared,
			.type = a->type,
			.finding = a->finding,
			.size = a->size,
		};
	}
	return list;
}

static void
spam_add_hit(struct verdict *verdict, struct check *check,
	     const struct check_hit *found)
{
	struct verdict_hit *hit;

	if ((found->rule->flags & RULE_SUBRULE) != 0) {
		verdict_add_subtest(verdict, found->rule->name);
		return;
	}
	hit = verdict_add_hit(verdict, found->rule->name);
	hit->describe = mem_strdup(verdict, found->rule->describe);
	hit->score = found->score;
	hit->value = found->value;
	hit->place = mem_strdup(verdict, found->place);
	if (found->place != NULL)
		hit->matched = str_escape(verdict, found->matched, 120);
	if (found->place != NULL && found->rule->meta != NULL)
		hit->why = explain_meta(verdict, check, found->rule);
}

static void
spam_explain(const struct spam_state *spam, struct check *check,
	     struct verdict *verdict)
{
	struct explain_near *nears;
	size_t count = spam->near ? explain_near(verdict, check, &nears) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = nears[i].rule;
		struct verdict_near *near = verdict_add_near(verdict,
							     rule->name);

		near->describe = mem_strdup(verdict, rule->describe);
		near->lacked = nears[i].lacked;
		near->score = rule->score[spam->ruleset->score_set & 3];
	}
	if (spam->trace != NULL)
		verdict->trace = explain_rule(verdict, check, spam->trace);
}

static bool
spam_has_header(const struct verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->header_count; i++)
		if (slice_is_nocase(slice_of(verdict->headers[i].name), name))
			return true;
	return false;
}

/* What others than SpamAssassin's readers look for: Sieve rules of ISPmail
 * test X-Spam, mailbox front ends the bare score. */
static void
spam_add_own_headers(const struct spam_state *spam, struct check *check,
		     struct verdict *verdict)
{
	char score[32];

	if (verdict->spam)
		verdict_add_header(verdict, "X-Spam", "Yes");
	snprintf(score, sizeof(score), "%.1f", verdict->score);
	if (!spam_has_header(verdict, "X-Spam-Score"))
		verdict_add_header(verdict, "X-Spam-Score", score);
	if (verdict->spam && spam->report &&
	    !spam_has_header(verdict, "X-Spam-Report"))
		verdict_add_header(verdict, "X-Spam-Report",
				   check_header_field(check, "X-Spam-Report",
						      "_REPORT_"));
}

static void
spam_add_headers(const struct spam_state *spam, struct check *check,
		 struct verdict *verdict)
{
	struct check_header_line *lines;
	size_t count = check_headers(check, &lines);

	for (size_t i = 0; i < count; i++)
		verdict_add_header(verdict, lines[i].name, lines[i].value);
	spam_add_own_headers(spam, check, verdict);
	verdict->subject_tag = check_subject_tag(check, spam->subject_tag);
}

static void
spam_decide(const struct spam_state *spam, struct verdict *verdict)
{
	if (!verdict->spam)
		return;
	if (spam->reject > 0 && verdict->score >= spam->reject)
		verdict_decide(verdict, ACTION_REJECT, "spam", "554", "5.7.1",
			       "The mail looks like spam (score %.1f)",
			       verdict->score);
	else
		verdict_decide(verdict, ACTION_TAG, "spam", NULL, NULL,
			       "score %.1f is at least %.1f", verdict->score,
			       verdict->required);
}

#define SPAM_NAMED 5 /* rules that ran into a limit */

static void
spam_tell_limits(const struct spam_state *spam, const struct check *check,
		 struct verdict *verdict)
{
	struct buf names = BUF(verdict);

	if (!check->timed_out && check->failed == 0)
		return;
	for (size_t i = 0; i < check->failed && i < SPAM_NAMED; i++)
		buf_printf(&names, "%s%s", i == 0 ? ": " : ", ",
			   check->failures[i]);
	verdict_find(verdict, "UNCHECKED");
	if (check->timed_out)
		verdict_decide(verdict, spam->limit, "spam", NULL, NULL,
			       "The rules take too long for this mail");
	verdict_error(verdict, "spam: %zu rules ran into a limit%s%s",
		      check->failed, buf_string(&names),
		      check->timed_out ? ", and the time ran out" : "");
}

static int
spam_run(const void *state, enum phase phase, const struct session *session,
	 struct verdict *verdict, struct err *err)
{
	const struct spam_state *spam = state;
	struct check_options options = {
		.attachments = spam_attachments(verdict, verdict),
		.attachment_count = verdict->attachment_count,
		.findings = verdict->findings,
		.finding_count = verdict->finding_count,
		.time_limit = spam->time_limit,
		.dns = session->mail->dns,
		.required = spam->required,
		.auth = verdict->auth,
		.explain = spam->explain,
		.no_prefilter = !spam->prefilter,
		.lazy = spam->lazy,
		.trace = spam->trace == NULL ? NULL : spam->trace->name,
	};
	struct check *check;

	if (session->outbound && !spam->outbound)
		return 0;
	check = check_message(verdict, spam->ruleset, session->mail->message,
			      &options);
	verdict->checked_spam = true;
	verdict->score = check->score;
	verdict->required = check->required;
	verdict->spam = check->is_spam;
	if (spam->report_text)
		verdict->report = check_report(check);
	for (size_t i = 0; i < check->hit_count; i++)
		spam_add_hit(verdict, check, &check->hits[i]);
	spam_explain(spam, check, verdict);
	spam_add_headers(spam, check, verdict);
	spam_decide(spam, verdict);
	spam_tell_limits(spam, check, verdict);
	return 0;
}

const struct stage stage_spam = {
	.name = "spam",
	.phases = PHASE_BIT(PHASE_MESSAGE),
	.options = spam_options,
	.open = spam_open,
	.run = spam_run,
};
