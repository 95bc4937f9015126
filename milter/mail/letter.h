/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_LETTER_H
#define MAIL_LETTER_H

/*
 * Whether a message is a plain letter: a header and one text that was not
 * encoded, and nothing in either that any reader of mail could take for a file,
 * a part, another mail or a page of HTML. Its bytes are then all there is to
 * it, however it is read. False says nothing.
 */

#include <stdbool.h>

#include "mail/message.h"

bool letter_is_plain(struct message *message);

#endif
