/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_MIME_H
#define RULE_EVAL_MIME_H

/* What the files of MIMEEval share: eval_mime.c, eval_mime_parts.c and
 * eval_mime_charset.c. */

#include "rule/check.h"

struct mime_findings {
	double base64_count, base64_text;
	double html_count, text_count; /* parts of those types */
	double attachments;
	double bad_iso; /* charset "iso-..." that is none */
	double faraway; /* charset of a language that is not expected */
	double missing_boundary;
	double alternative, alternative_ratio;
	double qp_count; /* parts; if they have a body: needless escapes */
	double qp_bytes, qp_long_line, qp_ratio;
	double ascii_illegal; /* lines of ASCII text with other bytes */
	double unicode_ratio; /* entities in plain text to its bytes */
	struct slice charsets; /* all that are declared, a blank between */
};

/* eval_mime_parts.c: made on first use, kept with the check. */
const struct mime_findings *mime_findings(struct check *check);

/* eval_mime_charset.c */
int mime_faraway(struct check *check, const struct rule *rule);
int mime_uppercase(struct check *check, const struct rule *rule);

#endif
