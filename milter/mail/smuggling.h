/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SMUGGLING_H
#define MAIL_SMUGGLING_H

/*
 * Web pages that hold a file as text and build it in the reader's browser,
 * behind the back of whoever looks for attachments ("HTML smuggling").
 */

#include "mail/document.h"

void smuggling_look(void *mem, struct slice bytes, struct document *document);

#endif
