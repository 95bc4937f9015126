/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_FREEMAIL_H
#define RULE_EVAL_FREEMAIL_H

/* Between the files of FreeMail. */

#include "rule/check.h"

/* Whether an address, in lower case, is one of a provider that gives them to
 * anybody. */
bool freemail_is(struct check *check, struct slice address);
/*
 * The free mail addresses in the text and in links to send mail, lower case
 * (eval_freemail_body.c). False: too many to say anything.
 */
bool freemail_body(struct check *check, const struct slice **items,
		   size_t *count);
/* A setting that is a number. */
long freemail_setting(const struct check *check, const char *key,
		      long otherwise);

#endif
