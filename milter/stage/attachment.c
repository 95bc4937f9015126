/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attachments: every name that a mail client could show, the declared type and
 * the true one, held against the rule files' `attachment` lines; what happens
 * is said by their `action` lines.
 */
#include "rule/attachment.h"

#include <string.h>

#include "base/mem.h"
#include "core/policy.h"
#include "core/stage.h"
#include "mail/files.h"
#include "stage/stages.h"
#include "wrap/magic.h"
#include "wrap/regex.h"

static const struct option attachment_options[] = {
	{ "attachment_on_error", OPTION_CHOICE, "tempfail",
	  .choices = "tempfail accept",
	  .help = "What happens to a mail whose attachments could not be "
		  "looked at; accept marks it UNCHECKED." },
	{ "attachment_outbound", OPTION_BOOL, "yes",
	  .help = "Whether the rules hold for mail of our own users too." },
	OPTION_END,
};

struct attachment_state {
	const struct ruleset *ruleset;
	struct filetype *filetype;
	struct regex_scratch *scratch;
	bool outbound;
};

static int
attachment_open(void *mem, struct policy *policy, void **state,
		struct err *err)
{
	struct attachment_state *attachment =
		mem_new(mem, struct attachment_state);

	*state = attachment;
	attachment->outbound = config_bool(policy_config(policy),
					   "attachment_outbound");
	attachment->scratch = regex_scratch_new(attachment);
	attachment->filetype = filetype_open(attachment, NULL, err);
	if (attachment->filetype == NULL)
		return -1;
	attachment->ruleset = policy_ruleset(policy, err);
	return attachment->ruleset == NULL ? -1 : 0;
}

/* Which of the verdict's actions a rule's action stands for. */
static enum action
attachment_action(enum rule_action action)
{
	switch (action) {
	case RULE_ACTION_NONE:
		return ACTION_ACCEPT;
	case RULE_ACTION_TAG:
		return ACTION_TAG;
	case RULE_ACTION_QUARANTINE:
		return ACTION_QUARANTINE;
	case RULE_ACTION_TEMPFAIL:
		return ACTION_TEMPFAIL;
	case RULE_ACTION_DISCARD:
		return ACTION_DISCARD;
	case RULE_ACTION_REJECT:
		return ACTION_REJECT;
	}
	return ACTION_REJECT;
}

static void
attachment_decide(const struct rule *rule, struct verdict *verdict,
		  const struct verdict_attachment *found)
{
	char *name = str_escape(NULL, slice_of(found->path), 80);

	if (rule->action_text != NULL)
		verdict_decide(verdict, attachment_action(rule->action),
			       "attachment", "554", "5.7.1", "%s",
			       rule->action_text);
	else
		verdict_decide(verdict, attachment_action(rule->action),
			       "attachment", "554", "5.7.1",
			       "The attachment %s (%s) is not accepted here%s%s",
			       name, found->type,
			       rule->describe == NULL ? "" : ": ",
			       rule->describe == NULL ? "" : rule->describe);
	mem_free(name);
}

static void
attachment_judge(const struct attachment_state *attachment,
		 struct verdict *verdict, struct verdict_attachment *found)
{
	struct check_attachment asked = {
		.name = found->name,
		.path = found->path,
		.declared = found->declared,
		.type = found->type,
		.size = found->size,
	};
	const struct rule *strongest = NULL;
	bool limited = false;

	for (size_t i = 0; i < attachment->ruleset->count; i++) {
		const struct rule *rule = attachment->ruleset->rules[i];

		if (rule->type != RULE_ATTACHMENT || rule->not_run != NULL ||
		    attachment_match(rule, attachment->scratch, &asked,
				     &limited) == NULL)
			continue;
		if (strongest == NULL || rule->action > strongest->action)
			strongest = rule;
	}
	if (limited)
		verdict_find(verdict, "UNCHECKED");
	if (strongest == NULL)
		return;
	found->rule = mem_strdup(verdict, strongest->name);
	attachment_decide(strongest, verdict, found);
}

struct attachment_walk {
	const struct attachment_state *attachment;
	struct verdict *verdict;
	struct err *err;
	bool failed;
};

static void
attachment_add(struct attachment_walk *walk, const struct files_entry *entry,
	       const char *name, const char *type)
{
	struct verdict *verdict = walk->verdict;
	struct verdict_attachment *found = verdict_add_attachment(verdict);
	const struct part *part = entry->part;

	found->name = mem_strdup(verdict, name);
	found->path = mem_printf(verdict, "%s%s", entry->folder, name);
	found->declared = mem_strdup(verdict, part->declared == NULL
						      ? part->type
						      : part->declared);
	found->type = type;
	found->size = entry->bytes.len;
	attachment_judge(walk->attachment, verdict, found);
}

static int
attachment_visit(void *context, const struct files_entry *entry)
{
	struct attachment_walk *walk = context;
	char *type = filetype_of(walk->verdict, walk->attachment->filetype,
				 entry->bytes, walk->err);

	if (type == NULL) {
		walk->failed = true;
		return 0;
	}
	/* The text that a reader sees is no attachment, unless it is none. */
	if (entry->names[0] == NULL && !entry->embedded &&
	    strncmp(entry->part->type, "text/", 5) == 0 &&
	    strncmp(type, "text/", 5) == 0)
		return 0;
	if (entry->names[0] == NULL)
		attachment_add(walk, entry, "", type);
	for (size_t i = 0; entry->names[i] != NULL; i++)
		attachment_add(walk, entry, entry->names[i], type);
	return 0;
}

static int
attachment_run(const void *state, enum phase phase,
	       const struct session *session, struct verdict *verdict,
	       struct err *err)
{
	struct attachment_walk walk = {
		.attachment = state,
		.verdict = verdict,
		.err = err,
	};
	struct message *message = session->mail->message;

	if (session->outbound && !walk.attachment->outbound)
		return 0;
	files_each(verdict, message, attachment_visit, &walk);
	if (walk.failed)
		return -1;
	if (files_missed(message) != NULL)
		return err_temporary(err, "%s", files_missed(message));
	return 0;
}

const struct stage stage_attachment = {
	.name = "attachment",
	.phases = PHASE_BIT(PHASE_MESSAGE),
	.options = attachment_options,
	.open = attachment_open,
	.run = attachment_run,
};
