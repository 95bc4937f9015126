/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message that comes again is known again, and no other one is. */
#include "tap.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "retry.h"

static const struct digest_key key = { "a key for tests" };

static struct digest
digest_of(const char *prefix, const char *text)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	struct digest digest;
	struct err err;

	if (write(fd, prefix, strlen(prefix)) < 0 ||
	    write(fd, text, strlen(text)) < 0 ||
	    retry_digest(fd, strlen(prefix), &key, &digest, &err) < 0)
		tap_ok(false, "a message in memory");
	close(fd);
	return digest;
}

static void
check(const char *text, const char *prefix, bool same, const char *name)
{
	struct digest one = digest_of("", "Received: from a\n\tby b\n"
					  "Subject: lunch\nTo: b\n\nbody\n");
	struct digest two = digest_of(prefix, text);

	tap_ok(digest_equal(&one, &two) == same, "%s", name);
}

int
main(void)
{
	check("Received: from a\n\tby b\nSubject: lunch\nTo: b\n\nbody\n",
	      "Return-Path: <>\n", true, "what we put in front");
	check("Received: from c\n by d\nreceived : x\nSubject: lunch\nTo: b\n"
	      "Return-Path: <x@y>\n\nbody\n", "", true, "other trace fields");
	check("Subject: lunch\nDKIM-Signature: v=1;\n\tt=17\nTo: b\n\nbody\n",
	      "", true, "signed anew");
	check("Subject: lunch\n\tby b\nTo: b\n\nbody\n", "", false,
	      "a line more in a field that counts");
	check("Subject: dinner\nTo: b\n\nbody\n", "", false, "another subject");
	check("Subject: lunch\nTo: b\n\nBody\n", "", false, "another body");
	check("Subject: lunch\nTo: b\n\nReceived: x\nbody\n", "", false,
	      "a trace field in the body");
	check("Subject: lunch\nTo: b\nbody\n", "", false, "no end of header");
	check("", "", false, "nothing at all");
	tap_ok(!retry_is_trace(SLICE("Receive")) &&
		       !retry_is_trace(SLICE("")) &&
		       retry_is_trace(SLICE("arc-seal")),
	       "names of fields");
	return tap_done();
}
