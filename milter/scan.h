/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_H
#define SCAN_H

/*
 * ispfilter scan: the inspection of the daemon on files, without a mail server.
 * The first process opens the files and hands them to one that is locked in
 * (caged.h), which looks into them one after the other and answers what is to
 * be printed. Some are handed over before the answer to the first has come, so
 * that neither sleeps and wakes for each; but one at a time where answers of the
 * DNS come the same way. One thread in each.
 */

#include "base/str.h"
#include "caged.h"
#include "core/pipeline.h"
#include "core/verdict.h"
#include "origin.h"

enum scan_format { SCAN_TEXT, SCAN_JSON, SCAN_HEADERS, SCAN_REPORT };

#define SCAN_AHEAD 16 /* files that wait at most */

struct scan_item {
	char *file;
	int fd;
};

struct scan {
	void *mem;
	void *pool; /* of the locked-in process: owner of each mail */
	struct policy *policy;
	const struct ruleset *ruleset; /* with --profile */
	struct message_limits limits;
	enum scan_format format;
	bool explain, near, exit_code, profile;
	const char *rule; /* to follow, or NULL */
	const char **recipients;
	size_t recipient_count;
	bool again; /* as if the mails had been put off before */
	bool no_signatures; /* none are installed: viruses are not looked for */
	bool found;	    /* spam, a virus or a banned attachment */
	bool unreadable;    /* a file could not be read */
	bool trouble;	    /* something could not be inspected */
	struct origin origin;
	size_t ahead; /* files that may be in the hands of the other process */
	int64_t dns_time; /* milliseconds for each message */
	struct caged caged; /* who looks into the messages */
	/* Those that wait for an answer, the first `sent` of them there; one
	 * after the other, for so many, since a process ended over one. */
	struct scan_item items[SCAN_AHEAD];
	size_t item_count, sent, careful;
	/* In that process: */
	struct dns_source *dns;
	const char *scratch;
};

/* Frames to and from the process that looks into messages, beside those of
 * questions to the DNS. */
enum {
	SCAN_MAIL = 401, /* name, and the file */
	/* Of each of the next messages: enum scan_flag, how long that is what
	 * is to print (numbers of wire.h), and that. */
	SCAN_DONE,
};

enum scan_flag { SCAN_FOUND = 1, SCAN_TROUBLE = 2 };

/* What is told of a message in the format asked for. elapsed: microseconds. */
void scan_report(const struct scan *scan, const char *file,
		 const struct verdict *verdict, int64_t elapsed,
		 struct buf *out);
/* The locked-in process, for caged_start(); arg: the scan. Ends with the other
 * end of sock. */
void scan_work(void *arg, int sock, const char *scratch);
/* Scans a file and prints what is found; what cannot be opened is told and
 * remembered in the scan. For inputs_visit(): arg is the scan. */
void scan_file(void *arg, const char *file);
void scan_stdin(struct scan *scan);
/* Until all that were begun are printed. */
void scan_finish(struct scan *scan);
void scan_unreadable(void *arg, const char *file, const char *why);

#endif
