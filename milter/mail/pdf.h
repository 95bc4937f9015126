/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_PDF_H
#define MAIL_PDF_H

/*
 * What makes a PDF dangerous: scripts, programs that it starts, files that it
 * carries, and a password. Looked for wherever they may stand, not where a
 * reader's way through the file leads.
 */

#include "mail/document.h"

bool pdf_is(struct slice bytes);
void pdf_look(void *mem, struct slice bytes, struct document *document);

#endif
