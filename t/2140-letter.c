/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "base/mem.h"
#include "mail/letter.h"

#define HEAD "From: a@b.example\nSubject: x\n"
#define TYPE "Content-Type: text/plain; charset=utf-8\n"
#define TEXT "Hello,\n\nhow are you? <ada@a.example> <http://a.example/>\n"

static void
is_plain(const char *mail, bool wanted, const char *name)
{
	void *mem = mem_context(NULL, "letter");
	struct message *message = message_parse(mem, slice_of(mail), NULL);

	tap_ok(letter_is_plain(message) == wanted, "%s", name);
	mem_free(mem);
}

static void
test_plain(void)
{
	is_plain(HEAD "\n" TEXT, true, "a letter");
	is_plain(HEAD TYPE "Content-Transfer-Encoding: 8bit\n\n" TEXT, true,
		 "with its type");
	is_plain(HEAD TYPE "\n> Hello you,\n" TEXT, true, "an answer");
	is_plain(HEAD TYPE "\nI come\nfrom the sea, and\nbegin to sink\n", true,
		 "sentences");
}

static void
test_header(void)
{
	is_plain(HEAD TYPE TYPE "\n" TEXT, false, "two types");
	is_plain(HEAD "Content-Type: text/html\n\n" TEXT, false, "HTML");
	is_plain(HEAD "Content-Type: text/plain; name=a.exe\n\n" TEXT, false,
		 "a file");
	is_plain(HEAD "Content-Transfer-Encoding: base64\n\nHello\n", false,
		 "an encoding");
	is_plain(HEAD "X: y\n\tContent-Type: text/html\n\n" TEXT, false,
		 "a type on a folded line");
	is_plain(HEAD "Content-Type : multipart/mixed; boundary=x\n\n" TEXT,
		 false, "a blank before the colon");
	is_plain(HEAD "Content-Type: multipart/mixed; boundary=x\n\n"
		      "--x\n\nHello\n--x--\n",
		 false, "parts");
}

static void
test_text(void)
{
	is_plain(HEAD "\n" TEXT "begin 644 a\n", false, "uuencode");
	is_plain(HEAD "\n" TEXT "> Begin 6 a\n", false, "the least of it");
	is_plain(HEAD "\n" TEXT "begin  a.exe\n", false, "Outlook's");
	is_plain(HEAD "\n" TEXT ">From a@a.example  Mon Nov 23 00:05:16 2026\n",
		 false, "a mailbox");
	is_plain(HEAD "\n" TEXT "> =ybegin line=1\n", false, "yEnc, quoted");
	is_plain(HEAD "\n" TEXT "(This file must be converted with BinHex",
		 false, "BinHex");
	is_plain(HEAD "\n" TEXT "content-TYPE: x/y\n", false, "a part's field");
	is_plain(HEAD "\n" TEXT "Received: from a\n", false, "another mail");
	is_plain(HEAD "\n" TEXT "see <a href=x>", false, "a link");
	is_plain(HEAD "\n" TEXT "see </b", false, "a tag's end");
	is_plain(HEAD "\nMZ\1\2\n", false, "a program");
}

int
main(void)
{
	test_plain();
	test_header();
	test_text();
	return tap_done();
}
