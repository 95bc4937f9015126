/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MIMEEval: how the parts of a message are declared and encoded. One walk over
 * all parts, on first use; its findings are kept with the check.
 */
#include "rule/eval_tables.h"

#include <string.h>

#include "base/mem.h"
#include "mail/content.h"
#include "mail/header.h"
#include "mail/text.h"
#include "rule/eval_args.h"
#include "rule/eval_mime.h"

/* The findings that check_for_mime() may ask for. */
static const struct {
	const char *name;
	size_t offset;
} mime_names[] = {
	{ "mime_base64_count", offsetof(struct mime_findings, base64_count) },
	{ "mime_base64_encoded_text",
	  offsetof(struct mime_findings, base64_text) },
	{ "mime_body_html_count", offsetof(struct mime_findings, html_count) },
	{ "mime_body_text_count", offsetof(struct mime_findings, text_count) },
	{ "mime_attachment", offsetof(struct mime_findings, attachments) },
	{ "mime_bad_iso_charset", offsetof(struct mime_findings, bad_iso) },
	{ "mime_faraway_charset", offsetof(struct mime_findings, faraway) },
	{ "mime_missing_boundary",
	  offsetof(struct mime_findings, missing_boundary) },
	{ "mime_multipart_alternative",
	  offsetof(struct mime_findings, alternative) },
	{ "mime_multipart_ratio",
	  offsetof(struct mime_findings, alternative_ratio) },
	{ "mime_qp_count", offsetof(struct mime_findings, qp_count) },
	{ "mime_qp_bytes", offsetof(struct mime_findings, qp_bytes) },
	{ "mime_qp_long_line", offsetof(struct mime_findings, qp_long_line) },
	{ "mime_qp_ratio", offsetof(struct mime_findings, qp_ratio) },
	{ "mime_ascii_text_illegal",
	  offsetof(struct mime_findings, ascii_illegal) },
	{ "mime_text_unicode_ratio",
	  offsetof(struct mime_findings, unicode_ratio) },
	{ NULL, 0 },
};

static int
mime_find(struct check *check, const struct rule *rule)
{
	const struct mime_findings *found = mime_findings(check);
	const char *name = eval_arg(rule, 0);

	for (size_t i = 0; name != NULL && mime_names[i].name != NULL; i++)
		if (strcmp(mime_names[i].name, name) == 0) {
			double value;

			memcpy(&value,
			       (const char *)found + mime_names[i].offset,
			       sizeof(value));
			return value != 0;
		}
	return 0;
}

static bool
mime_root_is_html(struct check *check)
{
	return slice_starts_nocase(check_header_text(check, "Content-Type"),
				   "text/html");
}

static int
mime_html(struct check *check, const struct rule *rule)
{
	return mime_root_is_html(check) || mime_findings(check)->html_count > 0;
}

static int
mime_html_only(struct check *check, const struct rule *rule)
{
	const struct mime_findings *found = mime_findings(check);

	return mime_root_is_html(check) ||
	       (found->html_count > 0 && found->text_count == 0);
}

/* Bytes of the last plain text to those of the last HTML: from, and below. */
static int
mime_alternative_ratio(struct check *check, const struct rule *rule)
{
	double ratio = mime_findings(check)->alternative_ratio;

	return ratio >= eval_number(rule, 0) && ratio < eval_number(rule, 1);
}

static int
mime_ascii_illegal(struct check *check, const struct rule *rule)
{
	return mime_findings(check)->ascii_illegal > 0;
}

/* Only "0.02", ".5" and the like: up to three digits before the point, one to
 * three behind. */
static bool
mime_is_ratio(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part;

	if (whole > 3 || text[whole] != '.')
		return false;
	part = strspn(text + whole + 1, "0123456789");
	return part >= 1 && part <= 3 && text[whole + 1 + part] == '\0';
}

static int
mime_unicode_ratio(struct check *check, const struct rule *rule)
{
	const char *ratio = eval_arg(rule, 0);

	return ratio != NULL && mime_is_ratio(ratio) &&
	       mime_findings(check)->unicode_ratio >= eval_number(rule, 0);
}

