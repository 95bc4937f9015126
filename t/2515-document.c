/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers of documents, each on the least that it can read, and on what is
 * cut or turned against it. t/4240-documents.t has whole documents. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "mail/cfb.h"
#include "mail/document.h"
#include "mail/ole.h"
#include "mail/pdf.h"
#include "mail/rtf.h"
#include "wrap/inflate.h"

static void *mem;

static struct document
look(struct slice bytes, size_t room)
{
	struct document document = { .room = room };

	document_look(mem, bytes, &document);
	return document;
}

static void
found(struct slice bytes, const char *traits, const char *name)
{
	struct document document = look(bytes, 1 << 20);

	tap_is(document_trait_names(mem, document.traits), traits, name);
}

static void
member(const char *path, const char *text, const char *traits, bool locked)
{
	struct document document = { .room = 1000 };

	document_look_member(mem, slice_of(path), slice_of(text), &document);
	tap_is(document_trait_names(mem, document.traits), traits, path);
	tap_ok(document.encrypted == locked, "%s: password", path);
}

static void
put(struct buf *out, uint64_t value, unsigned width)
{
	for (; width-- > 0; value >>= 8)
		buf_char(out, (char)(value & 0xff));
}

static void
put_entry(struct buf *out, const char *name, unsigned kind, uint32_t first,
	  uint32_t size, uint32_t child)
{
	size_t start = out->len, len = strlen(name);

	for (size_t i = 0; i < 32; i++)
		put(out, i < len ? (unsigned char)name[i] : 0, 2);
	put(out, 2 * len + 2, 2);
	put(out, kind, 2);
	put(out, 0xffffffff, 4);
	put(out, 0xffffffff, 4);
	put(out, child, 4);
	while (out->len < start + 116)
		buf_char(out, '\0');
	put(out, first, 4);
	put(out, size, 8);
}

