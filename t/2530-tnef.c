/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outlook's winmail.dat: names wherever they stand, data, messages within. */
#include "tap.h"

#include "base/mem.h"
#include "mail/tnef.h"

static void *mem;

static void
put(struct buf *out, uint32_t number, unsigned width)
{
	for (; width-- > 0; number >>= 8)
		buf_char(out, (char)(number & 0xff));
}

static void
put_attribute(struct buf *out, uint32_t level, uint32_t id, struct slice data)
{
	put(out, level, 1);
	put(out, id, 4);
	put(out, (uint32_t)data.len, 4);
	buf_slice(out, data);
	put(out, 0, 2);
}

static void
put_start(struct buf *out)
{
	put(out, 0x223e9f78, 4);
	put(out, 1, 2);
}

/* A property of one value with its size in front. */
static void
put_property(struct buf *out, uint32_t type, uint32_t id, struct slice value)
{
	put(out, type, 2);
	put(out, id, 2);
	put(out, 1, 4);
	put(out, (uint32_t)value.len, 4);
	buf_slice(out, value);
	put(out, 0, (4 - value.len % 4) % 4);
}

/* "name|name=bytes" of each, with blanks between; what was wrong behind. */
static const char *
read(struct slice bytes)
{
	struct tnef tnef = tnef_read(mem, bytes);
	struct buf out = BUF(mem);

	for (size_t i = 0; i < tnef.count; i++) {
		buf_text(&out, i == 0 ? "" : " ");
		for (size_t k = 0; tnef.files[i].names[k] != NULL; k++)
			buf_printf(&out, "%s%s", k == 0 ? "" : "|",
				   tnef.files[i].names[k]);
		buf_char(&out, '=');
		buf_slice(&out, tnef.files[i].bytes);
	}
	if (tnef.problem != NULL)
		buf_printf(&out, " (%s)", tnef.problem);
	return buf_string(&out);
}

static struct buf
attachment(const char *title, struct slice data, struct slice properties)
{
	struct buf out = BUF(mem);

	put_start(&out);
	put_attribute(&out, 1, 0x00089006, SLICE("\0\0\1\0"));
	put_attribute(&out, 2, 0x00069002, SLICE("\1\0"));
	if (title != NULL)
		put_attribute(&out, 2, 0x00018010,
			      (struct slice){ title, strlen(title) + 1 });
	if (data.data != NULL)
		put_attribute(&out, 2, 0x0006800f, data);
	if (properties.data != NULL)
		put_attribute(&out, 2, 0x00069005, properties);
	return out;
}

static void
test_attachments(void)
{
	struct buf list = BUF(mem), out, inner;

	out = attachment("A.TXT", SLICE("Cat"), SLICE_NONE);
	tap_ok(tnef_is(buf_view(&out)), "it is one");
	tap_is(read(buf_view(&out)), "A.TXT=Cat", "an attachment");
	put(&list, 4, 4);
	put_property(&list, 0x1f, 0x3707, SLICE("a\0.\0e\0x\0e\0\0\0"));
	put_property(&list, 0x1e, 0x3704, SLICE("A.EXE\0"));
	put(&list, 0x0003, 2); /* of fixed size, to be passed over */
	put(&list, 0x3705, 2);
	put(&list, 1, 4);
	put_property(&list, 0x102, 0x3701, SLICE("Dog"));
	out = attachment("A.TXT", SLICE("Cat"), buf_view(&list));
	tap_is(read(buf_view(&out)),
	       "A.TXT|a.exe|A.EXE=Cat A.TXT|a.exe|A.EXE=Dog",
	       "all its names, and both of its contents");
	inner = attachment("in.exe", SLICE("Cow"), SLICE_NONE);
	buf_reset(&list);
	put(&list, 1, 4);
	{
		struct buf object = BUF(mem);

		buf_add(&object, "0123456789abcdef", 16);
		buf_slice(&object, buf_view(&inner));
		put_property(&list, 0x0d, 0x3701, buf_view(&object));
	}
	out = attachment("m", SLICE_NONE, buf_view(&list));
	{
		struct tnef tnef = tnef_read(mem, buf_view(&out));

		tap_is_int((long long)tnef.count, 2, "an attached message");
		tap_is(tnef.files[1].names[0], "in.exe", "the name in it");
		tap_is_slice(tnef.files[1].bytes, "Cow", "and the file");
	}
}

static void
test_named(void)
{
	struct buf list = BUF(mem), out;

	put(&list, 2, 4);
	put(&list, 0x1e, 2); /* a property with a name */
	put(&list, 0x8001, 2);
	buf_add(&list, "0123456789abcdef", 16);
	put(&list, 1, 4);
	put(&list, 6, 4);
	buf_add(&list, "a\0b\0\0\0\0\0", 8);
	put(&list, 1, 4);
	put(&list, 3, 4);
	buf_add(&list, "xyz\0", 4);
	put_property(&list, 0x1e, 0x3001, SLICE("b.exe\0"));
	out = attachment(NULL, SLICE("Cat"), buf_view(&list));
	tap_is(read(buf_view(&out)), "b.exe=Cat", "behind a named property");
}

static void
test_damage(void)
{
	struct buf out = attachment("a.exe", SLICE("Cat"), SLICE_NONE);
	struct buf list = BUF(mem);

	out.len -= 3;
	tap_is(read(buf_view(&out)), "a.exe=Ca (is damaged)",
	       "of one that is cut off, what is there");
	put(&list, 0xffffffff, 4);
	put(&list, 0x101e, 2);
	put(&list, 0x3001, 2);
	put(&list, 0xffffffff, 4);
	out = attachment("a.exe", SLICE("Cat"), buf_view(&list));
	tap_is(read(buf_view(&out)), "a.exe=Cat (is damaged)",
	       "numbers that are too large");
	buf_reset(&out);
	put_start(&out);
	for (int i = 0; i < 2000; i++)
		put_attribute(&out, 2, 0x00069002, SLICE("\1\0"));
	tap_ok(strstr(read(buf_view(&out)), "more files than") != NULL,
	       "a bound");
	tap_ok(!tnef_is(SLICE("x\x9f>")), "short bytes are none");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_attachments();
	test_named();
	test_damage();
	return tap_done();
}
