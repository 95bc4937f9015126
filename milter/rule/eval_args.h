/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_ARGS_H
#define RULE_EVAL_ARGS_H

/* Arguments of evals, read as Perl reads them. Stateless. */

#include <stdlib.h>

#include "mail/text.h"
#include "rule/check.h"

/* The text of an argument, or NULL. */
static inline const char *
eval_arg(const struct rule *rule, size_t index)
{
	return index < rule->arg_count ? rule->args[index] : NULL;
}

/* Its number: as far as the text is one, 0 if it is none or absent. */
static inline double
eval_number(const struct rule *rule, size_t index)
{
	return index < rule->arg_count ? rule->numbers[index] : 0;
}

/* The texts that an eval is handed: of the type of its rule. */
static inline const struct text *
eval_texts(struct check *check, const struct rule *rule)
{
	return rule->type == RULE_RAWBODY_EVAL ? text_rawbody(check->message)
					       : text_body(check->message);
}

#endif
