/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_RECEIVED_LINE_H
#define MAIL_RECEIVED_LINE_H

/*
 * One Received field taken apart (Message/Metadata/Received.pm,
 * parse_received_line). Between received.c, which judges the relays,
 * received_line.c, received_forms.c and received_auth.c.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/form.h"

struct received_line {
	struct slice ip, rdns, helo, by, id, ident, auth;
	struct slice envfrom; /* data NULL: not said */
	bool looked_up;       /* this kind of server asks DNS for the name */
	/* qmail-scanner says here what belongs to the next field. */
	struct slice scanner_from;
	size_t steps; /* what the reading took, of form.h */
};

enum received_kind {
	RECEIVED_RELAY,
	RECEIVED_SKIPPED,     /* no hand-over from another host */
	RECEIVED_FETCHED,     /* fetchmail and its like: begin anew */
	RECEIVED_UNPARSEABLE,
	RECEIVED_UNKNOWN,     /* between these files: no form fits */
};

/* value: unfolded. All hangs below mem or points into value. */
enum received_kind received_read(void *mem, struct slice value,
				 struct received_line *line);

/* --- received_forms.c: the text behind "from " --- */
enum received_kind received_forms(struct form *form,
				  struct received_line *line);
enum received_kind received_forms_upper(struct form *form,
					struct received_line *line);
enum received_kind received_forms_bracket(struct form *form,
					  struct received_line *line);

/* --- received_auth.c: how the client proved who it is; "" if it did not --- */
struct slice received_auth(void *mem, struct form *form);

#endif
