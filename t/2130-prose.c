/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "mail/prose.h"

static const char *const texts[] = {
	"Hello,\n\nhow are you?\n",
	"Dear Sir or Madam\n",
	"\n\n  On 9/11/2002 at 10:01 AM she wrote:\n> hello\n",
	"> > Well, yes.\n",
	"----------\nThe news of today\n",
	"\"Nobody knows\", he said.\n",
	"Gr\xc3\xbc\xc3\x9f Gott! Es ist sp\xc3\xa4t.\r\n",
	"URGENT BUSINESS PROPOSAL\n",
	"don't read this",
	"> function f(a) { return 1; }\n",
	"> From: somebody\n",
	"http://www.example.org/~a/?b=1;c\n",
	"URL: https://www.example.org/\n",
	"www.example.org\n",
	"1) Take this\n",
	"10. the last one\n",
	"On Monday, A. Body <a.body@example.org> wrote:\n> x\n",
	"----- Original Message -----\nFrom: x\n",
	"*** Important news ***\n",
	"JD> whatever; {that} was\n",
	"ATTN: {you}\nThis is a line of plain words\n",
	"[Guido].\nThis is a line of plain words\n",
	"*Offer*\nThis is a line of plain words\n",
	"a.b@example.org (A) writes:\n> This is a line of plain words\n",
	"\xcf\xf0\xe8\xe2\xe5\xf2! \xea\xe0\xea \xe4\xe5\xeb\xe0 "
	"\xf3 \xf2\xe5\xe1\xff \xf2\xe0\xec\n",
	"| Date: Friday\n",
	"Hello ~name~,\nyou have won a large sum of money\n",
	"-----Original Message-----\nFrom: x\n",
	"... and this\nis a line of plain words\n",
	"[this\nis a line of plain words\nand more]\n",
	"[Guido]\n> This is what he said\n",
	"TO BE REMOVED FROM THIS LIST, SIMPLY ANSWER; THANKS\n",
};

static const char *const others[] = {
	"",
	"\n\n\n",
	"----\n====\n",
	"From: a@b.example\nSubject: x\n\n",
	"Received: from a by b\n",
	"#!/bin/sh\n",
	"%PDF-1.4\n",
	"%!PS-Adobe\n",
	"{\\rtf1 text}",
	"[InternetShortcut]\nURL=http://a.example/\n",
	"[InternetShortcut]\n",
	"[",
	"\n[",
	"[InternetShortcut]\nthis is a line of plain words",
	"[InternetShortcut\nURL=http://a.example/\n",
	"... {this} is a line\n",
	"[InternetShortcut]\nURL=> x\n",
	"-----BEGIN PGP MESSAGE-----\n",
	"MZ is a mark",
	"GIF and more",
	"<html><body>",
	"var x = 1;",
	"function f(a) {",
	"import {x} from 'y'\n",
	"12 plain numbers\n",
	"123) too many\n",
	"1)x\n",
	"On Monday, x<y and more\n",
	"On Monday, <script@a b> and more\n",
	"---- -BEGIN\n",
	"-----BEGIN PGP SIGNED MESSAGE-----\nHello there\n",
	"--- a/file.c\t2002\n+++ b/file.c\n",
	"@echo off\n",
	"[InternetShortcut]\nThis is a line of plain words\n",
	"From: x@y.example\nThis is a line of plain words\n",
	"Return-Path: <a@b.example>\nThis is a line of plain words\n",
	"[Version]\nThis is a line of plain words\n",
	"@This is a line of plain words\n",
	"/9j/4AAQSkZJRgABAQEBLAEs\nThis is a line of plain words\n",
	"P1 is what a picture begins with\n",
	"BM; and four words follow",
	"URL: file:///etc/passwd\n",
	"(defun f (x) x)",
	"Hello\1there",
	"Hello, here comes a byte of zero: \x7f",
};

static void
test_text(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		tap_ok(prose_is_text(slice_of(texts[i])), "text %zu", i);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		tap_ok(!prose_is_text(slice_of(others[i])), "no text %zu", i);
	tap_ok(!prose_is_text((struct slice){ "Hello\n\0x", 8 }), "a NUL");
}

static void
test_html(void)
{
	tap_ok(prose_is_html(SLICE("\r\n <HTML><body>x")), "a page");
	tap_ok(prose_is_html(SLICE("<!DOCTYPE html PUBLIC")), "its type");
	tap_ok(prose_is_html(SLICE("<BODY bgcolor=\"#fff\">x")), "a body");
	tap_ok(prose_is_html(SLICE("\n<table>\n")), "a table");
	tap_ok(prose_is_html(SLICE("<!-- saved --> <!-- > -->\n<html>")),
	       "behind comments");
	tap_ok(!prose_is_html(SLICE("<!-- a page --><svg>")),
	       "a picture behind one");
	tap_ok(!prose_is_html(SLICE("<!-- open <html>")), "an open one");
	tap_ok(!prose_is_html(SLICE("<htmlx>")), "another tag");
	tap_ok(!prose_is_html(SLICE("<body")), "an open tag");
	tap_ok(!prose_is_html(SLICE("<p/svg>")), "an odd tag");
	tap_ok(!prose_is_html(SLICE("<?xml version='1.0'?><html>")), "XML");
	tap_ok(!prose_is_html(SLICE("<svg><html>")), "a picture");
	tap_ok(!prose_is_html(SLICE("<html>\x1b\x02")), "a control character");
	tap_ok(!prose_is_html(SLICE("PK\3\4<html>")), "an archive");
}

int
main(void)
{
	test_text();
	test_html();
	return tap_done();
}