static int
mime_qp_ratio(struct check *check, const struct rule *rule)
{
	return mime_findings(check)->qp_ratio >= eval_number(rule, 0);
}

/* What the parser stumbled over. */
static int
mime_parse_flag(struct check *check, const struct rule *rule)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{ "missing_head_body_separator",
		  MESSAGE_MISSING_HEAD_BODY_SEPARATOR },
		{ "truncated_header", MESSAGE_TRUNCATED_HEADERS },
		{ "missing_mime_head_body_separator",
		  MESSAGE_MISSING_MIME_HEAD_BODY_SEPARATOR },
		{ "mimepart_limit_exceeded", MESSAGE_MIMEPART_LIMIT_EXCEEDED },
		{ "missing_mime_headers", MESSAGE_MISSING_MIME_HEADERS },
		{ "mime_epilogue_exists", MESSAGE_MIME_EPILOGUE },
	};
	const char *name = eval_arg(rule, 0);

	for (size_t i = 0; name != NULL && i < sizeof(flags) / sizeof(*flags);
	     i++)
		if (strcmp(flags[i].name, name) == 0)
			return (check->message->flags & flags[i].flag) != 0;
	return 0;
}

static bool
mime_is_expected(const struct part *part)
{
	return strcmp(part->type, "multipart/related") == 0 ||
	       strcmp(part->type, "application/rtf") == 0 ||
	       strncmp(part->type, "text/", 5) == 0;
}

/* A multipart/alternative that holds something else than text. */
static int
mime_alternative_other(struct check *check, const struct rule *rule)
{
	struct message *message = check->message;

	for (size_t i = 0; i < message->part_count; i++) {
		const struct part *part = message->parts[i], *child;

		if (strcmp(part->type, "multipart/alternative") != 0)
			continue;
		if (part->is_leaf)
			return 1;
		for (child = part->child; child != NULL; child = child->next)
			if (child->is_leaf && *child->type != '\0' &&
			    !mime_is_expected(child))
				return 1;
	}
	return 0;
}

struct mime_base64 {
	bool known;
	size_t longest; /* line, with its LF */
};

static void
mime_base64_measure(struct mime_base64 *base64, struct part *part)
{
	struct content content = content_parse(part->message->mem,
					       &part->headers);
	struct slice rest = part->body, line;

	if (!part->is_leaf || *part->type == '\0' ||
	    strcmp(content.type, "application/ics") == 0 ||
	    strcmp(part->encoding, "base64") != 0)
		return;
	while (slice_line(&rest, &line))
		if (line.len > base64->longest)
			base64->longest = line.len;
}

static int
mime_base64_length(struct check *check, const struct rule *rule)
{
	struct mime_base64 *base64 = check_state(check, "MIMEEval base64",
						 sizeof(*base64));
	struct message *message = check->message;

	for (size_t i = 0; !base64->known && i < message->part_count; i++)
		mime_base64_measure(base64, message->parts[i]);
	base64->known = true;
	return (double)base64->longest >= eval_number(rule, 0) &&
	       (eval_arg(rule, 1) == NULL ||
		(double)base64->longest <= eval_number(rule, 1));
}

const struct eval evals_mimeeval[] = {
	{ "check_for_mime", mime_find, NULL },
	{ "check_for_mime_html", mime_html, NULL },
	{ "check_for_mime_html_only", mime_html_only, NULL },
	{ "check_mime_multipart_ratio", mime_alternative_ratio, NULL },
	{ "check_msg_parse_flags", mime_parse_flag, NULL },
	{ "check_for_ascii_text_illegal", mime_ascii_illegal, NULL },
	{ "check_abundant_unicode_ratio", mime_unicode_ratio, NULL },
	{ "check_for_faraway_charset", mime_faraway, NULL },
	{ "check_for_uppercase", mime_uppercase, NULL },
	{ "check_ma_non_text", mime_alternative_other, NULL },
	{ "check_base64_length", mime_base64_length, NULL },
	{ "check_qp_ratio", mime_qp_ratio, NULL },
	{ NULL, NULL, NULL },
};
