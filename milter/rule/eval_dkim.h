/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_DKIM_H
#define RULE_EVAL_DKIM_H

/* What eval functions about signatures (eval_dkim.c, eval_adsp.c) share. */

#include "mail/dkim.h"
#include "rule/check.h"

#define DKIM_AUTHORS_MAX 20

struct dkim_authors {
	const char *domains[DKIM_AUTHORS_MAX]; /* lower case, each once */
	size_t count;
};

/* What the stage auth found; NULL: it did not run. */
const struct dkim_results *dkim_found(const struct check *check);
/* The domain that a signature speaks for: that of i=. Below check. */
const char *dkim_speaker(struct check *check,
			 const struct dkim_signature *signature);
/* The domains of the addresses in From. */
void dkim_authors(struct check *check, struct dkim_authors *authors);
/* Whether a rule's arguments, beginning with that number, name the domain;
 * those that name none name all. */
bool dkim_is_one_of(const struct rule *rule, size_t from, const char *domain);

#endif
