/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

/*
 * What the stages found and what follows from it. The strongest action wins;
 * findings only add up. A verdict owns what hangs below it and belongs to one
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "mail/auth.h"

/* Weakest first. */
enum action {
	ACTION_ACCEPT,
	ACTION_TAG,        /* accept, and say so in headers */
	ACTION_QUARANTINE, /* accept into Postfix's hold queue */
	ACTION_TEMPFAIL,
	ACTION_DISCARD,    /* accept and throw away */
	ACTION_REJECT,
};

const char *action_name(enum action action); /* "accept", "tag" ... */
/* By name; -1 if unknown. */
int action_by_name(const char *name);

struct verdict_hit { /* a rule that hit */
	const char *name;
	const char *describe; /* or NULL */
	double score;
	const char *matched; /* with explain: escaped text, or NULL */
	const char *place;   /* with explain, or NULL */
	const char *why;     /* with explain, of metas: a tree of lines */
	double value;
};

struct verdict_near { /* a meta that lacked one condition */
	const char *name;
	const char *describe; /* or NULL */
	const char *lacked;
	double score;
};

struct verdict_attachment {
	const char *path; /* "a.zip/b.exe": UTF-8, escaped for no medium */
	const char *name;
	const char *declared; /* Content-Type, or "" */
	const char *type;     /* by libmagic, or "" */
	const char *finding;  /* "MACRO OLE_OBJECT", or "" */
	size_t size;
	const char *rule; /* that decided on it, or NULL */
};

struct verdict_header { /* to add to the mail */
	const char *name;
	const char *value; /* folded with "\n\t" or "\n " */
};

struct verdict_time {
	const char *stage;
	int64_t us; /* microseconds on the clock */
};

struct verdict {
	enum action action;
	const char *stage; /* that decided on the action, or "" */
	const char *reason; /* in words an admin understands, or "" */
	const char *reply_code, *reply_dsn, *reply_text; /* "" if none asked */

	/* To be put off once, and what is to happen when the mail comes again;
	 * until verdict_settle(), which knows whether it does. */
	bool postponed;
	enum action later;
	const char *later_stage, *later_text; /* "" if not postponed */

	bool checked_spam; /* score and hits are valid */
	bool spam;
	double score, required;
	struct verdict_hit *hits;
	size_t hit_count;
	const char **subtests; /* names that hit and begin with __; only here,
				* the daemon does not ask for them */
	size_t subtest_count;
	struct verdict_near *nears; /* asked for by scan --near */
	size_t near_count;
	const char *trace; /* lines about the rule of scan --rule, or "" */
	const char *report; /* of scan --format report, or "" */

	bool checked_virus;
	const char *virus; /* signature, or "" */
	const char *virus_part; /* the number or path of what holds it, or
				 * "message"; "" without virus */

	struct verdict_attachment *attachments;
	size_t attachment_count;

	const char **findings; /* "AMBIGUOUS" ...; each once */
	size_t finding_count;
	const char **notes; /* what a finding rests on: "AMBIGUOUS: ..." */
	size_t note_count;
	struct auth_results *auth; /* by the stage auth, for the stage spam;
				    * NULL: nobody looked. Stays here. */
	const char *auth_summary; /* for the log: "spf:pass,helo:none", or "" */
	const char *origin; /* with explain: how these came about, or "" */
	const char *asked;  /* with explain: a line a DNS question, or "" */
	const char *dns_late; /* questions without an answer in time, or "" */
	const char **errors; /* what could not be done, and by whom; in words */
	size_t error_count;

	struct verdict_header *headers;
	size_t header_count;
	const char *subject_tag; /* to put in front of the Subject, or "" */

	/* PHASE_RECIPIENT: the final mailboxes of the last recipient. */
	const char **mailboxes;
	size_t mailbox_count;

	struct verdict_time *times;
	size_t time_count;
};

struct verdict *verdict_new(void *mem);
/*
 * Asks for an action. The strongest one asked for wins; the first of equals.
 * code and dsn ("550", "5.7.1") and text make the reply of REJECT and TEMPFAIL;
 * NULL gives the action's default.
 */
void verdict_decide(struct verdict *verdict, enum action action,
		    const char *stage, const char *code, const char *dsn,
		    const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Asks to put the mail off at the first time, and for this action when it
 * comes again; the strictest one asked for wins, the first of equals. */
void verdict_postpone(struct verdict *verdict, enum action action,
		      const char *stage, const char *text);
/* Whether it makes a difference if the mail has been here before. */
bool verdict_is_postponed(const struct verdict *verdict);
/* again: it has been put off before. To be called once, at the end. */
void verdict_settle(struct verdict *verdict, bool again);
void verdict_find(struct verdict *verdict, const char *finding);
/* The same, and what it rests on, in words; said once. */
void verdict_find_why(struct verdict *verdict, const char *finding,
		      const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void verdict_error(struct verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void verdict_add_header(struct verdict *verdict, const char *name,
			const char *value);
void verdict_add_mailbox(struct verdict *verdict, const char *mailbox);
struct verdict_attachment *verdict_add_attachment(struct verdict *verdict);
struct verdict_hit *verdict_add_hit(struct verdict *verdict, const char *name);
struct verdict_near *verdict_add_near(struct verdict *verdict,
				      const char *name);
void verdict_add_subtest(struct verdict *verdict, const char *name);
void verdict_add_time(struct verdict *verdict, const char *stage, int64_t us);
/* To and from bytes, for the way from an inspector; hostile bytes are an
 * error. */
void verdict_encode(const struct verdict *verdict, struct buf *out);
struct verdict *verdict_decode(void *mem, struct slice bytes, struct err *err);

#endif
