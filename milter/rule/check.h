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

#include "mail/auth.h"
#include "mail/message.h"
#include "mail/received.h"
#include "mail/uri.h"
#include "rule/ruleset.h"
#include "wrap/dns.h"
#include "wrap/regex.h"

/* What other stages found, offered to rules of those types. */
struct check_attachment {
	const char *name, *path, *declared, *type, *finding;
	size_t size;
};

struct check_options {
	const struct check_attachment *attachments;
	size_t attachment_count;
	const char *const *findings; /* "AMBIGUOUS" ... */
	size_t finding_count;
	struct dns *dns; /* NULL: no network */
	double required;    /* score from which a mail is spam; 0: as the rule
			     * set says */
	int64_t time_limit; /* milliseconds for all rules; 0: none */
	bool no_prefilter;  /* try every rule: the same comes out, later */
	/* Leave sub-rules out that no other rule's hit depends on: the rest
	 * comes out the same, sooner. Not with explain or trace. */
	bool lazy;
	/* What the DNS says of its origin; NULL: nobody looked. */
	const struct auth_results *auth;
	bool explain;       /* keep where and what each rule matched */
	/* Name of one rule to follow, or NULL: check->trace then says what it
	 * was held against. */
	const char *trace;
	/* This thread's, kept between messages; NULL: made for this check. */
	struct regex_scratch *scratch;
};

/*
 * No rule holds up the others: what all of them may take beyond their due is
 * bounded. A rule that runs into this or into a limit of PCRE2 counts as not
 * hit and is named in check->failures.
 */
#define CHECK_RULE_DUE 10000      /* microseconds that every rule has */
#define CHECK_OVERTIME 500000    /* what all together may take beyond */

struct check_hit {
	const struct rule *rule;
	double score; /* what it adds: 0 for sub-rules, with tflags multiple
		       * the rule's score for every match */
	double value; /* what metas see: the count, or the eval's value */
	/* With explain: the matched bytes and where they stood, else empty. */
	struct slice matched; /* metas: the names that made it true */
	const char *place; /* "header Subject", "body paragraph 3" ... */
};

struct check {
	void *mem;
	const struct ruleset *ruleset;
	struct message *message;
	struct check_options options;
	double *values;  /* by rule index: value of a hit, 0: none */
	uint8_t *states; /* by rule index: enum check_known */
	struct check_hit *hits; /* in order of name once the check is done */
	size_t hit_count;
	double score;    /* rounded to 3 decimals */
	double required;
	bool is_spam;
	bool shortcircuited; /* a rule ended it early (shortcircuit.h) */
	bool timed_out;  /* the time limit was reached: rules were left out */
	size_t failed;   /* rules that ran into a limit */
	const char **failures; /* their names */
	const char *trace; /* lines of printable ASCII, or "" */
	/* Tags set by captures and evals, for templates: private. */
	struct check_tags *tags;
	/* State that evals keep between rules of one message, by name. */
	struct check_state *eval_state;
	struct check_private *own; /* check_private.h */
};

/* Runs all rules. Never fails; see timed_out and failed. */
struct check *check_message(void *mem, const struct ruleset *ruleset,
			    struct message *message,
			    const struct check_options *options);

/* --- for evals --- */

/*
 * get() in scalar context: "From:addr", "ALL", "EnvelopeFrom",
 * "X-Spam-Relays-Untrusted" ... Only the first of several addresses, names,
 * hosts or IPs, without LF; else all fields of that name, each with its LF.
 * SLICE_NONE if absent. Kept with the check, for which name must last, too.
 */
struct slice check_header(struct check *check, const char *name);
/* The same, but "" for an absent one. */
struct slice check_header_text(struct check *check, const char *name);
/* get() in list context: every value. Returns the count. */
size_t check_header_list(struct check *check, const char *name,
			 const struct slice **items);
/* With the rule set's settings; kept with the message. */
const struct relays *check_relays(struct check *check);
const struct uri_list *check_uris(struct check *check);
/* A per-message memory of one plugin, made (zeroed) on first use; name must last
 * as long as the check. */
void *check_state(struct check *check, const char *name, size_t size);
/* A tag for templates, such as TESTS; NULL if unknown. Set: text is copied. */
const char *check_tag(struct check *check, const char *name);
void check_tag_set(struct check *check, const char *name, struct slice text);

/* --- afterwards --- */

struct check_header_line {
	const char *name; /* "X-Spam-Status" */
	const char *value; /* folded with "\n\t" as SpamAssassin folds */
};
/* The header lines that add_header asks for, tags filled in (template.c). */
size_t check_headers(struct check *check, struct check_header_line **lines);
/* One such value: tags filled in, folded, encoded; printable ASCII, and every
 * line after the first begins with a tab. name: "X-Spam-Report". */
const char *check_header_field(struct check *check, const char *name,
			       const char *template);
/* What is to stand in front of the Subject: tag, a template, if the mail is
 * spam, then what subjprefix says of the rules that hit; all that only if tag
 * is not empty. As check_header_field(). */
const char *check_subject_tag(struct check *check, const char *tag);
/* The report template, tags filled in. */
char *check_report(struct check *check);
/* Fills in a template's _TAGS_. The result may hold any bytes of the mail. */
char *check_expand(struct check *check, const char *text);

#endif
