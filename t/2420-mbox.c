/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mail/mbox.h: where one message ends and the next begins. */
#include "tap.h"

#include <string.h>

#include "mail/mbox.h"

static void
parts_are(const char *file, size_t count, const char *last, const char *what)
{
	struct slice rest = slice_of(file), message = SLICE_NONE;
	size_t found = 0, bytes = 0;

	while (mbox_next(&rest, &message)) {
		found++;
		bytes += message.len;
	}
	tap_ok(found == count && bytes == strlen(file) &&
		   slice_is(message, last),
	   "%s", what);
}

#define FROM "From a@b.example Thu Aug 22 12:36:23 2002\n"
#define MAIL "Subject: x\n\ntext\n"

int
main(void)
{
	tap_ok(mbox_is(SLICE(FROM MAIL)), "a file that begins with From");
	tap_ok(!mbox_is(SLICE(MAIL)), "one that begins with a header");
	tap_ok(!mbox_is(SLICE("")), "an empty one");
	tap_ok(!mbox_is(SLICE("From here on\n\n")),
	       "one that begins with text");
	parts_are(FROM MAIL, 1, FROM MAIL, "one message");
	parts_are(FROM MAIL "\n" FROM MAIL "\n", 2, FROM MAIL "\n", "two");
	parts_are(FROM MAIL FROM MAIL, 1, FROM MAIL FROM MAIL,
		  "no empty line in between");
	parts_are(FROM MAIL "\nFrom here on\n", 1,
		  FROM MAIL "\nFrom here on\n", "a line of text");
	parts_are(FROM "Subject: x\r\n\r\nt\r\n\r\n" FROM MAIL, 2, FROM MAIL,
		  "lines that end with CR LF");
	parts_are(FROM MAIL "\n" FROM, 2, FROM, "an empty message at the end");
	return tap_done();
}
