/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/maildir.h"

static void *mem;

/* "/fixed|name|name", or the kind of the error. */
static const char *
place_of(const char *location, const char *user)
{
	struct maildir_place place;
	struct err err;
	struct buf out = BUF(mem);

	if (maildir_place(mem, location, user, &place, &err) < 0)
		return err.kind == ERR_PERMANENT ? "unsafe" : "config";
	buf_text(&out, place.fixed);
	for (size_t i = 0; i < place.count; i++)
		buf_printf(&out, "|%s", place.names[i]);
	return buf_string(&out);
}

static void
test_places(void)
{
	const char *usual = "/home/vmail/%d/%n/Maildir";
	const char *unsafe[] = { "",
				 "@",
				 "john@",
				 "@example.org",
				 "../x@example.org",
				 "a/b@example.org",
				 "..@example.org",
				 ".john@example.org",
				 "john@..",
				 "john@.org",
				 "john@a/../..",
				 "jo\nhn@example.org",
				 "john\x7f@example.org",
				 "john" };

	tap_is(place_of(usual, "John@Example.ORG"),
	       "/home/vmail|example.org|john|Maildir", "as in the how-to");
	tap_is(place_of("maildir:/m/%u", "a@b@c"), "/m|a@b@c", "%u");
	tap_is(place_of("/m/%d/%n", "a@b@c"), "/m|c|a@b", "the last @ counts");
	tap_is(place_of("/m/%n/100%%", "john"), "/m|john|100%", "no domain");
	tap_is(place_of("/srv/mail/Maildir", "x@y"), "/srv/mail|Maildir",
	       "no variable at all");
	tap_is(place_of("/%n", "x@y"), "/|x", "below the root");
	tap_is(place_of("m/%n", "x@y"), "config", "a relative path");
	tap_is(place_of("/m/%{user}", "x@y"), "config", "another variable");
	tap_is(place_of("/m/%n/%", "x@y"), "config", "a % at the end");
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(*unsafe); i++)
		tap_is(place_of(usual, unsafe[i]), "unsafe",
		       str_escape(mem, slice_of(unsafe[i]), 100));
}

static void
test_names(void)
{
	char long_name[300];

	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	tap_is(maildir_folder_name(mem, "inbox"), "", "INBOX");
	tap_is(maildir_folder_name(mem, "Junk"), ".Junk", "a folder");
	tap_is(maildir_folder_name(mem, "A/B.C"), ".A.B.C", "a deep one");
	tap_is(maildir_folder_name(mem, ""), NULL, "no name");
	tap_is(maildir_folder_name(mem, ".."), NULL, "dots");
	tap_is(maildir_folder_name(mem, "a//b"), NULL, "an empty part");
	tap_is(maildir_folder_name(mem, "a/"), NULL, "an empty end");
	tap_is(maildir_folder_name(mem, "../../etc"), NULL, "upwards");
	tap_is(maildir_folder_name(mem, "a\nb"), NULL, "a line end");
	tap_is(maildir_folder_name(mem, "\xC3\xA4"), NULL, "8-bit");
	tap_is(maildir_folder_name(mem, long_name), NULL, "too long");
}

static void
test_keys(void)
{
	char one[MAILDIR_KEY_LEN + 1], two[MAILDIR_KEY_LEN + 1];

	maildir_key(one,
		    (struct slice[]){ SLICE("ab"), SLICE("c"), SLICE_NONE });
	maildir_key(two,
		    (struct slice[]){ SLICE("a"), SLICE("bc"), SLICE_NONE });
	tap_ok(strcmp(one, two) != 0, "parts of a key do not run together");
	tap_is_int((long long)strlen(one), MAILDIR_KEY_LEN, "its length");
}

static struct maildir *
open_user(const char *folder, const char *user, struct err *err)
{
	struct maildir_place place;
	char *location = mem_printf(mem, "%s/%%n", folder);

	if (maildir_place(mem, location, user, &place, err) < 0)
		return NULL;
	return maildir_open(mem, &place, 0700, err);
}

static char *
file_text(const struct maildir *folder, const char *name)
{
	char *text = mem_array(mem, char, 10001);
	long len = maildir_read(folder->fd, name, text, 9999);

	return len < 0 ? NULL : mem_strndup(mem, text, (size_t)len);
}

static void
test_store(const char *folder)
{
	struct err err;
	struct maildir *root = open_user(folder, "store", &err);
	struct maildir_mail mail = { .arrived = 1000,
				     .fields = SLICE("A: b\n"),
				     .text = SLICE("C: d\r\n\nx") };
	bool found;
	char *name;

	maildir_key(mail.key, &SLICE_NONE);
	maildir_find(root, mail.key, &found, &err);
	tap_ok(!found, "not there yet");
	tap_is_int(maildir_store(mem, root, &mail, &name, &err), 0, "stored");
	tap_is(strstr(name, ",S="), ",S=13,W=15", "sizes in the name");
	tap_is(file_text(root, mem_printf(mem, "new/%s", name)),
	       "A: b\nC: d\r\n\nx", "the bytes");
	maildir_find(root, mail.key, &found, &err);
	tap_ok(found, "found in new");
	renameat(root->new, name, root->cur, mem_printf(mem, "%s:2,S", name));
	maildir_find(root, mail.key, &found, &err);
	tap_ok(found, "found in cur when it was seen");
	tap_is_int(maildir_store(mem, root, &mail, &name, &err), 0,
		   "stored once more");
	tap_is_int(maildir_store(mem, root, &mail, &name, &err), 0,
		   "the same name again is no error");
	close(openat(root->tmp, mem_printf(mem, "1000.%s.h.P1.1", mail.key),
		     O_CREAT | O_WRONLY, 0600));
	close(openat(root->tmp, "another", O_CREAT | O_WRONLY, 0600));
	maildir_sweep(root, mail.key, &err);
	tap_is(file_text(root, mem_printf(mem, "tmp/1000.%s.h.P1.1", mail.key)),
	       NULL, "leftovers of the same mail are removed");
	tap_is(file_text(root, "tmp/another"), "", "those of others stay");
}

