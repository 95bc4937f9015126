/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_RULESET_H
#define RULE_RULESET_H

/*
 * Rule files in SpamAssassin's language, read and compiled. The way of a rule:
 *
 *   parse.c      lines, `lang`, include; which lines count (condition.c)
 *   directive*.c what each directive does to the rule set (settings.c)
 *   replace.c    replace_tags
 *   pattern.c    Perl's regular expressions to PCRE2
 *   meta.c       expressions over rule names (expression.c)
 *   finish.c     scores, priorities, what runs and in which order
 *   ruleset.c    the parts above in their order
 *   check.c      runs a compiled rule set over a message (check.h)
 *
 * A rule set is built by one thread and read-only afterwards: inspectors share
 * it copy-on-write. An error in a rule costs that rule, not the file. All that
 * hangs below the rule set goes with it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/problem.h"
#include "base/str.h"
#include "mail/received.h"
#include "mail/uri.h"

enum rule_type {
	RULE_EMPTY, /* named by score, describe or reuse, never defined */
	RULE_HEADER,
	RULE_HEADER_EXISTS,
	RULE_HEADER_EVAL,
	RULE_BODY,
	RULE_BODY_EVAL,
	RULE_RAWBODY,
	RULE_RAWBODY_EVAL,
	RULE_FULL,
	RULE_FULL_EVAL,
	RULE_URI,
	RULE_URI_DETAIL,
	RULE_MIMEHEADER,
	RULE_META,
	RULE_RBL,    /* header NAME eval:check_rbl... */
	RULE_ASKDNS,
	RULE_ATTACHMENT, /* ours: attachment NAME field =~ /.../ */
	RULE_TYPES,
};

/* As in the rule language: "header", "body eval" ... */
const char *rule_type_name(enum rule_type type);

enum rule_flag {
	RULE_NICE = 1 << 0,
	RULE_NET = 1 << 1,
	RULE_LEARN = 1 << 2,
	RULE_USERCONF = 1 << 3,
	RULE_NOAUTOLEARN = 1 << 4,
	RULE_MULTIPLE = 1 << 5,
	RULE_NOSUBJECT = 1 << 6,
	RULE_NEGATED = 1 << 7,    /* header NAME x !~ /.../ */
	RULE_REPLACE = 1 << 8,    /* named by replace_rules */
	RULE_CONCAT = 1 << 9,     /* mimeheader: tflags concat */
	RULE_AUTOLEARN_FORCE = 1 << 10,
	RULE_PUBLISH = 1 << 11,
	RULE_HAS_SCORE = 1 << 12, /* a score line named it */
	RULE_SUBRULE = 1 << 13,   /* name begins with __ */
	RULE_DEFINED = 1 << 14,   /* not only named by score, describe ... */
	/* A meta with score 0 that other metas ask for. It stands in `order`
	 * though not_run is set, is evaluated but never hits; where it is true,
	 * no meta that depends on it is evaluated, as in SpamAssassin. */
	RULE_ONLY_ASKED = 1 << 15,
};

/* How a header rule takes the value (PerMsgStatus::_get). */
enum header_select {
	SELECT_VALUE = 0,
	SELECT_RAW = 1 << 0,
	SELECT_ADDR = 1 << 1,
	SELECT_NAME = 1 << 2,
	SELECT_FIRST = 1 << 3,
	SELECT_LAST = 1 << 4,
	SELECT_HOST = 1 << 5,
	SELECT_DOMAIN = 1 << 6,
	SELECT_IP = 1 << 7,
	SELECT_REVIP = 1 << 8,
};

/* What a hit of the rule does with the plugin Shortcircuit. */
enum rule_shortcircuit {
	SHORTCIRCUIT_OFF,
	SHORTCIRCUIT_ON, /* ends the check, the score decides */
	SHORTCIRCUIT_SPAM,
	SHORTCIRCUIT_HAM,
};

