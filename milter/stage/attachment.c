/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attachments and the members of archives: every name that a mail client could
 * show, the declared type and the true one, held against the rule files'
 * `attachment` lines; what happens is said by their `action` lines.
 */
#include <string.h>

#include "base/mem.h"
#include "core/policy.h"
#include "core/stage.h"
#include "mail/document.h"
#include "mail/files.h"
#include "mail/prose.h"
#include "rule/attachment.h"
#include "stage/stages.h"
#include "stage/unseen.h"
#include "wrap/magic.h"
#include "wrap/regex.h"

/* Files that the verdict lists; beyond them only those that a rule hit, up to
 * as many again. All are judged. */
#define ATTACHMENTS_LISTED 1000

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
	struct files_limits limits;
	const struct handling *handling;
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
	attachment->handling = policy_handling(policy);
	policy_files_limits(policy, &attachment->limits);
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

struct attachment_walk {
	const struct attachment_state *attachment;
	const struct session *session;
	struct verdict *verdict;
	struct handling_choice **choices; /* for each rule; NULL: not yet */
	struct err *err;
	bool failed;
};

/*
 * What happens for a rule that hit. It is the same for all attachments of a
 * mail, and chosen once.
 */
static const struct handling_choice *
attachment_choose(struct attachment_walk *walk, size_t index)
{
	const struct rule *rule = walk->attachment->ruleset->rules[index];
	struct handling_choice base = {
		.action = attachment_action(rule->action),
		.text = rule->action_text,
	};
	struct handling_choice **choices = walk->choices;

	if (choices[index] != NULL)
		return choices[index];
	choices[index] = mem_new(choices, struct handling_choice);
	*choices[index] = base;
	/* A rule without an action is there for its score alone. */
	if (rule->action != RULE_ACTION_NONE)
		*choices[index] = handling_choose(
			walk->attachment->handling, HANDLING_BANNED,
			walk->session, rule->name, &base);
	return choices[index];
}

static void
attachment_decide(const struct attachment_walk *walk, const struct rule *rule,
		  const struct handling_choice *choice,
		  const struct verdict_attachment *found)
{
	char *name = str_escape(NULL, slice_of(found->path), 80);
	char *text = mem_printf(NULL, "The attachment %s (%s) is not accepted "
				"here%s%s", name, found->type,
				rule->describe == NULL ? "" : ": ",
				rule->describe == NULL ? "" : rule->describe);

	handling_carry(choice, "attachment", text, walk->verdict);
	mem_free(text);
	mem_free(name);
}

static void
attachment_judge(struct attachment_walk *walk,
		 struct verdict_attachment *found)
{
	struct check_attachment asked = {
		.name = found->name,
		.path = found->path,
		.declared = found->declared,
		.type = found->type,
		.finding = found->finding,
		.size = found->size,
	};
	const struct attachment_state *attachment = walk->attachment;
	const struct handling_choice *strictest = NULL;
	const struct rule *hit = NULL;
	bool limited = false;

	for (size_t i = 0; i < attachment->ruleset->count; i++) {
		const struct rule *rule = attachment->ruleset->rules[i];
		const struct handling_choice *choice;

		if (rule->type != RULE_ATTACHMENT || rule->not_run != NULL ||
		    attachment_match(rule, attachment->scratch, &asked,
				     &limited) == NULL)
			continue;
		choice = attachment_choose(walk, i);
		if (hit == NULL || choice->action > strictest->action) {
			hit = rule;
			strictest = choice;
		}
	}
	if (limited)
		verdict_find(walk->verdict, "UNCHECKED");
	if (hit == NULL)
		return;
	found->rule = mem_strdup(walk->verdict, hit->name);
	attachment_decide(walk, hit, strictest, found);
}

