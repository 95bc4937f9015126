/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mail's other readings: none of a clean one; of others, parts that the tree
 * does not have and bodies decoded in several ways. With mails as arguments, it
 * prints what is found in them, for t/9510-hostile.t: a line for each file,
 * with path, type, and its bytes in hex, as text in UTF-8 and as they are.
 */
#include "tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/files.h"
#include "mail/readings.h"

static void *mem;

static void
print_hex(struct slice bytes)
{
	putchar('\t');
	for (size_t i = 0; i < bytes.len; i++)
		printf("%02x", (unsigned char)bytes.data[i]);
}

static int
print_entry(void *context, const struct files_entry *entry)
{
	const char *charset = entry->part->charset;

	printf("%s\t%s", entry->part->path, entry->part->type);
	print_hex(charset_for_reader(mem, entry->bytes,
				     charset == NULL ? "utf-8" : charset));
	print_hex(entry->bytes);
	putchar('\n');
	return 0;
}

static void
print_file(const char *path)
{
	static const struct files_limits limits = { 8, 1000, 200 << 20, 250,
						    60000 };
	int fd = open(path, O_RDONLY);
	struct stat st = { .st_size = 0 };
	struct files_outcome outcome;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	printf("%s\n", path);
	files_each(mem,
		   message_parse(mem,
				 (struct slice){ bytes, (size_t)st.st_size },
				 NULL),
		   &limits, print_entry, NULL, &outcome);
	for (size_t i = 0; i < outcome.ambiguous_count; i++)
		printf("# %s\n", outcome.ambiguous[i]);
}

/* "2: note; note": how many readings, and why. */
static const char *
read(const char *text)
{
	struct message *m = message_parse(mem, slice_of(text), NULL);
	const struct readings *readings = readings_of(m);
	struct buf out = BUF(mem);

	buf_printf(&out, "%zu", readings->count);
	for (size_t i = 0; i < readings->note_count; i++)
		buf_printf(&out, "%s %s", i == 0 ? ":" : ";",
			   readings->notes[i]);
	return buf_string(&out);
}

static void
test_clean(void)
{
	tap_is(read("Subject: x\n\nHi.\n"), "0", "a text");
	tap_is(read("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n"
		    "--b\nContent-Type: image/png\n"
		    "Content-Transfer-Encoding: base64\n\nQUJD\n--b--\n"),
	       "0", "a text and a file");
	tap_is(read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		    "Content-Type: multipart/alternative; boundary=c\r\n\r\n"
		    "--c\r\nContent-Type: text/plain\r\n\r\nHi\r\n--c\r\n"
		    "Content-Type: text/html\r\n\r\nHi\r\n--c--\r\n\r\n"
		    "--b--\r\n"),
	       "0", "nested, with CRLF");
	tap_is(read("Content-Type: message/rfc822\n"
		    "Content-Transfer-Encoding: base64\n\n"
		    "Q29udGVudC1UeXBlOiB0ZXh0L3BsYWluCgpIaQo=\n"),
	       "0", "an encoded message");
}

static void
test_ambiguous(void)
{
	tap_is(read("Content-Type: multipart/mixed; boundary=b\n\n"
		    "--b\nContent-Type: text/plain\n\nHi\n--b--\n"
		    "Content-Type: x/y\n\nlost\n"),
	       "1: line 8: a part that is not in the structure",
	       "behind the end");
	tap_is(read("Content-Type: image/png\n"
		    "Content-Transfer-Encoding: base64\n\nQU=JD\n"),
	       "4: the message: broken base64, which programs decode "
	       "differently",
	       "base64");
	tap_is(read("Content-Type: text/plain\n"
		    "Content-Type: text/html\n\nHi\n"),
	       "0: the message: two Content-Type fields that differ",
	       "two fields");
	tap_is(read("Content-Type: text/plain\n\nI got\n\n--b\n"
		    "Content-Type: text/html\n\nHi\n"),
	       "1", "quoted: read, and not ambiguous");
}

static struct slice
repeat(const char *head, const char *text, size_t count)
{
	struct buf out = BUF(mem);

	buf_text(&out, head);
	for (size_t i = 0; i < count; i++)
		buf_text(&out, text);
	return buf_view(&out);
}

/* Linear, whatever comes; and what is left out is said. */
static void
test_bounds(void)
{
	static const char head[] = "Content-Type: multipart/mixed\n\n";
	static const char *const many[] = {
		"--b\nContent-Type: x/y\n\nx\n",
		"Content-Type: x/y\n\n",
		"Content-Type: x/y\nx\n",
		"--b\rContent-Type: x/y\r\rx\r",
		"begin 644 x\n",
		"\r",
		"--b\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
	};

	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		clock_t start = clock();
		void *scope = mem_context(NULL, "bound");
		struct message *m = message_parse(
			scope, repeat(head, many[i], 100000), NULL);
		const struct readings *readings = readings_of(m);

		tap_ok(clock() - start < 3 * CLOCKS_PER_SEC,
		       "100,000 of %zu: %zu readings in %ld ms", i,
		       readings->count,
		       (long)((clock() - start) * 1000 / CLOCKS_PER_SEC));
		if (readings->count > 1000)
			tap_ok(readings->limited != NULL, "and said so");
		mem_free(scope);
	}
}

int
main(int argc, char **argv)
{
	mem = mem_context(NULL, "test");
	for (int i = 1; i < argc; i++)
		print_file(argv[i]);
	if (argc > 1)
		return 0;
	test_clean();
	test_ambiguous();
	test_bounds();
	return tap_done();
}
