/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage/unseen.h"

#include "mail/document.h"

void
unseen_decide(const struct handling *handling,
	      const struct files_outcome *outcome,
	      const struct session *session, const char *stage,
	      struct verdict *verdict)
{
	for (size_t i = 0; i < outcome->ambiguous_count; i++)
		verdict_find_why(verdict, "AMBIGUOUS", "%s",
				 outcome->ambiguous[i]);
	if (outcome->ambiguous_count > 0)
		handling_decide(handling, HANDLING_AMBIGUOUS, session, stage,
				"The mail's structure is ambiguous", verdict);
	for (int i = 0; i < DOCUMENT_TRAITS; i++)
		if ((outcome->traits & DOCUMENT_BIT(i)) != 0)
			verdict_find(verdict,
				     document_trait_name(
					     (enum document_trait)i));
	if (outcome->encrypted) {
		verdict_find(verdict, "ENCRYPTED");
		handling_decide(handling, HANDLING_ENCRYPTED, session, stage,
				"The mail holds an encrypted file", verdict);
	}
	if (outcome->missed[0] != '\0')
		verdict_error(verdict, "%s: %s", stage, outcome->missed);
	if (outcome->limited || outcome->missed[0] != '\0')
		verdict_find(verdict, "UNCHECKED");
	if (outcome->limited)
		handling_decide(handling, HANDLING_LIMIT, session, stage,
				"The mail's files are more than can be looked "
				"into", verdict);
	if (outcome->damaged)
		handling_decide(handling, HANDLING_UNCHECKABLE, session, stage,
				"The mail's files cannot all be looked into",
				verdict);
}
