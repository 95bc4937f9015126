/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as maildirsize, which the user of a mailbox can write, with a mail
 * whose name tells a size.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/mem.h"
#include "mail/maildir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/fuzz-maildir-XXXXXX";

static void
clear(void)
{
	folder_remove(root);
}

static struct maildir *
open_root(void)
{
	static const char *const names[] = { "m" };
	struct maildir_place place = { root, names, 1 };
	struct maildir *maildir;
	struct err err;

	if (mkdtemp(root) == NULL)
		abort();
	maildir = maildir_open(NULL, &place, 0700, &err);
	if (maildir == NULL)
		abort();
	atexit(clear);
	for (int i = 0; i < 12; i++) {
		char name[40];

		snprintf(name, sizeof(name), "%d,S=999999999999999999", i);
		close(openat(maildir->cur, name, O_CREAT | O_WRONLY, 0600));
	}
	return maildir;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct maildir_quota quota = { 1000, 5 };
	static struct maildir *maildir;
	struct err err;
	bool over;
	int fd;

	if (maildir == NULL)
		maildir = open_root();
	fd = openat(maildir->fd, "maildirsize", O_CREAT | O_TRUNC | O_WRONLY,
		    0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	maildir_quota_check(maildir, &quota, "Q0", 10, &over, &err);
	maildir_quota_add(maildir, 10, &err);
	return 0;
}
