/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report and the header lines are to say, and the tags of replace.c:
 * directives whose values are texts.
 */
#include "rule/parse.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define REPORT_BYTES (256 << 10) /* of a report template */
#define REPORT_HEADERS 100

static struct buf *
report_text(struct parse *parse, const struct directive *directive)
{
	return directive->number == 0 ? &parse->report : &parse->unsafe_report;
}

/* One more line of a report. */
static void
report_line(struct parse *parse, const struct directive *directive,
	    char *value)
{
	struct buf *text = report_text(parse, directive);
	size_t len = strlen(value);

	if (text->len + len > REPORT_BYTES) {
		parse_error(parse, "the report is longer than %d bytes",
			    REPORT_BYTES);
		return;
	}
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value[len - 1] = '\0';
		value++;
	}
	buf_text(text, value);
	buf_char(text, '\n');
}

static void
report_clear(struct parse *parse, const struct directive *directive,
	     char *value)
{
	if (*value != '\0')
		parse_error(parse, "%s takes no value", directive->name);
	else
		buf_reset(report_text(parse, directive));
}

/* Takes "ham", "spam" or "all" off the front; false: complained of. */
static bool
report_kind(struct parse *parse, const struct directive *directive,
	    char **value, struct header_template *header)
{
	char *kind = parse_word(value), *name = parse_word(value);

	if (kind != NULL && strcmp(kind, "spam") != 0)
		header->for_ham = true;
	if (kind != NULL && strcmp(kind, "ham") != 0)
		header->for_spam = true;
	if (name == NULL || (header->for_ham && header->for_spam &&
			     strcmp(kind, "all") != 0)) {
		parse_error(parse, "%s wants spam, ham or all, and a name",
			    directive->name);
		return false;
	}
	for (const char *c = name; *c != '\0'; c++) {
		if (!str_is_alnum((unsigned char)*c) && *c != '-' &&
		    *c != '_') {
			parse_error(parse, "'%.60s' is no header name", name);
			return false;
		}
	}
	header->name = mem_printf(parse->ruleset, "X-Spam-%s", name);
	return true;
}

/* Takes the header of that name away for the kinds that gone names. */
static void
report_remove(struct rule_settings *settings,
	      const struct header_template *gone)
{
	size_t kept = 0;

	for (size_t i = 0; i < settings->header_count; i++) {
		struct header_template header = settings->headers[i];

		if (gone->name == NULL ||
		    strcasecmp(header.name, gone->name) == 0) {
			header.for_spam = header.for_spam && !gone->for_spam;
			header.for_ham = header.for_ham && !gone->for_ham;
		}
		if (header.for_spam || header.for_ham)
			settings->headers[kept++] = header;
	}
	settings->header_count = kept;
}

/* \n, \t and \\ become what they stand for; other escapes go. */
static char *
report_unescape(void *mem, const char *text)
{
	struct buf out = BUF(mem);

	for (; *text != '\0'; text++) {
		if (*text != '\\') {
			buf_char(&out, *text);
			continue;
		}
		text++;
		if (*text == '\0' || *text == '\\')
			buf_char(&out, '\\');
		else if (*text == 'n' || *text == 't')
			buf_char(&out, *text == 'n' ? '\n' : '\t');
		if (*text == '\0')
			break;
	}
	return mem_strdup(mem, buf_string(&out));
}

static void
report_add_header(struct parse *parse, const struct directive *directive,
		  char *value)
{
	struct rule_settings *settings = &parse->ruleset->settings;
	struct header_template header = { .name = NULL };
	size_t len;

	if (!report_kind(parse, directive, &value, &header))
		return;
	len = strlen(value);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value[len - 1] = '\0';
		value++;
	}
	header.text = report_unescape(parse->ruleset, value);
	report_remove(settings, &header);
	if (settings->header_count == REPORT_HEADERS) {
		parse_error(parse, "more than %d headers", REPORT_HEADERS);
		return;
	}
	settings->headers_chosen = true;
	mem_grow(parse->ruleset, settings->headers, settings->header_count);
	settings->headers[settings->header_count++] = header;
}

static void
report_remove_header(struct parse *parse, const struct directive *directive,
		     char *value)
{
	struct header_template header = { .name = NULL };

	parse->ruleset->settings.headers_chosen = true;
	if (report_kind(parse, directive, &value, &header) &&
	    strcmp(header.name, "X-Spam-Checker-Version") != 0)
		report_remove(&parse->ruleset->settings, &header);
}

