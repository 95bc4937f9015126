/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

#define SPOOL_BUFFER (32 * 1024)

struct spool {
	int fd; /* -1: not opened yet */
	size_t limit;
	size_t size; /* of the message, written or in the buffer */
	bool in_body;
	bool carriage_return; /* the last chunk ended with one */
	bool too_big;
	struct err failure; /* the first one */
	size_t used;
	char buffer[SPOOL_BUFFER];
};

static void
spool_close(void *ptr)
{
	struct spool *spool = ptr;

	if (spool->fd >= 0)
		close(spool->fd);
}

struct spool *
spool_new(void *mem, size_t limit)
{
	struct spool *spool = mem_new(mem, struct spool);

	mem_on_free(spool, spool_close);
	spool->limit = limit;
	spool->fd = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (spool->fd < 0)
		err_errno(&spool->failure, "cannot make a file in memory");
	return spool;
}

static void
spool_flush(struct spool *spool)
{
	const char *from = spool->buffer;

	while (spool->used > 0 && spool->failure.kind == ERR_NONE) {
		ssize_t n = write(spool->fd, from, spool->used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(&spool->failure, "cannot keep the message");
			break;
		}
		from += n;
		spool->used -= (size_t)n;
	}
	spool->used = 0;
}

static void
spool_raw(struct spool *spool, const char *data, size_t n)
{
	while (n > 0) {
		size_t room = SPOOL_BUFFER - spool->used;
		size_t step = n < room ? n : room;

		memcpy(spool->buffer + spool->used, data, step);
		spool->used += step;
		data += step;
		n -= step;
		if (spool->used == SPOOL_BUFFER)
			spool_flush(spool);
	}
}

static void
spool_write(struct spool *spool, const char *data, size_t n)
{
	if (n > spool->limit - spool->size)
		spool->too_big = true;
	if (spool->too_big)
		return;
	spool->size += n;
	spool_raw(spool, data, n);
}

void
spool_prefix(struct spool *spool, struct slice text)
{
	spool_raw(spool, text.data, text.len);
}

void
spool_header(struct spool *spool, const char *name, const char *value)
{
	spool_write(spool, name, strlen(name));
	spool_write(spool, ":", 1);
	spool_write(spool, value, strlen(value));
	spool_write(spool, "\n", 1);
}

static void
spool_end_header(struct spool *spool)
{
	if (spool->in_body)
		return;
	spool->in_body = true;
	spool_write(spool, "\n", 1);
}

/* CR LF becomes LF; a CR that stands alone is part of the text. */
void
spool_body(struct spool *spool, struct slice chunk)
{
	size_t start = 0;

	spool_end_header(spool);
	if (chunk.len == 0)
		return;
	if (spool->carriage_return && chunk.data[0] != '\n')
		spool_write(spool, "\r", 1);
	spool->carriage_return = chunk.data[chunk.len - 1] == '\r';
	if (spool->carriage_return)
		chunk.len--;
	while (start < chunk.len) {
		size_t end = slice_search(chunk, start, SLICE("\r\n"));

		spool_write(spool, chunk.data + start, end - start);
		start = end + 1;
	}
}

size_t
spool_size(const struct spool *spool)
{
	return spool->size;
}

bool
spool_too_big(const struct spool *spool)
{
	return spool->too_big;
}

int
spool_seal(struct spool *spool, struct err *err)
{
	const int seals =
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

	spool_end_header(spool);
	if (spool->carriage_return)
		spool_write(spool, "\r", 1);
	spool->carriage_return = false;
	spool_flush(spool);
	if (spool->failure.kind == ERR_NONE &&
	    fcntl(spool->fd, F_ADD_SEALS, seals) < 0)
		err_errno(&spool->failure, "cannot seal the message");
	if (spool->failure.kind == ERR_NONE)
		return spool->fd;
	*err = spool->failure;
	return -1;
}
