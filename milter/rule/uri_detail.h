/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_URI_DETAIL_H
#define RULE_URI_DETAIL_H

/*
 * uri_detail rules (Plugin/URIDetail.pm): several conditions on one link, such
 * as `text =~ /paypal/ host !~ /paypal/`.
 */

#include "base/err.h"
#include "rule/check.h"

enum uri_detail_target {
	URI_DETAIL_RAW,
	URI_DETAIL_TYPE,
	URI_DETAIL_CLEANED,
	URI_DETAIL_TEXT,
	URI_DETAIL_DOMAIN,
	URI_DETAIL_HOST,
	URI_DETAIL_TARGETS,
};

/* Conditions by target; a regex that is NULL asks for nothing. */
struct uri_detail_rule {
	struct regex *regex[URI_DETAIL_TARGETS];
	bool negated[URI_DETAIL_TARGETS];
};

/* rule->details from rule->expression; -1 with err set if it is malformed. */
int uri_detail_compile(struct rule *rule, unsigned flags, struct err *err);
void uri_detail_run(struct check *check, const struct rule *rule);

#endif