static bool
is_over(const struct maildir *root, int64_t bytes, int64_t messages,
	int64_t size)
{
	struct maildir_quota quota = { bytes, messages };
	struct err err;
	bool over = false;

	tap_is_int(maildir_quota_check(root, &quota, "Q", size, &over, &err), 0,
		   "quota can be told");
	return over;
}

static void
put(const struct maildir *root, const char *name, const char *text)
{
	int fd = openat(root->fd, name, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	tap_is_int(maildir_write_all(fd, text, strlen(text)), 0, name);
	close(fd);
}

static void
test_quota(const char *folder)
{
	struct err err;
	struct maildir *root = open_user(folder, "quota", &err), *junk;

	maildir_quota_add(root, 5, &err);
	tap_is(file_text(root, "maildirsize"), NULL, "no quota, no file");
	tap_ok(!is_over(root, 0, 0, 1ll << 50), "no quota, no limit");
	put(root, "new/1.a,S=70", "only the name tells the size");
	put(root, "cur/1.b:2,S", "1234567890");
	junk = maildir_open_folder(mem, root, ".Junk", MAILDIR_CREATE, &err);
	put(junk, "new/1.c,S=20,W=30", "");
	tap_ok(!is_over(root, 150, 10, 50), "just enough");
	tap_is(file_text(root, "maildirsize"), "150S,10C\n100 3\n",
	       "counted in all folders");
	tap_ok(is_over(root, 150, 10, 51), "one byte too much");
	tap_is_int(maildir_quota_add(root, 50, &err), 0, "a mail is added");
	tap_is(file_text(root, "maildirsize"), "150S,10C\n100 3\n50 1\n",
	       "as a line");
	tap_ok(!is_over(root, 150, 10, 50),
	       "before mail is refused it is counted anew");
	tap_ok(is_over(root, 0, 3, 1), "too many mails");
	tap_is(file_text(root, "maildirsize"), "3C\n100 3\n", "another quota");
	put(root, "maildirsize", "3C\n1 1\n-1 -1\ngarbage\n");
	tap_ok(is_over(root, 0, 3, 1), "a damaged file is counted anew");
	put(root, "maildirsize", "3C\n99999999999999999999 1\n");
	tap_ok(is_over(root, 0, 3, 1), "and one with absurd numbers");
	put(root, "maildirsize", "3C\n999999999999999999 0\n"
				 "999999999999999999 0\n999999999999999999 0\n"
				 "999999999999999999 0\n999999999999999999 0\n"
				 "999999999999999999 0\n999999999999999999 0\n"
				 "999999999999999999 0\n999999999999999999 0\n"
				 "999999999999999999 0\n0 9\n");
	tap_ok(is_over(root, 0, 3, 1), "a sum that no number holds");
	put(root, "maildirsize", mem_printf(mem, "4C\n%6000s", "1 1\n"));
	tap_ok(!is_over(root, 0, 4, 1), "and one that has grown too long");
	tap_is(file_text(root, "maildirsize"), "4C\n100 3\n", "it is short");
}

static void
test_subscriptions(const char *folder)
{
	struct err err;
	struct maildir *root = open_user(folder, "subscribed", &err);

	tap_is_int(maildir_subscribe(root, ".Junk", &err), 0, "subscribe");
	maildir_subscribe(root, ".Junk", &err);
	maildir_subscribe(root, ".A.B", &err);
	tap_is(file_text(root, "subscriptions"), "V\t2\n\nJunk\nA\tB\n",
	       "Dovecot's version 2, each once");
	put(root, "subscriptions", "Sent\nA.B");
	maildir_subscribe(root, ".A.B", &err);
	maildir_subscribe(root, ".Junk.X", &err);
	tap_is(file_text(root, "subscriptions"), "Sent\nA.B\nJunk.X\n",
	       "the older form");
}

static void
test_intruders(const char *folder)
{
	struct err err = { 0 };

	tap_is_int(
		symlinkat("/tmp", AT_FDCWD, mem_printf(mem, "%s/link", folder)),
		0, "a link");
	tap_ok(open_user(folder, "link", &err) == NULL &&
		       err.kind == ERR_CONFIG,
	       "a symbolic link in the Maildir's place");
	tap_ok(open_user(mem_printf(mem, "%s/none", folder), "x", &err) ==
			       NULL &&
		       err.kind == ERR_TEMPORARY,
	       "a missing folder above is not made");
	mkdir(mem_printf(mem, "%s/half", folder), 0700);
	tap_is_int(symlinkat("/tmp", AT_FDCWD,
			     mem_printf(mem, "%s/half/new", folder)),
		   0, "a link");
	tap_ok(open_user(folder, "half", &err) == NULL &&
		       err.kind == ERR_CONFIG,
	       "a symbolic link in the place of new");
}

int
main(void)
{
	char folder[] = "/tmp/isp-maildir-XXXXXX";
	const char *status;

	mem = mem_context(NULL, "test");
	test_places();
	test_names();
	test_keys();
	if (mkdtemp(folder) == NULL)
		return 1;
	test_store(folder);
	test_quota(folder);
	test_subscriptions(folder);
	test_intruders(folder);
	status = tap_done() ? "1" : "0";
	fflush(stdout);
	execlp("sh", "sh", "-c", "rm -rf \"$0\"; exit \"$1\"", folder, status,
	       (char *)NULL);
	return 1;
}
