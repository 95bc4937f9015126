/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions from policies: whatever an admin writes is understood or refused,
 * and a mail gets an action by it. The first line is a mail's sender, the
 * second its recipient, the third what was found. */
#include <stdint.h>

#include "base/mem.h"
#include "core/handling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
choose(void *mem, const struct handling *handling, struct slice lines[3])
{
	struct session *session = session_new(mem);

	session->mail = mail_new(session);
	session->mail->sender = slice_string(mem, lines[0]);
	mail_add_recipient(session->mail, slice_string(mem, lines[1]), NULL, 0);
	for (int class = 0; class < HANDLING_CLASSES; class++)
		handling_choose(handling, (enum handling_class)class, session,
				slice_string(mem, lines[2]), NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct config *config = config_new(mem);
	struct problems *problems = problems_new(mem);
	struct slice rest = { (const char *)data, size };
	struct slice lines[3] = { SLICE(""), SLICE(""), SLICE("") };
	struct handling *handling;

	/* Only these: to declare all took 20 times as long as the rest. */
	config_declare(config, handling_options);
	for (int i = 0; i < 3; i++)
		slice_line(&rest, &lines[i]);
	if (config_set(config, "policy_exceptions", slice_string(mem, rest),
		       "fuzz", NULL) == 0) {
		handling = handling_open(mem, config, problems);
		if (handling != NULL)
			choose(mem, handling, lines);
		else if (problems->count == 0)
			__builtin_trap();
	}
	mem_free(mem);
	return 0;
}
