/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_CHECK_H
#define RULE_CHECK_H

/*
 * One message against one rule set (PerMsgStatus, Plugin/Check.pm). A check
 * belongs to one thread; the rule set is only read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/message.h"
#include "rule/ruleset.h"

/* What other stages found, offered to rules of those types. */
struct check_attachment {
	const char *name, *path, *declared, *type;
	size_t size;
};

struct check_options {
	const struct check_attachment *attachments;
	size_t attachment_count;
	double required;    /* score from which a mail is spam; 0: as the rule
			     * set says */
	int64_t time_limit; /* milliseconds for all rules; 0: none */
	bool explain;       /* keep where and what each rule matched */
	const char *trace;  /* name of one rule to follow, or NULL */
};

struct check_hit {
	const struct rule *rule;
	double score; /* 0 for sub-rules */
	double value; /* what metas see: the count, or the eval's value */
	/* With explain: the matched bytes and where they stood, else empty. */
	struct slice matched;
	const char *place; /* "header Subject", "body paragraph 3" ... */
};

struct check {
	void *mem;
	const struct ruleset *ruleset;
	struct message *message;
	struct check_options options;
	double *values;  /* by rule index: value of a hit, 0: none */
	uint8_t *states; /* by rule index: private to check.c */
	struct check_hit *hits; /* in order of name once the check is done */
	size_t hit_count;
	double score;    /* rounded to 3 decimals */
	double required;
	bool is_spam;
	bool timed_out;  /* the time limit was reached: rules were left out */
	size_t failed;   /* rules that ran into a limit of PCRE2 */
	/* Tags set by captures and evals, for templates: private. */
	struct check_tags *tags;
	/* State that evals keep between rules of one message, by name. */
	struct check_state *eval_state;
};

/* Runs all rules. Never fails; see timed_out and failed. */
struct check *check_message(void *mem, const struct ruleset *ruleset,
			    struct message *message,
			    const struct check_options *options);

/* --- for evals --- */

/* get(): "From:addr", "ALL", "EnvelopeFrom", "X-Spam-Relays-Untrusted" ...
 * SLICE_NONE if absent. Kept with the check. */
struct slice check_header(struct check *check, const char *name);
/* The same, but "" for an absent one. */
struct slice check_header_text(struct check *check, const char *name);
/* A per-message memory of one plugin, made (zeroed) on first use. */
void *check_state(struct check *check, const char *name, size_t size);
/* A tag for templates, such as _TESTS_; NULL if unknown. Set: text is copied. */
const char *check_tag(struct check *check, const char *name);
void check_tag_set(struct check *check, const char *name, struct slice text);

/* --- afterwards --- */

struct check_header_line {
	const char *name; /* "X-Spam-Status" */
	const char *value; /* folded with "\n\t" as SpamAssassin folds */
};
/* The header lines that add_header asks for, tags filled in (template.c). */
size_t check_headers(struct check *check, struct check_header_line **lines);
/* The report template, tags filled in. */
char *check_report(struct check *check);
/* Fills in a template's _TAGS_. */
char *check_expand(struct check *check, const char *text);

#endif
