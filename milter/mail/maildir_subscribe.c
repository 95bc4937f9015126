/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dovecot's `subscriptions`: one mailbox a line. Version 2 begins with "V",
 * a tab and "2", then an empty line, and has tabs between the parts of a name;
 * the older form has dots. Dovecot replaces the file as a whole under a lock of
 * its own. We append one line in one write: at worst Dovecot changes
 * subscriptions in this very moment and one of the two changes is lost, but
 * nothing is ever half written and no lock of a killed process stays behind.
 */
#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"

#define SUBSCRIPTIONS "subscriptions"
#define SUBSCRIPTIONS_MAX (1024 * 1024)
#define SUBSCRIPTIONS_V2 "V\t2\n"

static bool
maildir_has_line(struct slice text, struct slice wanted)
{
	struct slice line;

	while (slice_line(&text, &line))
		if (slice_equal(slice_trim(line), slice_trim(wanted)))
			return true;
	return false;
}

/* One line, with all that must stand in front of it; returns its own offset. */
static size_t
maildir_subscription(struct buf *out, struct slice old, const char *folder)
{
	char separator = '.';
	size_t start;

	if (old.len == 0)
		buf_text(out, SUBSCRIPTIONS_V2 "\n");
	else if (old.data[old.len - 1] != '\n')
		buf_char(out, '\n');
	if (old.len == 0 || slice_starts(old, SUBSCRIPTIONS_V2))
		separator = '\t';
	start = out->len;
	for (const char *p = folder + 1; *p != '\0'; p++)
		buf_char(out, *p == '.' ? separator : *p);
	buf_char(out, '\n');
	return start;
}

static int
maildir_append_subscription(const struct maildir *root, struct slice text,
			    struct err *err)
{
	int fd = openat(root->fd, SUBSCRIPTIONS,
			O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
				O_NONBLOCK | O_CLOEXEC,
			root->mode & 0666);
	int result;

	if (fd < 0)
		return err_errno(err, "cannot open subscriptions");
	result = maildir_write_all(fd, text.data, text.len);
	if (result < 0)
		err_errno(err, "cannot write subscriptions");
	close(fd);
	return result;
}

int
maildir_subscribe(const struct maildir *root, const char *folder,
		  struct err *err)
{
	char *bytes = mem_array(NULL, char, SUBSCRIPTIONS_MAX + 1);
	long len =
		maildir_read(root->fd, SUBSCRIPTIONS, bytes, SUBSCRIPTIONS_MAX);
	struct slice old = { bytes, len < 0 ? 0 : (size_t)len };
	struct buf text = BUF(bytes);
	size_t start;
	int result = 0;

	if (len < 0 && errno != ENOENT) {
		mem_free(bytes);
		return err_errno(err, "cannot read subscriptions");
	}
	start = maildir_subscription(&text, old, folder);
	if (len <= SUBSCRIPTIONS_MAX &&
	    !maildir_has_line(old, slice_from(buf_view(&text), start)))
		result =
			maildir_append_subscription(root, buf_view(&text), err);
	mem_free(bytes);
	return result;
}
