/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/magic.h"

#include <magic.h>

#include "base/mem.h"

/* libmagic needs no more to tell a type, and hostile files cost less. */
#define FILETYPE_BYTES_MAX (1024 * 1024)

struct filetype {
	magic_t handle;
};

static void
filetype_close(void *ptr)
{
	struct filetype *filetype = ptr;

	magic_close(filetype->handle);
}

struct filetype *
filetype_open(void *mem, const char *database, struct err *err)
{
	struct filetype *filetype = mem_new(mem, struct filetype);

	filetype->handle = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
				      MAGIC_NO_CHECK_TOKENS);
	if (filetype->handle == NULL) {
		err_errno(err, "libmagic cannot be opened");
		mem_free(filetype);
		return NULL;
	}
	mem_on_free(filetype, filetype_close);
	if (magic_load(filetype->handle, database) != 0) {
		err_config(err, "libmagic cannot load %s: %s",
			   database == NULL ? "its database" : database,
			   magic_error(filetype->handle));
		mem_free(filetype);
		return NULL;
	}
	return filetype;
}

char *
filetype_of(void *mem, struct filetype *filetype, struct slice bytes,
	    struct err *err)
{
	const char *type;

	bytes = slice_cut(bytes, 0, FILETYPE_BYTES_MAX);
	type = magic_buffer(filetype->handle, bytes.data, bytes.len);
	if (type == NULL) {
		err_temporary(err, "libmagic: %s",
			      magic_error(filetype->handle));
		return NULL;
	}
	return mem_strdup(mem, type);
}

int
filetype_version(void)
{
	return magic_version();
}
