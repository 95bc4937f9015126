/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_ATTACHMENT_H
#define RULE_ATTACHMENT_H

/* `attachment NAME field =~ /.../` rules against one attachment. */

#include "rule/check.h"
#include "wrap/regex.h"

/*
 * The matching field, or NULL. A regex that runs into a limit counts as a
 * match (*limited is set): an attachment that cannot be judged is not clean.
 */
const char *attachment_match(const struct rule *rule,
			     struct regex_scratch *scratch,
			     const struct check_attachment *attachment,
			     bool *limited);

#endif
