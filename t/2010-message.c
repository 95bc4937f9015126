/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message as data: head, tree, transfer encodings, file names. */
#include "mail/message.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mail/decode.h"
#include "mail/embedded.h"
#include "mail/header.h"
#include "tap.h"

static struct message *
parse(void *mem, const char *text)
{
	return message_parse(mem, slice_of(text), NULL);
}

static void
test_head(void *mem)
{
	struct message *m = parse(mem,
		"From x@y Mon\nSubject: a\n b\nX-Spam-Flag: YES\n"
		"received: 1\nReceived : 2\nnonsense\n\nbody\n");
	const struct headers *h = &m->root->headers;

	tap_is_slice(m->mbox_line, "From x@y Mon\n", "mbox line is kept apart");
	tap_is_slice(headers_first(h, "SUBJECT")->raw, " a\n b\n", "raw value");
	tap_ok(headers_first(h, "X-Spam-Flag") == NULL, "X-Spam-* is hidden");
	tap_is_slice(header_last_decoded(h, "Received"), "2",
		     "the last one of a name");
	tap_is_slice(header_last_decoded(h, "Subject"), "a b", "unfolded");
	tap_ok(header_last_decoded(h, "None").data == NULL, "absent");
	tap_is_slice(m->pristine_body, "body\n", "body");
	tap_is_int(m->flags, 0, "no flags");
	m = parse(mem, "A: 1\n--x\nbody");
	tap_is_slice(m->root->body, "--x\nbody", "a boundary ends the head");
	tap_ok(m->flags & MESSAGE_MISSING_HEAD_BODY_SEPARATOR, "and is noted");
	m = parse(mem, "A: 1\r\nB: 2\n\r\nx\r\n");
	tap_is_slice(m->pristine_head, "A: 1\r\nB: 2\r\n\r\n",
		     "bare LF in a CRLF head is mended");
	tap_is_slice(m->root->body, "x\n", "CRLF becomes LF in the body");
	m = parse(mem, "");
	tap_is_int((long long)m->part_count, 1, "an empty message has a part");
}

/* Several views ask for the same field. */
static void
test_kept(void *mem)
{
	struct message *m = message_parse(
		mem, SLICE("Subject: caf\xe9\nSubject: x\n\n"), NULL);
	const struct headers *headers = &m->root->headers;
	const struct header *first = headers_first(headers, "subject");
	struct slice once = header_decoded(headers, first);

	tap_is_slice(once, "caf\xc3\xa9", "a field is decoded");
	tap_ok(header_decoded(headers, first).data == once.data, "once");
	tap_is_slice(header_last_decoded(headers, "SUBJECT"), "x",
		     "and each for itself");
}

static void
test_words(void *mem)
{
	struct slice name = SLICE("Subject");

	tap_is_slice(header_decode(mem, name, SLICE(
			" =?utf-8?B?w6k=?=\n =?UTF-8?q?_x?= y\n")),
		     "\xc3\xa9 x y", "encoded words");
	tap_is_slice(header_decode(mem, name,
				   SLICE("=?utf-8?B?w6==?= =?utf-8?B?qQ==?=")),
		     "\xc3\xa9", "a character split between words");
	tap_is_slice(header_decode(mem, name, SLICE("caf\xe9")),
		     "caf\xc3\xa9", "8-bit");
	tap_is_slice(header_decode(mem, SLICE("Message-ID"),
				   SLICE("=?utf-8?q?x?=")),
		     "=?utf-8?q?x?=", "not in a Message-ID");
	tap_is_slice(header_decode(mem, name, SLICE("=?x?b?=? =?")),
		     "=?x?b?=? =?", "no words");
}

static void
test_tree(void *mem)
{
	struct message *m = parse(mem,
		"Content-Type: multipart/mixed; boundary=\"b\"\n\npre\n--b\n"
		"\none\n--b\nContent-Type: message/rfc822\n\n"
		"Subject: in\nContent-Type: text/html; name=\"a.b\"\n\n<p>\n"
		"--b\nContent-Type: multipart/alternative; boundary=c\n\n"
		"--c\nContent-Type: application/zip; name=z.htm\n"
		"Content-Transfer-Encoding: base64\n\nQUJD\n--c--\n--b--\n"
		"epilogue\n");

	tap_is_int((long long)m->part_count, 6, "parts");
	tap_is_slice(m->parts[1]->body, "one",
		     "the LF belongs to the boundary");
	tap_is(m->parts[2]->type, "message/rfc822", "message in message");
	tap_is(m->parts[3]->type, "text/html", "its own part");
	tap_is(m->parts[3]->path, "2.1", "path");
	tap_is(part_effective_type(m->parts[5]), "text/html", "by its name");
	tap_is_slice(part_decoded(m->parts[5]), "ABC", "base64");
	tap_is(m->parts[5]->filenames[0], "z.htm", "file name");
	tap_ok(m->flags & MESSAGE_MIME_EPILOGUE, "epilogue noted");
}

