/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "mail/container.h"
#include "mail/member_name.h"
#include "mail/zip.h"

static void *mem;

static void
put(struct buf *out, uint64_t value, unsigned width)
{
	for (; width-- > 0; value >>= 8)
		buf_char(out, (char)(value & 0xff));
}

static void
put_local(struct buf *out, const char *name, const char *data)
{
	buf_text(out, "PK\003\004");
	put(out, 20, 2);
	put(out, 0, 12); /* flags, method, time, sum */
	put(out, strlen(data), 4);
	put(out, strlen(data), 4);
	put(out, strlen(name), 2);
	put(out, 0, 2);
	buf_text(out, name);
	buf_text(out, data);
}

static void
put_central(struct buf *out, const char *name, size_t size, size_t start)
{
	buf_text(out, "PK\001\002");
	put(out, 20, 2);
	put(out, 20, 2);
	put(out, 0, 12);
	put(out, size, 4);
	put(out, size, 4);
	put(out, strlen(name), 2);
	put(out, 0, 12);
	put(out, start, 4);
	buf_text(out, name);
}

static void
put_end(struct buf *out, unsigned count, size_t directory)
{
	size_t size = out->len - directory;

	buf_text(out, "PK\005\006");
	put(out, 0, 4);
	put(out, count, 2);
	put(out, count, 2);
	put(out, size, 4);
	put(out, directory, 4);
	put(out, 0, 2);
}

/* Two members, told as the arguments say: the names before the members, those
 * in the directory, and where the directory places the second. */
static struct zip_look
look_at(const char *one, const char *two, const char *said_one,
	const char *said_two, bool twice)
{
	struct buf out = BUF(mem);
	struct zip_look look;
	size_t second, directory;

	put_local(&out, one, "first");
	second = out.len;
	put_local(&out, two, "second");
	directory = out.len;
	put_central(&out, said_one, 5, 0);
	if (said_two != NULL)
		put_central(&out, said_two, twice ? 5 : 6,
			    twice ? 0 : second);
	put_end(&out, said_two == NULL ? 1 : 2, directory);
	zip_look(mem, buf_view(&out), 10, &look);
	return look;
}

static void
test_stories(void)
{
	struct zip_look look = look_at("a", "b", "a", "b", false);

	tap_ok(look.found && look.exact && look.members == 2, "a directory");
	tap_ok(look.problem == NULL && look.hidden_count == 0 &&
		       look.name_count == 0,
	       "that agrees with the members");
	look = look_at("a", "b", "a", "c", false);
	tap_ok(look.name_count == 1 && slice_is(look.names[0], "c"),
	       "a name that only the directory tells");
	tap_ok(look.hidden_count == 1, "and one that only the header tells");
	look = look_at("a", "b", "a", NULL, false);
	tap_ok(look.hidden_count == 1 &&
		       slice_starts(look.hidden[0], "PK\003\004"),
	       "a member that the directory leaves out");
	look = look_at("a", "b", "a", "a", true);
	tap_ok(look.problem != NULL && look.bomb, "one member told twice");
	look = look_at("mimetype", "b", "mimetype", "b", false);
	tap_ok(look.document, "a document");
}

/* Encrypted, or packed, to those who read the header only. */
static void
test_packing(void)
{
	static const size_t places[] = { 6, 8 }; /* of flags and method */

	for (size_t i = 0; i < 2; i++) {
		struct buf out = BUF(mem);
		struct zip_look look;
		size_t directory;

		put_local(&out, "a", "first");
		out.data[places[i]] = 1;
		directory = out.len;
		put_central(&out, "a", 5, 0);
		put_end(&out, 1, directory);
		zip_look(mem, buf_view(&out), 10, &look);
		tap_ok(look.problem != NULL && look.hidden_count == 1,
		       "packed otherwise by the directory");
	}
}

static void
test_bounds(void)
{
	struct buf out = BUF(mem);
	struct zip_look look;

	for (size_t i = 0; i < 20; i++)
		put_central(&out, "x", 0, 0);
	put_end(&out, 20, 0);
	zip_look(mem, buf_view(&out), 10, &look);
	tap_ok(look.members == 10 && look.bomb, "more members than wanted");
	for (size_t len = 0; len < out.len; len++)
		zip_look(mem, slice_cut(buf_view(&out), 0, len), 10, &look);
	tap_ok(true, "cut anywhere");
	zip_look(mem, SLICE(""), 10, &look);
	tap_ok(!look.found, "nothing");
}

static void
test_names(void)
{
	static const char *const documents[] = { "a.DOCX", "b.odt", NULL };
	static const char *const mixed[] = { "a.docx", "a.zip", NULL };
	struct member_name name = member_name(mem, SLICE("docs/a/b.exe"));

	tap_is(name.folder, "docs/a/", "the folder of a member");
	tap_is(name.last, "b.exe", "its name");
	tap_is(member_name(mem, SLICE("docs\\b.exe")).last, "b.exe",
	       "with a backslash");
	tap_is(member_name(mem, SLICE("a.txt\0.exe")).last, "a.txt\001.exe",
	       "NUL hides nothing");
	tap_is(member_name(mem, SLICE("\x81" "ber.exe")).last,
	       "\xc3\xbc" "ber.exe",
	       "in an old character set");
	tap_ok(member_name_is_document(documents), "names of documents");
	tap_ok(!member_name_is_document(mixed), "one name of another kind");
}

static void
test_kinds(void)
{
	struct container found[CONTAINERS_MAX];

	tap_is_int(container_find(SLICE("Dear all, 07070 is no number"), found),
		   0, "a text");
	tap_is_int(container_find(SLICE(""), found), 0, "nothing");
	tap_is_int(container_find(SLICE("\x1f\x8b\x08rest"), found), 1, "gzip");
	tap_is_int(found[0].kind, ARCHIVE_KIND_GZIP, "by its signature");
	tap_is_int(container_find(SLICE("xxxxRar!\x1a\x07"), found), 1,
		   "RAR behind something else");
	tap_ok(!found[0].certain, "is not certain");
	tap_is_int(container_find(SLICE("LZIP\x01\x17rest"), found), 1, "lzip");
	tap_is_int(found[0].kind, ARCHIVE_KIND_LZIP, "with 8 MB of dictionary");
	tap_is_int(container_find(SLICE("LZIP\x01\x1drest"), found), 1,
		   "lzip with 512 MB");
	tap_is_int(found[0].kind, ARCHIVE_KIND_UNKNOWN,
		   "is never opened, and never clean");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_stories();
	test_packing();
	test_bounds();
	test_names();
	test_kinds();
	mem_free(mem);
	return tap_done();
}
