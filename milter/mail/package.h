/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_PACKAGE_H
#define MAIL_PACKAGE_H

/* Members of office documents that are ZIP files: Open XML and OpenDocument. */

#include "mail/document.h"

/* path: of the member, within the document. */
void package_look_member(void *mem, struct slice path, struct slice bytes,
			 struct document *document);

#endif