enum attachment_field {
	ATTACHMENT_NAME,     /* file name */
	ATTACHMENT_PATH,     /* with the archives it lies in: a.zip/b.exe */
	ATTACHMENT_DECLARED, /* Content-Type */
	ATTACHMENT_TYPE,     /* by libmagic */
	ATTACHMENT_FINDING,  /* "MACRO OLE_OBJECT" */
};

enum rule_action { /* of attachment rules, by action lines; default NONE */
	RULE_ACTION_NONE,
	RULE_ACTION_TAG,
	RULE_ACTION_QUARANTINE,
	RULE_ACTION_TEMPFAIL,
	RULE_ACTION_DISCARD,
	RULE_ACTION_REJECT,
};

struct rule;
struct regex;  /* wrap/regex.h */
struct meta;   /* meta.h */
struct uri_detail_rule; /* uri_detail.h */
struct prefilter; /* prefilter.h */
struct meta_plan; /* meta_plan.h */
struct profile;   /* profile.h */
struct net_rule;  /* net.h */
struct check_spare; /* check_scratch.h */
struct check;  /* check.h */

/* Runs an eval rule: its value (0: no hit). Registered in eval.c by name. */
typedef int (*eval_function)(struct check *check, const struct rule *rule);

struct rule {
	/* What each mail asks for, near at hand: */
	enum rule_type type;
	unsigned flags; /* enum rule_flag */
	size_t index; /* in the rule set; hits are kept by it */
	struct regex *regex; /* of regular expression rules */
	bool has_captures;  /* (?<NAME>...) that set tags */
	bool uses_captures; /* %{NAME} in the pattern */
	bool is_scouted; /* such a pattern matches only what regex does */
	unsigned maxhits; /* 0: no limit */
	const char *header; /* header and mimeheader rules: name, case kept */
	unsigned select;    /* enum header_select */
	uint32_t value_place; /* header_values_number() */
	int priority;
	const char *if_unset; /* [if-unset: x], or NULL */
	double score[4]; /* by score set: 1 * net + 2 * Bayes */
	eval_function eval;
	enum rule_shortcircuit shortcircuit;

	const char *name;
	const char *file; /* of the definition, else of the first mention */
	unsigned line;
	const char *range; /* mimeheader: tflags range=, or NULL */
	const char *describe; /* in the admin's language, or NULL */
	const char *subject_prefix; /* subjprefix, or NULL */
	const char *tflags;   /* as written, or "" */

	/* Why it does not run, in words ("needs the network", "plugin Razor2 is
	 * not built in", "score 0"); NULL: it runs. A rule that is not run
	 * behaves in metas as SpamAssassin's unrun rules do. */
	const char *not_run;

	/* Regular expression rules: the pattern as written between the
	 * delimiters, and its modifiers. */
	const char *pattern;
	const char *modifiers;

	const char *function;    /* eval rules */
	const char *const *args; /* unquoted; NULL-terminated */
	double *numbers; /* as far as each of them is one, else 0 */
	size_t arg_count;

	const char *expression; /* meta, askdns and uri_detail: as written */
	struct meta *meta;
	struct uri_detail_rule *details;
	struct net_rule *net; /* what it asks the DNS, or NULL */

	enum attachment_field field;
	enum rule_action action;
	const char *action_text; /* for the reply, or NULL */
};

/*
 * A list setting such as welcomelist_from, with its words in order; addresses
 * and hosts in lower case. welcomelist_from_rcvd, ..._dkim and their def_ twins
 * hold pairs: address, domain ("" if none). enlist_uri_host (NAME) and its like
 * fill "enlist_uri_host:NAME" (BLOCK and WELCOME for the two directives of
 * those names), where ! in front of a host excludes it; enlist_addrlist (NAME)
 * fills "NAME". Settings of one line each (welcomelist_subject, urirhssub ...)
 * hold whole lines.
 */
struct rule_list {
	const char *key; /* today's name: welcomelist_from */
	const char **items;
	size_t count;
	/* Once it is complete (rule_list.h): */
	struct names *places; /* of each word, if it is long; or NULL */
	const char **globs;   /* words with * or ? */
	size_t glob_count;
	struct slice *tails;  /* of each word: what follows its last * or ? */
};

