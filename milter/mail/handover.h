/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HANDOVER_H
#define MAIL_HANDOVER_H

/*
 * A message as Postfix hands it over to a delivery agent: perhaps with an mbox
 * line, with the trace fields that pipe(8) was told to put on top, and with the
 * marks of our milter. One pass over the header; nothing is copied.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct handover {
	struct slice message; /* without the mbox line */
	/* In the fields above the first Received, which nobody but this host
	 * can have written: */
	bool has_return_path, has_delivered_to;
	struct slice queue_id; /* of the topmost Received, or none */
	int64_t arrived;       /* its time, seconds since 1970, or 0 */
	bool is_spam;	       /* X-Spam-Flag or X-Spam says yes */
	bool crlf;	       /* the first line ends with CRLF */
};

void handover_read(struct slice raw, struct handover *handover);

#endif
