/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_TEXT_PRIVATE_H
#define MAIL_TEXT_PRIVATE_H

/* Between text.c, which has the views of a message, and text_part.c. */

#include "mail/text.h"

const struct text_settings *text_settings_of(struct message *message);

/* --- text_part.c --- */

/* Bytes as characters of Latin-1. */
struct slice text_widen(void *mem, struct slice bytes);

#endif
