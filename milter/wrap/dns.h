/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_DNS_H
#define WRAP_DNS_H

/*
 * Questions to the DNS, asked early and collected late: dns_ask() starts one
 * and never blocks, dns_wait() gives its answer, at the latest when the budget
 * of the message is over. Where answers come from (a source) is nobody's
 * business but the one's who opened it:
 *
 *   direct  libunbound, in the daemon and in commands (dns_direct.c)
 *   remote  the daemon, asked by an inspector over its socket (dns_remote.c)
 *   table   a text with all there is, for tests (dns_table.c)
 *   NULL    no network: every answer is DNS_OFF
 *
 * A source is shared by all threads of its process. A struct dns is one
 * message's and is used by one thread at a time; questions and answers hang
 * below it. What a name server says is hostile: counts and sizes are bounded
 * here, and rdata is to be read by the functions below.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/frame.h"
#include "base/str.h"

#define DNS_QUESTIONS_MAX 500	      /* of one message */
#define DNS_RECORDS_MAX 4096	      /* of one answer */
#define DNS_ANSWER_MAX (128 * 1024)   /* bytes of all its records */
#define DNS_NAME_MAX 253	      /* of a name written with dots */
#define DNS_ADDRESS_TEXT 46	      /* INET6_ADDRSTRLEN */

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

enum dns_status {
	DNS_FOUND,    /* records are there */
	DNS_NODATA,   /* the name is there, without records of this type */
	DNS_NXDOMAIN, /* there is no such name, or none can be */
	DNS_FAILED, /* SERVFAIL, refused, bogus, too many questions: see why */
	DNS_LATE,   /* no answer within the budget */
	DNS_OFF,    /* nobody was asked: there is no network */
};

struct dns_answer {
	enum dns_status status;
	enum dns_type type;
	bool secure;	      /* proved by DNSSEC */
	uint32_t ttl;	      /* seconds */
	struct slice *records; /* rdata, names in it not compressed */
	size_t record_count;  /* 0 unless DNS_FOUND */
	const char *canonical; /* where CNAMEs led to, or NULL */
	int64_t ms;	      /* from the question to the answer */
	const char *why;      /* of FAILED and LATE, in words; else "" */
	size_t size;	      /* bytes of all records */
};

struct dns_question {
	const char *name; /* lower case, no dot at the end */
	enum dns_type type;
	const struct dns_answer *answer; /* NULL: not collected yet */
	/* --- private --- */
	int64_t asked;	/* clock_ms() */
	uint32_t id;	/* of the remote source */
	void *pending;	/* the source's, below the question */
	bool told;	/* dns_serve(): the inspector has the answer */
};

struct dns;
struct dns_source;

/* "A", "TXT" ..., "?" for one that is not ours; "found", "late" ... */
const char *dns_type_name(enum dns_type type);
const char *dns_status_name(enum dns_status status);

/* --- one message --- */

/* source: NULL for none; it must outlive the result. budget: milliseconds, from
 * dns_begin() on. */
struct dns *dns_new(void *mem, struct dns_source *source, int64_t budget);
/* The time for answers begins to run. Until then nobody waits. */
void dns_begin(struct dns *dns);
/* False if every answer is going to be DNS_OFF (also for NULL). */
bool dns_is_on(const struct dns *dns);
/*
 * Starts a question, or joins one that this message has asked already. name: as
 * text, a dot at the end or not. Never NULL, never blocks; what cannot be asked
 * (too many, not a name) has its answer at once. dns: NULL is not allowed here;
 * see dns_is_on().
 */
struct dns_question *dns_ask(struct dns *dns, const char *name,
			     enum dns_type type);
/* Never NULL, and never later than the budget. */
const struct dns_answer *dns_wait(struct dns *dns,
				  struct dns_question *question);
/* The answer if it is there by now, else NULL. Does not wait. */
const struct dns_answer *dns_poll(struct dns *dns,
				  struct dns_question *question);
/* Both at once. */
const struct dns_answer *dns_look_up(struct dns *dns, const char *name,
				     enum dns_type type);
/* All questions so far, in the order in which they were asked. */
size_t dns_count(const struct dns *dns);
const struct dns_question *dns_at(const struct dns *dns, size_t index);

/* --- reading answers; false or SLICE_NONE: malformed, or no such record --- */

/* An address of an A or AAAA answer, as text. */
bool dns_address(const struct dns_answer *answer, size_t index,
		 char text[DNS_ADDRESS_TEXT]);
/* The strings of a TXT record, joined; any bytes. */
struct slice dns_text(void *mem, const struct dns_answer *answer,
		      size_t index);
/* The name in a PTR, NS or CNAME record: lower case, without the last dot. A
 * label with a dot, blank, backslash or byte beyond ASCII in it is
 * malformed. */
const char *dns_host(void *mem, const struct dns_answer *answer, size_t index);
/* An MX record; host "" for the root ("null MX"). */
bool dns_mx(void *mem, const struct dns_answer *answer, size_t index,
	    unsigned *preference, const char **host);
/* A record in printable ASCII for --explain and logs, cut to about max. */
char *dns_record_string(void *mem, const struct dns_answer *answer,
			size_t index, size_t max);

/* The name under which the address's PTR stands, or NULL if ip is none:
 * "1.2.0.192.in-addr.arpa"; with another zone a DNS list's question. */
char *dns_reverse(void *mem, const char *ip, const char *zone4,
		  const char *zone6);

/* --- sources --- */

struct dns_settings {
	/* "/etc/resolv.conf" (any path), "recursive", or "192.0.2.1",
	 * "2001:db8::1@5353" ...; NULL-terminated */
	const char *const *resolver;
	const char *trust_anchor; /* file with DS or DNSKEY; "": no DNSSEC */
	int64_t question_time;	  /* ms that one question may take */
};

struct dns_source *dns_direct(void *mem, const struct dns_settings *settings,
			      struct err *err);
/* In an inspector. sock: to the daemon. For one message at a time. */
struct dns_source *dns_remote(void *mem, int sock);
/*
 * Lines of `name TYPE rdata`: "a.test TXT v=spf1 -all" (strings of their own:
 * "one" "two\xff"), "a.test MX 10 mx.test", "a.test A 192.0.2.1", "a.test CNAME
 * b.test"; instead of rdata: "!servfail" or "!late". What is not there is
 * NXDOMAIN, or NODATA if the name has another record. # begins a comment.
 */
struct dns_source *dns_table(void *mem, struct slice text, struct err *err);

/* --- the daemon's end of a remote source --- */

enum dns_frame {
	DNS_FRAME_ASK = 901, /* inspector: a question */
	DNS_FRAME_WAIT,	     /* inspector: now I wait for it */
	DNS_FRAME_ANSWER,    /* daemon: answers, the one waited for last */
};

/*
 * Serves a frame of an inspector's, which is not trusted: at most it asks
 * DNS_QUESTIONS_MAX questions and waits for the budget of this mail. -1: the
 * frame is malformed, or the answer could not be sent.
 */
int dns_serve(struct dns *dns, int sock, const struct frame *frame,
	      struct err *err);

#endif