/* All but X-Spam-Checker-Version, which stays if it was asked for. */
static void
report_clear_headers(struct parse *parse, const struct directive *directive,
		     char *value)
{
	struct rule_settings *settings = &parse->ruleset->settings;
	size_t kept = 0;

	settings->headers_chosen = true;
	for (size_t i = 0; i < settings->header_count; i++) {
		if (strcasecmp(settings->headers[i].name,
			       "X-Spam-Checker-Version") == 0)
			settings->headers[kept++] = settings->headers[i];
	}
	settings->header_count = kept;
}

/* 0 asks for the report as a header, as SpamAssassin does. */
static void
report_safe(struct parse *parse, const struct directive *directive,
	    char *value)
{
	struct rule_settings *settings = &parse->ruleset->settings;
	char header[] = "spam Report _REPORT_";

	if (strlen(value) != 1 || *value < '0' || *value > '2') {
		parse_error(parse, "report_safe is 0, 1 or 2");
		return;
	}
	setting_set(parse->ruleset, "report_safe",
		    mem_strdup(parse->ruleset, value));
	for (size_t i = 0; i < settings->header_count; i++) {
		if (strcasecmp(settings->headers[i].name, "X-Spam-Report") ==
			    0 && settings->headers[i].for_spam)
			return;
	}
	if (*value == '0')
		report_add_header(parse, directive, header);
}

static void
report_rewrite(struct parse *parse, const struct directive *directive,
	       char *value)
{
	char *name = parse_word(&value);

	if (name == NULL || (strcasecmp(name, "subject") != 0 &&
			     strcasecmp(name, "from") != 0 &&
			     strcasecmp(name, "to") != 0)) {
		parse_error(parse, "rewrite_header wants Subject, From or To");
		return;
	}
	if (strcasecmp(name, "subject") == 0)
		parse->ruleset->settings.rewrite_subject =
			*value == '\0' ? NULL
				       : mem_strdup(parse->ruleset, value);
	else if (*value != '\0')
		parse_warning(parse, "rewrite_header %s has no effect: only "
				     "the Subject is changed", name);
}

/* replace_tag NAME text, and the same for pre, inter, post */
static void
report_tag(struct parse *parse, const struct directive *directive, char *value)
{
	struct names *tags = directive->number == 0 ? parse->tags :
			     directive->number == 1 ? parse->tags_pre :
			     directive->number == 2 ? parse->tags_inter :
						      parse->tags_post;
	char *name = parse_word(&value);

	if (name == NULL || *value == '\0')
		parse_error(parse, "%s wants a name and a regular expression",
			    directive->name);
	else
		names_set(tags, mem_strdup(parse->mem, name),
			  mem_strdup(parse->mem, value));
}

static void
report_tag_delimiter(struct parse *parse, const struct directive *directive,
		     char *value)
{
	if (strcmp(value, directive->number == 0 ? "<" : ">") != 0)
		parse_error(parse, "%s: only < and > are supported",
			    directive->name);
}

static void
report_replace_rules(struct parse *parse, const struct directive *directive,
		     char *value)
{
	struct rule *rule;
	char *word;

	while ((word = parse_word(&value)) != NULL) {
		rule = parse_rule(parse, word);
		if (rule != NULL)
			rule->flags |= RULE_REPLACE;
	}
}

const struct directive directives_report[] = {
	{ "report", report_line, NULL, 0 },
	{ "clear_report_template", report_clear, NULL, 0 },
	{ "unsafe_report", report_line, NULL, 1 },
	{ "clear_unsafe_report_template", report_clear, NULL, 1 },
	{ "add_header", report_add_header, NULL, 0 },
	{ "remove_header", report_remove_header, NULL, 0 },
	{ "clear_headers", report_clear_headers, NULL, 0 },
	{ "report_safe", report_safe, NULL, 0 },
	{ "rewrite_header", report_rewrite, NULL, 0 },
	{ "replace_tag", report_tag, NULL, 0 },
	{ "replace_pre", report_tag, NULL, 1 },
	{ "replace_inter", report_tag, NULL, 2 },
	{ "replace_post", report_tag, NULL, 3 },
	{ "replace_start", report_tag_delimiter, NULL, 0 },
	{ "replace_end", report_tag_delimiter, NULL, 1 },
	{ "replace_rules", report_replace_rules, NULL, 0 },
	{ NULL, NULL, NULL, 0 },
};
