/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSPECTOR_H
#define INSPECTOR_H

/*
 * What daemon, nursery and inspectors say to each other, and the inspector
 * itself: the one process that looks into mail.
 *
 *   daemon --SETTINGS, KILL, SLOW-> nursery       over CHILD_SOCKET
 *          <---BORN, READY, GONE, FAILED---
 *   daemon ----MAIL + memfd------> inspector      over a socket of its own,
 *          <---VERDICT, LAST-------               which BORN brought
 *
 * Before its verdict an inspector may ask for what it has no way to by itself:
 * the frames of wrap/dns.h.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/policy.h"

enum nursery_frame {
	NURSERY_SETTINGS = 1, /* config_text() of the daemon's settings */
	NURSERY_KILL,	      /* pid of an inspector, in decimal */
	NURSERY_BORN,	      /* pid, and the daemon's end of its socket */
	NURSERY_READY,	      /* all inspectors are born; policy_lacking() */
	NURSERY_GONE,	      /* pid, and how it ended: ending_name() */
	NURSERY_FAILED,	      /* why there will be none, in lines */
	NURSERY_LISTS,	      /* policy_list_zones() */
	NURSERY_SLOW,	      /* pid of an inspector that leaves after a mail
			       * that takes long: another one may come now */
};

enum inspector_frame {
	INSPECTOR_MAIL = 101, /* session_encode(), and the sealed message */
	INSPECTOR_VERDICT,    /* verdict_encode() */
	INSPECTOR_LAST,	      /* the same, and this inspector leaves */
};

#define NURSERY_FRAME_MAX (1024 * 1024)
#define INSPECTOR_SESSION_MAX (64 * 1024 * 1024)
#define INSPECTOR_VERDICT_MAX (16 * 1024 * 1024)

/* Time for bytes that the peer should have ready: sending, reading an answer
 * whose first byte has come. */
#define INSPECTOR_PATIENCE_MS 5000

/* What an inspector is born with. */
struct inspector_birth {
	const struct policy *policy;
	int sock;	     /* to the daemon */
	const char *scratch; /* its folder */
	pid_t nursery;
	int64_t data; /* inspector_data() of the nursery */
};

/* Inspectors that a policy wants, without those that take long. */
unsigned inspector_count(const struct config *config);
/* Bytes of data that the process has, most of them shared with its children. */
int64_t inspector_data(void);
/*
 * The limits of a process that looks into mail; data as before it was forked.
 */
void inspector_limits(const struct config *config, int64_t data);
/*
 * The life of an inspector: limits itself, enters its cage, then judges mails
 * that come over sock until the daemon closes it. Does not return.
 */
_Noreturn void inspector_run(const struct inspector_birth *birth);

#endif
