/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/spool.h"

static struct slice
sealed(void *mem, struct spool *spool)
{
	struct err err;
	struct stat stat;
	int fd = spool_seal(spool, &err);
	char *bytes;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return slice_of("cannot seal");
	bytes = mem_array(mem, char, (size_t)stat.st_size + 1);
	if (pread(fd, bytes, (size_t)stat.st_size, 0) != stat.st_size)
		return slice_of("cannot read");
	return (struct slice){ bytes, (size_t)stat.st_size };
}

/* The body as it comes out, cut into chunks of n bytes on the way in. */
static bool
body_is(const char *in, const char *out)
{
	for (size_t n = 1; n <= strlen(in) + 1; n++) {
		void *mem = mem_context(NULL, "body");
		struct spool *spool = spool_new(mem, 1000);
		char *wanted = mem_printf(mem, "\n%s", out);
		bool same;

		for (size_t i = 0; i < strlen(in); i += n)
			spool_body(spool, slice_cut(slice_of(in), i, i + n));
		same = slice_is(sealed(mem, spool), wanted);
		mem_free(mem);
		if (!same)
			return false;
	}
	return true;
}

static void
test_lines(void)
{
	tap_ok(body_is("a\r\nb\r\n", "a\nb\n"), "CR LF becomes LF");
	tap_ok(body_is("a\rb\r\r\nc\r", "a\rb\r\nc\r"), "a lone CR stays");
	tap_ok(body_is("\r\r\r", "\r\r\r"), "many of them, too");
	tap_ok(body_is("a\nb", "a\nb"), "a lone LF stays");
	tap_ok(body_is("\r\n\r\n.\r\n", "\n\n.\n"), "empty lines and dots");
	tap_ok(body_is("", ""), "an empty body");
}

static void
test_message(void)
{
	void *mem = mem_context(NULL, "test");
	struct spool *spool = spool_new(mem, 1000);
	struct err err;
	int fd;

	spool_prefix(spool, SLICE("Received: x\n"));
	spool_header(spool, "From", " a");
	spool_header(spool, "Subject", " one\n\ttwo");
	spool_header(spool, "Empty", "");
	spool_body(spool, SLICE("text\r\n"));
	tap_is_slice(sealed(mem, spool),
		     "Received: x\nFrom: a\nSubject: one\n\ttwo\nEmpty:\n\n"
		     "text\n",
		     "prefix, header with its folding, body");
	tap_is_int((long long)spool_size(spool), 39,
		   "the size does not count the prefix");
	fd = spool_seal(spool, &err);
	tap_ok(fd < 0 || write(fd, "x", 1) < 0, "nothing can be added");
	tap_ok(fd < 0 || ftruncate(fd, 0) < 0, "or taken away");
	mem_free(mem);
}

static void
test_limit(void)
{
	void *mem = mem_context(NULL, "test");
	struct spool *spool = spool_new(mem, 21);

	spool_prefix(spool, SLICE("Received: a long one\n"));
	spool_header(spool, "Subject", " 01234567890");
	tap_ok(spool_too_big(spool) == false, "up to the limit");
	spool_body(spool, SLICE("x"));
	tap_ok(spool_too_big(spool), "and not beyond");
	tap_ok(spool_size(spool) <= 21, "no more than the limit is kept");
	mem_free(mem);
}

static void
test_large(void)
{
	void *mem = mem_context(NULL, "test");
	struct spool *spool = spool_new(mem, 10 << 20);
	char *line = mem_array(mem, char, 60001);
	struct slice all;
	bool same = true;

	memset(line, 'a', 60000);
	for (size_t i = 998; i + 1 < 60000; i += 1000)
		memcpy(line + i, "\r\n", 2);
	for (int i = 0; i < 50; i++)
		spool_body(spool, (struct slice){ line, 60000 });
	all = sealed(mem, spool);
	tap_is_int((long long)all.len, 1 + 50 * 60 * 999,
		   "a body larger than the buffer");
	for (size_t i = 1; i < all.len; i++)
		same = same && all.data[i] == (i % 999 == 0 ? '\n' : 'a');
	tap_ok(same, "with every line as it was");
	mem_free(mem);
}

int
main(void)
{
	test_lines();
	test_message();
	test_limit();
	test_large();
	return tap_done();
}
