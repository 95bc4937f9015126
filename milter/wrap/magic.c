/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/magic.h"

#include <magic.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"

/* libmagic needs no more to tell a type, and hostile files cost less. */
#define FILETYPE_BYTES_MAX (1024 * 1024)

/*
 * libmagic takes 0.3 ms for the least of files, and mail brings many that are
 * equal: logos, the footers of lists, what broken base64 is decoded to. Types
 * of so many files of up to so many bytes are kept. Nobody who does not know the
 * key can make a file that has the digest of another.
 */
#define FILETYPE_KNOWN 512
#define FILETYPE_KNOWN_BYTES (64 * 1024)

struct filetype_known {
	struct digest digest;
	char *type; /* NULL: none was kept here */
};

struct filetype {
	magic_t handle;
	struct digest_key key;
	struct filetype_known known[FILETYPE_KNOWN];
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

	filetype->handle =
		magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
			   MAGIC_NO_CHECK_TOKENS);
	if (filetype->handle == NULL) {
		err_errno(err, "libmagic cannot be opened");
		mem_free(filetype);
		return NULL;
	}
	mem_on_free(filetype, filetype_close);
	digest_key_new(&filetype->key);
	if (magic_load(filetype->handle, database) != 0) {
		err_config(err, "libmagic cannot load %s: %s",
			   database == NULL ? "its database" : database,
			   magic_error(filetype->handle));
		mem_free(filetype);
		return NULL;
	}
	return filetype;
}

static struct filetype_known *
filetype_place(struct filetype *filetype, const struct digest *digest)
{
	uint16_t place;

	memcpy(&place, digest->bytes, sizeof(place));
	return &filetype->known[place % FILETYPE_KNOWN];
}

static struct digest
filetype_digest(const struct filetype *filetype, struct slice bytes)
{
	struct digest_state state;
	struct digest digest;

	digest_begin(&state, &filetype->key);
	digest_add(&state, bytes);
	digest_end(&state, &digest);
	return digest;
}

static const char *
filetype_ask(struct filetype *filetype, struct slice bytes, struct err *err)
{
	const char *type = magic_buffer(filetype->handle, bytes.data,
					bytes.len);

	if (type == NULL)
		err_temporary(err, "libmagic: %s",
			      magic_error(filetype->handle));
	return type;
}

char *
filetype_of(void *mem, struct filetype *filetype, struct slice bytes,
	    struct err *err)
{
	struct filetype_known *known;
	struct digest digest;

	if (bytes.len > FILETYPE_KNOWN_BYTES)
		return mem_strdup(mem,
				  filetype_ask(filetype,
					       slice_cut(bytes, 0,
							 FILETYPE_BYTES_MAX),
					       err));
	digest = filetype_digest(filetype, bytes);
	known = filetype_place(filetype, &digest);
	if (known->type == NULL || !digest_equal(&known->digest, &digest)) {
		const char *type = filetype_ask(filetype, bytes, err);

		if (type == NULL)
			return NULL;
		mem_free(known->type);
		known->digest = digest;
		known->type = mem_strdup(filetype, type);
	}
	return mem_strdup(mem, known->type);
}

int
filetype_version(void)
{
	return magic_version();
}