static void
test_decode(void *mem)
{
	size_t at = 0;
	struct embedded found;
	struct slice uu = SLICE("x\nbegin 644 cat.txt\n#0V%T\n`\nend\ny\n");

	tap_is_slice(decode_base64(mem, SLICE("QU\nJD")), "ABC", "base64");
	tap_ok(slice_equal(decode_base64(mem, SLICE("QUI=QUI=")),
			   SLICE("AB\0AB")), "padding inside, clean: as A");
	tap_is_slice(decode_base64_pieces(mem, SLICE("QUI=QUI=")), "ABAB",
		     "padding inside: as clients decode");
	tap_is_slice(decode_base64(mem, SLICE("Q-U!J")), "AB", "junk skipped");
	tap_is_slice(decode_base64(mem, SLICE("Q")), "", "too short");
	tap_is_slice(decode_qp(mem, SLICE("a=3d=\nb  \nc=4=\n1=zz= \t\nd =")),
		     "a=b\ncA=zzd =", "quoted-printable");
	tap_ok(embedded_next(mem, uu, &at, &found), "uuencode");
	tap_is_slice(found.bytes, "Cat", "its bytes");
	tap_is(found.name, "cat.txt", "its name");
	tap_ok(!embedded_next(mem, uu, &at, &found), "only one");
}

static void
test_parameters(void *mem)
{
	struct message *m;

	m = parse(mem, "Content-Type: a/b; name*1*=%e9.exe; "
		       "name*0*=latin1''x%20; other=z\n\n");
	tap_is(m->root->filenames[0], "x \xc3\xa9.exe",
	       "RFC 2231 sections and charset");
	m = parse(mem, "Content-Type: a/b; NAME=\"q\\\"r;s\"\n\n");
	tap_is(m->root->filenames[0], "q\"r;s", "quoted string");
	m = parse(mem, "Content-Type: a/b; name*=utf-8'de'%c3%a9\n\n");
	tap_is(m->root->filenames[0], "\xc3\xa9", "extended");
	m = parse(mem, "Content-Type: a/b; nam=x; names=y\n\n");
	tap_ok(m->root->filenames[0] == NULL, "absent");
	m = parse(mem, "Content-Type: x/y; name=\"=?utf-8?q?a.exe?=\"\n"
		       "Content-Disposition: attachment; filename=b.exe c;\n"
		       " filename=d.exe\n\nx");
	tap_is(m->root->filenames[0], "a.exe", "encoded word in a parameter");
	tap_is(m->root->filenames[1], "=?utf-8?q?a.exe?=", "and as it stands");
	tap_is(m->root->filenames[2], "b.exe c", "unquoted with a blank");
	tap_is(m->root->filenames[3], "b.exe", "cut at the blank");
	tap_is(m->root->filenames[4], "d.exe", "twice the same parameter");
	m = parse(mem, "Content-Type: x/y; name*=utf-16'x'a%00.%00e%00x%00e"
		       "%00;\n name=\"=?utf-16?q?b=00=2E=00c=00?=\"\n"
		       "Content-Disposition: x; filename=\"=?x?q?d=00.exe?=\""
		       "\n\nx");
	tap_is(m->root->filenames[0], "a.exe", "UTF-16 in RFC 2231");
	tap_is(m->root->filenames[1], "b.c", "UTF-16 in an encoded word");
	tap_is(m->root->filenames[3], "d .exe", "NUL does not end a name");
	m = parse(mem, "Content-Disposition: Attachment; x=y\n\nx");
	tap_is(m->root->disposition, "attachment", "disposition");
}

/* Many of everything: linear and bounded, and it says what it left out. */
static void
test_bulk(void *mem)
{
	struct buf text = BUF(mem);
	struct message *m;
	int64_t start = clock_ms();

	for (int i = 0; i < 100000; i++)
		buf_text(&text, "X-A: b\n");
	m = message_parse(mem, buf_view(&text), NULL);
	tap_ok(m->flags & MESSAGE_HEADER_LIMIT_EXCEEDED, "100,000 headers");
	buf_reset(&text);
	buf_text(&text, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 20000; i++)
		buf_text(&text, "--b\n\nx\n");
	m = message_parse(mem, buf_view(&text), NULL);
	tap_is_int((long long)m->part_count, 1001, "20,000 parts: 1,000 kept");
	tap_ok(m->flags & MESSAGE_MIMEPART_LIMIT_EXCEEDED, "and it says so");
	buf_reset(&text);
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "Content-Type: multipart/mixed; "
			   "boundary=b%d\n\n--b%d\n", i, i);
	m = message_parse(mem, buf_view(&text), NULL);
	tap_ok(m->flags & MESSAGE_MIME_DEPTH_EXCEEDED, "depth 20,000");
	tap_is_int((long long)m->part_count, 21, "20 levels opened");
	tap_ok(clock_ms() - start < 2000, "quickly");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_head(mem);
	test_words(mem);
	test_kept(mem);
	test_tree(mem);
	test_decode(mem);
	test_parameters(mem);
	test_bulk(mem);
	mem_free(mem);
	return tap_done();
}
