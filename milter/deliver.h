/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DELIVER_H
#define DELIVER_H

/*
 * One mail to one recipient's Maildir: what `ispfilter deliver` does when its
 * command line has been read (deliver.c) is in delivery.c.
 */

#include <stdbool.h>

#include "base/config.h"
#include "base/str.h"

extern const struct option deliver_options[];

struct delivery {
	const struct config *config;
	const char *user;      /* -d: whose Maildir */
	const char *recipient; /* -r, else -d: for Delivered-To */
	const char *original;  /* -a; "" if not given */
	const char *sender;    /* -f; NULL: no Return-Path is added */
	const char *queue_id;  /* -q; "" if not given */
	const char *mailbox;   /* -m; NULL: INBOX */
	struct slice message;
	bool reject; /* -e: a full mailbox is a permanent failure */
};

/* What is said to Postfix: an exit status, and a line that begins with an
 * enhanced status code, to which pipe(8) listens rather than to the status. */
struct outcome {
	int status;	 /* of sysexits.h */
	const char *dsn; /* "4.2.2" */
	const char *text;
};

/* Delivers, and logs a success. */
struct outcome delivery_run(void *mem, const struct delivery *delivery);

#endif
