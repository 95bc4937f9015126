/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No recipient and no mailbox name leads out of the mail store. */
#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "mail/maildir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_harmless(const char *name)
{
	assert(name[0] != '\0' && strchr(name, '/') == NULL);
	assert(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	assert(strlen(name) <= NAME_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const locations[] = {
		"/home/vmail/%d/%n/Maildir",
		"maildir:/m/%u",
		"/m/%n%d/x",
		"/m/.%n",
		"/%d",
	};
	void *mem;
	struct maildir_place place;
	struct err err;
	const char *folder, *text;

	if (size == 0)
		return 0;
	mem = mem_context(NULL, "fuzz");
	text = mem_strndup(mem, (const char *)data + 1, size - 1);
	if (maildir_place(mem, locations[data[0] % 5], text, &place, &err) ==
	    0) {
		assert(place.count > 0 && place.fixed[0] == '/');
		for (size_t i = 0; i < place.count; i++)
			is_harmless(place.names[i]);
	}
	folder = maildir_folder_name(mem, text);
	if (folder != NULL && folder[0] != '\0') {
		is_harmless(folder);
		assert(folder[0] == '.' && strstr(folder, "..") == NULL);
	}
	/* The text as the template. */
	if (maildir_place(mem, text, "john@example.org", &place, &err) == 0)
		for (size_t i = 0; i < place.count; i++)
			is_harmless(place.names[i]);
	mem_free(mem);
	return 0;
}
