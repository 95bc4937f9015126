/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/attachment.h"

static const char *
attachment_field(const struct rule *rule,
		 const struct check_attachment *attachment)
{
	switch (rule->field) {
	case ATTACHMENT_NAME:
		return attachment->name;
	case ATTACHMENT_PATH:
		return attachment->path;
	case ATTACHMENT_DECLARED:
		return attachment->declared;
	case ATTACHMENT_TYPE:
		return attachment->type;
	case ATTACHMENT_FINDING:
		return attachment->finding;
	}
	return NULL;
}

const char *
attachment_match(const struct rule *rule, struct regex_scratch *scratch,
		 const struct check_attachment *attachment, bool *limited)
{
	const char *text = attachment_field(rule, attachment);
	enum regex_result result;

	if (text == NULL)
		text = "";
	result = regex_match(rule->regex, scratch, slice_of(text), 0);
	if (result == REGEX_LIMIT) {
		*limited = true;
		return text;
	}
	return (result == REGEX_YES) != ((rule->flags & RULE_NEGATED) != 0)
		       ? text
		       : NULL;
}
