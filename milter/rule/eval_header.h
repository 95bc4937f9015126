/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_HEADER_H
#define RULE_EVAL_HEADER_H

/* Between the files of HeaderEval. */

#include "rule/check.h"

/* Whether the mail went through one that takes Received fields away (ezmlm, MSN
 * groups), or has none: then they prove nothing. */
bool header_lacks_received(struct check *check);

#endif
