/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_OLE_H
#define MAIL_OLE_H

/*
 * What compound files hold that documents should not: macros, passwords,
 * objects; and the attachments of Outlook messages. [MS-OVBA], [MS-XLS],
 * [MS-DOC], [MS-PPT], [MS-OLEDS], [MS-OXMSG].
 */

#include "mail/cfb.h"
#include "mail/document.h"

void ole_look(void *mem, struct slice bytes, struct document *document);
/*
 * A packaged file: bytes of Ole10Native behind their length. Adds it to the
 * document; false if the bytes are none.
 */
bool ole_look_packaged(void *mem, struct slice bytes,
		       struct document *document);

#endif
