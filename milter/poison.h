/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef POISON_H
#define POISON_H

/*
 * Messages that inspectors died of. Such a message is put off once and then
 * known by its digest, also after a restart: it is not inspected again, a copy
 * is kept for the admin, and the setting `poison` decides about it. Where the
 * death may have had other reasons (somebody's kill, a machine that stood
 * still) it takes three in a row.
 *
 * Any thread may call.
 */

#include "base/config.h"
#include "core/verdict.h"
#include "ending.h"
#include "memory.h"

struct poison;

/* A message at its end. */
struct poison_mail {
	const char *name; /* queue id, for the log */
	int message;	  /* sealed */
	size_t prefix;	  /* bytes of our own in front of it */
	size_t size;	  /* of what retry_digest() counts */
	/* private */
	bool is_read;
	struct digest digest;
	struct memory_entry entry; /* count 0: not remembered */
};

/* The file in `state_directory`; below mem. */
char *poison_list_path(void *mem, const struct config *config);
/* The file was called as the folder is by default: before that is made. */
void poison_rename_old(const struct config *config);
/* Reads the file; never fails, see memory.h. Lasts as long as the process. */
struct poison *poison_open(const struct config *config);
/* After a reload. */
void poison_configure(struct poison *poison, const struct config *config);

/* True if the message is not to be inspected. */
bool poison_is_known(struct poison *poison, struct poison_mail *mail);
/* The minimal path: decides about a known one, by headers and settings
 * alone. */
void poison_judge(struct poison *poison, const struct config *config,
		  struct poison_mail *mail, struct verdict *verdict);
/* An inspector ended over the message. */
void poison_learn(struct poison *poison, const struct config *config,
		  struct poison_mail *mail, enum ending ending);
/* It was inspected to the end: what happened before had other reasons. */
void poison_absolve(struct poison *poison, struct poison_mail *mail);

#endif
