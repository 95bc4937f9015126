/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_RTF_H
#define MAIL_RTF_H

/* Objects in Rich Text: the one thing in it that programs run. */

#include "mail/document.h"

bool rtf_is(struct slice bytes);
void rtf_look(void *mem, struct slice bytes, struct document *document);

#endif