/* A header, a FAT, a directory of two, and one stream of a sector. */
static struct slice
compound(const char *name, uint32_t first, uint32_t size)
{
	struct buf out = BUF(mem);

	buf_add(&out, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	put(&out, 0, 16 + 6);
	put(&out, 9, 2);
	put(&out, 6, 2);
	while (out.len < 0x2c)
		buf_char(&out, '\0');
	put(&out, 1, 4); /* sectors of the FAT */
	put(&out, 1, 4); /* the directory's first */
	put(&out, 0, 8); /* no short streams */
	put(&out, 0xfffffffe, 4);
	put(&out, 0, 4);
	put(&out, 0xfffffffe, 4);
	put(&out, 0, 4);
	put(&out, 0, 4);
	while (out.len < 512)
		put(&out, 0xffffffff, 4);
	put(&out, 0xfffffffd, 4);
	put(&out, 0xfffffffe, 4);
	put(&out, 0xfffffffe, 4);
	while (out.len < 1024)
		put(&out, 0xffffffff, 4);
	put_entry(&out, "Root Entry", 5, 0xfffffffe, 0, 1);
	put_entry(&out, name, 2, first, size, 0xffffffff);
	while (out.len < 1536)
		buf_char(&out, '\0');
	for (size_t i = 0; i < 512; i++)
		buf_char(&out, (char)('a' + i % 26));
	return buf_view(&out);
}

static void
test_cfb(void)
{
	struct slice bytes = compound("Stream", 2, 30);
	struct cfb *cfb = cfb_open(mem, bytes);
	const struct cfb_entry *entries;
	bool whole = true;
	size_t count;

	entries = cfb_entries(cfb, &count);
	tap_is_int((long long)count, 4, "a directory of one sector");
	tap_is(entries[1].name, "Stream", "a name");
	tap_is_int((long long)entries[1].parent, 0, "its storage");
	tap_is_slice(cfb_read(mem, cfb, &entries[1], 100, &whole),
		     "abcdefghijklmnopqrstuvwxyzabcd", "its bytes");
	tap_ok(whole, "all of them");
	tap_is_slice(cfb_read(mem, cfb, &entries[1], 3, &whole), "abc",
		     "at most so many");
	tap_ok(!whole, "which is said");
	cfb = cfb_open(mem, compound("Stream", 2, 3000));
	whole = true;
	tap_is_int((long long)cfb_read(mem, cfb,
				       &cfb_entries(cfb, &count)[1], 9999,
				       &whole)
			   .len,
		   512, "a chain that is too short");
	tap_ok(!whole, "is not whole");
	cfb = cfb_open(mem, compound("Stream", 0x10000, 30));
	whole = true;
	cfb_read(mem, cfb, &cfb_entries(cfb, &count)[1], 99, &whole);
	tap_ok(!whole, "a place behind the end");
	tap_ok(cfb_open(mem, slice_cut(bytes, 0, 600)) == NULL &&
		       cfb_open(mem, SLICE("\xd0\xcf")) == NULL,
	       "no directory");
}

static void
test_ole(void)
{
	struct document document;

	found(compound("_VBA_PROJECT", 2, 30), "MACRO", "a project");
	found(compound("Equation Native", 2, 30), "EQUATION_OBJECT",
	      "an equation");
	document = look(compound("EncryptedPackage", 2, 30), 1 << 20);
	tap_ok(document.encrypted, "a password");
	document = look(compound("\001Ole10Native", 2, 30), 1 << 20);
	tap_is_int((long long)document.object_count, 1, "an object");
	tap_is_slice(document.objects[0].bytes,
		     "efghijklmnopqrstuvwxyzabcd", "its bytes");
	document = look(compound("\001Ole10Native", 2, 30), 10);
	tap_ok(document.limited != NULL, "no room for it");
	document = look(slice_cut(compound("x", 2, 30), 0, 600), 1 << 20);
	tap_ok(document.damaged != NULL, "a damaged one");
	tap_ok(!ole_look_packaged(mem, SLICE("\002"), &document) &&
		       !ole_look_packaged(mem, SLICE("\002\0a\0b\0"),
					  &document),
	       "no packaged file");
}

static void
test_rtf(void)
{
	struct document document =
		look(SLICE("{\\rtf{\\object{\\*\\objdata 4142\n4{x}3}}}"),
		     1 << 20);

	tap_is_slice(document.objects[0].bytes, "ABC", "hex, broken up");
	document = look(SLICE("{\\rtf{\\objdata 41\\bin3 BCDz}"), 1 << 20);
	tap_is_slice(document.objects[0].bytes, "ABCD", "bytes as they are");
	document = look(SLICE("{\\rtf{\\objdata 4142}"), 1);
	tap_ok(document.limited != NULL, "no room");
	tap_ok(!rtf_is(SLICE("{\\r")) && rtf_is(SLICE(" {\\Rt1")),
	       "what Word takes for it");
	found(SLICE("{\\rtf \\objdatax 41}"), "", "another word");
}

static void
test_pdf(void)
{
	found(SLICE("%PDF-1 /Java#53cript"), "PDF_SCRIPT", "a name in hex");
	found(SLICE("%PDF-1 /JavaScripts /Launcher /#"), "", "other names");
	found(SLICE("%PDF-1 /JavaScript"), "PDF_SCRIPT", "the last word");
	found(SLICE("%PDF-1 1 0 obj <</Type/ObjStm/Filter/AHx>>stream\n"
		    "2F4C61756E6368>endstream"),
	      "PDF_LAUNCH", "packed in hex");
	found(SLICE("%PDF-1 1 0 obj <</Type/ObjStm/Filter[/A85]>>stream\n"
		    "/c][fF<F1`E+~>endstream"),
	      "", "packed in base 85, but another name");
	tap_ok(look(SLICE("%PDF-1 1 0 obj <</Type/ObjStm/Filter/Xyz>>stream\n"
			  "a endstream"),
		    1 << 20)
			       .damaged != NULL,
	       "packed in an unknown way");
	tap_ok(look(SLICE("%PDF-1 /Encrypt 1 0 R"), 1000).encrypted,
	       "a password");
	tap_ok(!pdf_is(SLICE("%PDF")), "no PDF");
}

static void
test_inflate(void)
{
	static const char packed[] = "x\x9c" "KL\x4a\x06\0\x02\x4d\x01\x27";
	struct slice out, bytes = { packed, sizeof(packed) - 1 };

	tap_is_int(inflate_bytes(mem, bytes, 10, &out), INFLATE_ALL, "all");
	tap_is_slice(out, "abc", "of it");
	tap_is_int(inflate_bytes(mem, bytes, 2, &out), INFLATE_MORE, "more");
	tap_is_slice(out, "ab", "than was wanted");
	tap_is_int(inflate_bytes(mem, slice_cut(bytes, 0, 5), 9, &out),
		   INFLATE_BROKEN, "cut");
	tap_is_int(inflate_bytes(mem, SLICE("none"), 9, &out), INFLATE_BROKEN,
		   "none");
}

static void
test_members(void)
{
	const char *rel = "<Relationship Type=\"a/oleObject\" Target='http://x'"
			  " TargetMode = 'EXTERNAL'/>";

	member("word/_rels/a.rels", rel, "EXTERNAL_TEMPLATE", false);
	member("word/_rels/a.xml", rel, "", false);
	member("a.rels", "<Relationship Type=\"a/hyperlink\" Target='http://x'"
			 " TargetMode='External'/>",
	       "", false);
	member("a.rels", "<Relationship Type='a/oleObject' Target='http:&#",
	       "", false);
	member("xl/vbaProject.bin", "", "MACRO", false);
	member("META-INF/manifest.xml", "<a:encryption-data>", "", true);
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_cfb();
	test_ole();
	test_rtf();
	test_pdf();
	test_inflate();
	test_members();
	found(SLICE(""), "", "nothing at all");
	mem_free(mem);
	return tap_done();
}
