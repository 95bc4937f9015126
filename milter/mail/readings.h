/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_READINGS_H
#define MAIL_READINGS_H

/*
 * What else the mail may be read as. The tree of parts (mime.c) is how
 * SpamAssassin reads it, and rules see nothing else. Mail clients differ: on
 * which of two fields counts, where a part begins and ends, what broken base64
 * stands for. Here is what any of them may see beyond the tree, for those who
 * look for viruses and names: parts wherever their fields stand (heads.h), and
 * bodies decoded after other habits (habits.h).
 *
 * Where the readings differ in what they make of the mail, it is ambiguous,
 * and the notes say why. A clean mail has no further readings.
 */

#include <stdbool.h>
#include <stddef.h>

#include "mail/habits.h"
#include "mail/message.h"

#define READINGS_NOTES_MAX 8 /* more of them say nothing new */

struct reading {
	struct part *part; /* of the tree, or one that is not in it */
	struct slice raw;
	enum habit habit;
	bool loose; /* for the files inside its text only (embedded.h) */
};

struct readings {
	struct reading *items;
	size_t count;
	const char *notes[READINGS_NOTES_MAX]; /* why it is ambiguous */
	size_t note_count;
	const char *limited; /* the bound that was reached, or NULL */
	bool fragment;	     /* message/partial: the rest is elsewhere */
};

/* Made on first use, and kept with the message. */
const struct readings *readings_of(struct message *message);

#endif