static void
attachment_list(struct verdict *verdict,
		const struct verdict_attachment *found)
{
	size_t most = found->rule == NULL ? ATTACHMENTS_LISTED
					  : 2 * ATTACHMENTS_LISTED;

	if (verdict->attachment_count >= most)
		return;
	*verdict_add_attachment(verdict) = (struct verdict_attachment){
		.path = mem_strdup(verdict, found->path),
		.name = mem_strdup(verdict, found->name),
		.declared = mem_strdup(verdict, found->declared),
		.type = mem_strdup(verdict, found->type),
		.finding = mem_strdup(verdict, found->finding),
		.size = found->size,
		.rule = found->rule,
	};
}

static void
attachment_add(struct attachment_walk *walk, void *mem,
	       const struct files_entry *entry, const char *name,
	       const char *type)
{
	const struct part *part = entry->part;
	const char *declared = part->declared == NULL ? part->type
						      : part->declared;
	struct verdict_attachment found = {
		/* What is never shown cannot deceive. */
		.name = entry->internal ? "" : name,
		.path = mem_printf(mem, "%s%s", entry->folder, name),
		.declared = entry->member ? "" : declared,
		.type = type,
		.finding = document_trait_names(mem, entry->traits),
		.size = entry->bytes.len,
	};

	attachment_judge(walk, &found);
	attachment_list(walk->verdict, &found);
}

/*
 * The text that a reader sees is no attachment. libmagic would call it a text
 * of some kind, if it did not take a letter about programs for a program.
 */
static bool
attachment_is_shown(const struct files_entry *entry)
{
	const char *declared = entry->part->type;

	if (entry->names[0] != NULL || entry->embedded || entry->member ||
	    entry->unread || entry->traits != 0)
		return false;
	return strncmp(declared, "text/", 5) == 0 &&
	       (prose_is_text(entry->bytes) || prose_is_html(entry->bytes));
}

static int
attachment_look(struct attachment_walk *walk, void *mem,
		const struct files_entry *entry)
{
	const char *type = "";

	if (attachment_is_shown(entry))
		return 0;
	if (!entry->unread)
		type = filetype_of(mem, walk->attachment->filetype,
				   entry->bytes, walk->err);
	if (type == NULL) {
		walk->failed = true;
		return 0;
	}
	/* Neither is any other text that has no name, if it is one. */
	if (entry->names[0] == NULL && !entry->embedded &&
	    entry->traits == 0 && !entry->unread &&
	    strncmp(entry->part->type, "text/", 5) == 0 &&
	    strncmp(type, "text/", 5) == 0)
		return 0;
	if (entry->names[0] == NULL)
		attachment_add(walk, mem, entry, "", type);
	for (size_t i = 0; entry->names[i] != NULL; i++)
		attachment_add(walk, mem, entry, entry->names[i], type);
	return 0;
}

static int
attachment_visit(void *context, const struct files_entry *entry)
{
	void *mem = mem_context(NULL, "attachment");
	int result = attachment_look(context, mem, entry);

	mem_free(mem);
	return result;
}

static int
attachment_run(const void *state, enum phase phase,
	       const struct session *session, struct verdict *verdict,
	       struct err *err)
{
	struct attachment_walk walk = {
		.attachment = state,
		.session = session,
		.verdict = verdict,
		.err = err,
	};
	struct files_outcome outcome;

	if (session->outbound && !walk.attachment->outbound)
		return 0;
	walk.choices = mem_array(verdict, struct handling_choice *,
				 walk.attachment->ruleset->count + 1);
	files_each(verdict, session->mail->message, &walk.attachment->limits,
		   attachment_visit, &walk, &outcome);
	unseen_decide(walk.attachment->handling, &outcome, session,
		      "attachment", verdict);
	mem_free(walk.choices);
	return walk.failed ? -1 : 0;
}

const struct stage stage_attachment = {
	.name = "attachment",
	.phases = PHASE_BIT(PHASE_MESSAGE),
	.options = attachment_options,
	.open = attachment_open,
	.run = attachment_run,
};
