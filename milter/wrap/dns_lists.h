/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_DNS_LISTS_H
#define WRAP_DNS_LISTS_H

/*
 * Lists in the DNS, watched. Filters that misread a list's error codes, or ask
 * one that has closed and now lists everything, refuse all mail; so each list
 * is probed at the start and every hour (RFC 5782): an answer to 1.0.0.127
 * means that it lists whatever it is asked about. That, an answer of
 * 127.255.255.x ("you may not ask"), or one outside of 127.0.0.0/8, opens the
 * circuit: nobody is told that list's answers until a probe finds it sane
 * again.
 *
 * A source that stands in front of another; any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wrap/dns.h"

struct dns_lists;

enum dns_list_state {
	DNS_LIST_UNKNOWN, /* not probed yet, or it gave no answer */
	DNS_LIST_SANE,
	DNS_LIST_SILENT, /* it does not list 127.0.0.2, as it should */
	DNS_LIST_OPEN,	 /* the circuit is open: see why */
};

struct dns_list_told {
	char zone[DNS_NAME_MAX + 1];
	enum dns_list_state state;
	char why[120];
	int64_t since;	  /* seconds of 1970: of this state */
	uint64_t answers; /* to mails, listed or not */
	uint64_t hits;	  /* of these: listed */
	uint64_t errors;  /* none, or an error */
	uint64_t ms;	  /* of all answers together */
};

const char *dns_list_state_name(enum dns_list_state state);

/* under must outlive the result, which frees nothing of it. */
struct dns_lists *dns_lists_new(void *mem, struct dns_source *under);
/* What to ask instead of the source under it. */
struct dns_source *dns_lists_source(struct dns_lists *lists);
/* These zones, names with newlines between, are lists. Once, before any
 * question. */
void dns_lists_know(struct dns_lists *lists, struct slice zones);
/*
 * Starts a thread that probes them at once and then every hour, and writes what
 * is known to file ("": to none) every minute. Once.
 */
int dns_lists_watch(struct dns_lists *lists, const char *file, struct err *err);
/* Probes them now, waiting budget milliseconds at most. */
void dns_lists_probe(struct dns_lists *lists, int64_t budget);
/* What is known of each list, sorted by zone; below mem. */
size_t dns_lists_tell(struct dns_lists *lists, void *mem,
		      struct dns_list_told **told);

/* --- dns_lists_file.c --- */

/* Written beside it and renamed: readers see the old one or the new one. What
 * fails is logged. */
void dns_lists_write(const char *file, const struct dns_list_told *told,
		     size_t count);
/* The file's lines, as written. ERR_TEMPORARY: it is not there or malformed. */
int dns_lists_read(void *mem, const char *file, struct dns_list_told **told,
		   size_t *count, struct err *err);

#endif
