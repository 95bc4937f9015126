/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_PRIVATE_H
#define RULE_EVAL_PRIVATE_H

/* What several eval_*.c need (eval_private.c). */

#include "mail/form.h"
#include "rule/check.h"

/* Runs of white space become a blank each. */
struct slice eval_squeeze(struct check *check, struct slice text);
/* All Received fields as one squeezed text; kept with the check. */
struct slice eval_squeezed_received(struct check *check);
bool eval_has(struct slice text, const char *needle);
/* A form over a text that may be long. */
struct form eval_form(struct slice text);
bool eval_matches(struct slice text, const char *pattern);
/* host ends in domain, where a word begins; in any case. */
bool eval_ends_in(struct slice host, const char *domain);

/* All senders and all recipients that a message names (PerMsgStatus
 * all_from_addrs, all_to_addrs); each address once, "" left out. */
size_t eval_from_addresses(struct check *check, const struct slice **items);
size_t eval_to_addresses(struct check *check, const struct slice **items);

/* Whether text is what a pattern with * and ? stands for; pattern is in lower
 * case, letters of text count as such. inside: a part of text will do. */
bool eval_glob(const char *pattern, struct slice text, bool inside);
/* Whether entry i of a list setting stands for text. */
bool eval_entry_fits(const struct rule_list *list, size_t i,
		     struct slice text);
/* Whether any does; list may be NULL. */
bool eval_listed(const struct rule_list *list, struct slice text);

#endif
