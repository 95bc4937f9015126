/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage/unseen.h"

struct unseen
unseen_open(const struct config *config)
{
	struct unseen unseen = {
		.encrypted = (enum action)action_by_name(
			config_string(config, "attachment_encrypted")),
		.uncheckable = (enum action)action_by_name(
			config_string(config, "attachment_uncheckable")),
	};

	return unseen;
}

void
unseen_decide(const struct unseen *unseen, const struct files_outcome *outcome,
	      const char *stage, struct verdict *verdict)
{
	if (outcome->encrypted) {
		verdict_find(verdict, "ENCRYPTED");
		verdict_decide(verdict, unseen->encrypted, stage, NULL, NULL,
			       "The mail holds an encrypted archive");
	}
	if (outcome->missed[0] == '\0')
		return;
	verdict_find(verdict, "UNCHECKED");
	verdict_error(verdict, "%s: %s", stage, outcome->missed);
	verdict_decide(verdict, unseen->uncheckable, stage, NULL, NULL,
		       "The mail's files cannot all be looked into");
}
