/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_NET_H
#define RULE_NET_H

/*
 * Rules that ask the DNS: check_rbl and its kin (Plugin/DNSEval.pm), URI lists
 * (URIDNSBL.pm), askdns (AskDNS.pm), hashes (HashBL.pm), ASN (ASN.pm). All of a
 * message's questions are started while its rules run; net_collect() waits for
 * the answers, which may lead to further questions. A rule whose answer does
 * not come stays unknown, as one that was not run.
 */

#include "rule/check.h"
#include "wrap/dns.h"

/* What an eval returns that knows only when answers are there. */
#define EVAL_LATER INT32_MIN

enum net_subtest_kind {
	NET_ANY,	/* there is none */
	NET_TEXT,	/* the very text */
	NET_MASK,	/* one of these bits, of an address in 127/8 */
	NET_RANGE,	/* from .. to */
	NET_VALUE,	/* these bits under that mask */
	NET_REGEX,
	NET_CODES,	/* askdns: DNS response codes */
};

struct net_subtest {
	enum net_subtest_kind kind;
	uint32_t from, to; /* or value and mask; codes: bit n for code n */
	const char *text;  /* as written */
	struct regex *regex;
};

enum net_kind {
	NET_RBL,	 /* check_rbl... with an answer to be tested */
	NET_RBL_SUB,	 /* check_rbl_sub: tests the answers of a set */
	NET_URI_NAME,	 /* urirhsbl, urirhssub */
	NET_URI_ADDRESS, /* uridnsbl, uridnssub */
	NET_URI_NS,	 /* urinsrhsbl, urinsrhssub */
	NET_URI_FULL_NS, /* urifullnsrhsbl, urifullnsrhssub */
	NET_ASKDNS,
	NET_HASH,
	NET_ASN, /* check_asn: tests a tag */
};

/* What a rule asks; compiled with the rule set. */
struct net_rule {
	enum net_kind kind;
	const char *set;  /* of check_rbl..., or NULL */
	const char *zone; /* without a dot at the end; askdns: the template */
	enum dns_type types[4]; /* askdns: those that may answer */
	size_t type_count;
	struct net_subtest subtest;
	bool ips_only, domains_only, notrim, of_a, of_ns; /* tflags */
};

/* --- with the rule set --- */

/* Reads the arguments of check_rbl... and check_hashbl...; -1: err says what is
 * wrong. */
int net_compile_eval(struct rule *rule, unsigned flags, struct err *err);
/* askdns NAME template types subtest */
int net_compile_askdns(struct rule *rule, unsigned flags, struct err *err);
/* urirhssub NAME zone type subtest, and its kin: is the line well formed? */
bool net_uri_is_valid(const char *key, const char *line);
/* All these lines, for the rules that run. */
void net_compile_uris(struct ruleset *ruleset);
/* ruleset->asking, once ruleset->order is there. */
void net_index(struct ruleset *ruleset);
/* Every zone that the rules in use ask, each once; below mem. */
size_t net_zones(void *mem, const struct ruleset *ruleset,
		 const char *const **zones);

/* --- with a message --- */

struct net_asked;
typedef void net_answered(struct check *check, const struct net_asked *asked,
			  const struct dns_answer *answer);

/* A question of a rule's. */
struct net_asked {
	struct dns_question *question;
	const struct rule *rule; /* NULL: it is for tags */
	net_answered *answered;
	const char *subject; /* what was asked about: "example.com" */
};

/* False with -L: nothing is asked. */
bool net_is_on(const struct check *check);
/* Starts what the URIs, the tags and the envelope ask for. */
void net_begin(struct check *check);
/* Waits for all answers, those to further questions too. */
void net_collect(struct check *check);
/* Starts a question for a rule, once. False if there are too many. */
bool net_ask(struct check *check, const struct rule *rule, const char *name,
	     enum dns_type type, const char *subject, net_answered *answered);
/* A hit, unless the rule has hit already. text: what was found, for reports. */
void net_hit(struct check *check, const struct rule *rule, const char *text);
/* The i-th record as text, as subtests want it: address, joined strings, or
 * what a zone file says. SLICE_NONE if it cannot be read. */
struct slice net_record(struct check *check, const struct dns_answer *answer,
			size_t index);
bool net_subtest_matches(struct check *check, const struct net_subtest *subtest,
			 struct slice text, unsigned code);

/* net_subtest.c: the three dialects. -1: malformed. */
int net_subtest_rbl(void *mem, const char *text, unsigned flags,
		    struct net_subtest *subtest, struct err *err);
int net_subtest_uri(void *mem, const char *text, struct net_subtest *subtest);
int net_subtest_askdns(void *mem, const char *text, unsigned flags,
		       struct net_subtest *subtest, struct err *err);

/* net_uri.c, net_askdns.c: parts of net_begin() and net_collect(). */
void net_begin_uris(struct check *check);
void net_begin_askdns(struct check *check, bool last);
/* eval_asn.c */
void net_begin_asn(struct check *check);
void net_finish_asn(struct check *check);

#endif