/* A header that add_header asks for: "X-Spam-" + name. */
struct header_template {
	const char *name;
	const char *text; /* with _TAGS_; \n and \t already made */
	bool for_spam, for_ham;
};

/* Settings that rule files may make, SpamAssassin's defaults where silent. */
struct rule_settings {
	double required_score;
	bool use_bayes, skip_rbl_checks;
	struct header_template *headers;
	size_t header_count;
	bool headers_chosen; /* by add_header, remove_header or clear_headers */
	bool tells_subrules; /* a header or the report has _SUBTESTS_ */
	const char *report;       /* report template, lines joined by \n */
	const char *unsafe_report;
	const char *report_hostname;
	const char *rewrite_subject; /* rewrite_header Subject, or NULL */
	bool fold_headers;
	struct relay_settings relays;
	struct uri_settings uris;
	const char *ok_locales, *ok_languages;
	size_t body_part_scan_size, rawbody_part_scan_size; /* 0: no bound */
	bool normalize_charset;
	bool shortcircuit; /* the plugin is loaded */
	double shortcircuit_spam_score, shortcircuit_ham_score;
	/* NaN: not set. */
	double shortcircuit_min_ham_score, shortcircuit_max_spam_score;
};

struct ruleset {
	struct rule **rules; /* in order of definition */
	size_t count;
	struct rule_settings settings;
	/* Every other setting with one value, and those that are lists. */
	struct rule_list *lists;
	size_t list_count;
	unsigned score_set; /* 0..3, the one that is used */
	bool lint;
	/* Rules that run, in order of priority, then of type, then of name.
	 * Metas stand behind all that they depend on, so that one walk does. */
	struct rule **order;
	size_t order_count;
	struct rule **asking; /* those of them that ask the DNS: net.h */
	size_t asking_count;
	size_t value_count; /* different values that header rules ask for */
	struct prefilter *prefilter;
	struct meta_plan *meta_plan;
	struct check_spare *spare; /* room for the next check */
	struct profile *profile; /* counts while mails are checked, or NULL */
	const char **files; /* that were read, in order */
	size_t file_count;
	size_t defined_by_type[RULE_TYPES];
	size_t usable_by_type[RULE_TYPES];
	/* Sum of |score| of rules that SpamAssassin would run in this score
	 * set, and that do not run here. */
	double score_mass_lost;
	/* Derived state of check.c and evals, kept by name. */
	struct ruleset_state *state;
	struct names *rule_names, *list_names; /* private to ruleset.c */
	size_t names_matched; /* by rules_matching(); private to meta.c */
};

#define RULE_NAME_BYTES 100 /* SpamAssassin's bound for names of rules */

struct ruleset_source {
	/* Folders (SpamAssassin's layout: *.pre of all, then *.cf of each,
	 * sorted) and single files, in order; NULL-terminated. */
	const char *const *paths; /* or NULL */
	struct slice text; /* more rules, read last; may be SLICE_NONE */
	const char *locale;  /* for `lang`: "de_DE"; NULL: "en_US" */
	bool network;        /* score sets 1 and 3 */
	bool bayes;
	bool lint;           /* look harder: regexes that match all ... */
	bool profile;        /* count what each rule costs */
	bool no_jit;         /* quicker to load, slower to match: for tests */
};

/*
 * Reads and compiles. What is wrong goes to problems, with file and line.
 * Returns NULL only if a path cannot be read at all or a bound is passed.
 */
struct ruleset *ruleset_load(void *mem, const struct ruleset_source *source,
			     struct problems *problems, struct err *err);
/* By exact name, or NULL. */
struct rule *ruleset_find(const struct ruleset *ruleset, const char *name);
/* A new empty rule of a name that is not there yet; while loading only. */
struct rule *ruleset_add(struct ruleset *ruleset, const char *name);
/* The words of a list setting; NULL if it was never set. */
const struct rule_list *ruleset_list(const struct ruleset *ruleset,
				     const char *key);
/* The last word of a setting, or fallback. */
const char *ruleset_setting(const struct ruleset *ruleset, const char *key,
			    const char *fallback);

#endif
