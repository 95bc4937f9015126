/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mail, into tmp and from there into new.
 *
 *	new/1763800000.Q<key>.host,S=<bytes>,W=<bytes with CRLF>
 *	tmp/the same.P<process>.<microseconds>
 *
 * The name in new is the same for each try, so that the kernel refuses a second
 * one; a mail that was seen has moved to cur with flags behind a colon, so the
 * key is looked for there as well. Names in tmp belong to one process alone:
 * nobody can rename bytes that another is still writing.
 */
#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define MAILDIR_TMP_MAX_AGE (36 * 3600) /* maildir(5) */
#define MAILDIR_TMP_CHECKED 100 /* leftovers looked at by one delivery */

/*
 * FNV-1a with 128 bits. It need not stand against an attacker: it tells apart
 * mails with the same queue id to the same recipient, and senders do not choose
 * queue ids.
 */
void
maildir_key(char key[MAILDIR_KEY_LEN + 1], const struct slice *parts)
{
	const unsigned __int128 prime = ((unsigned __int128)1 << 88) | 0x13b;
	unsigned __int128 hash = ((unsigned __int128)0x6c62272e07bb0142 << 64) |
				 0x62b821756295c58d;

	for (; parts->data != NULL; parts++) {
		for (size_t i = 0; i < parts->len; i++)
			hash = (hash ^ (unsigned char)parts->data[i]) * prime;
		hash = (hash ^ 0x100) * prime; /* no byte: ends a part */
	}
	snprintf(key, MAILDIR_KEY_LEN + 1, "Q%016llx%016llx",
		 (unsigned long long)(hash >> 64), (unsigned long long)hash);
}

size_t
maildir_mail_size(const struct maildir_mail *mail)
{
	return mail->fields.len + mail->text.len;
}

/* Line ends that are not yet CRLF, each of which costs a byte more in IMAP. */
static size_t
maildir_bare_newlines(struct slice text)
{
	const char *start = text.data, *end = text.data + text.len, *p = start;
	size_t count = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		count += p == start || p[-1] != '\r';
		p++;
	}
	return count;
}

/* The host's name, spelled as maildir(5) asks for. */
static const char *
maildir_host(void *mem)
{
	char name[256] = "localhost";
	struct buf out = BUF(mem);

	if (gethostname(name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	name[64] = '\0';
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '/' || *p == ':' || *p == ',' || *p <= ' ')
			buf_printf(&out, "\\%03o", (unsigned char)*p);
		else
			buf_char(&out, *p);
	}
	return buf_string(&out);
}

static char *
maildir_name(void *mem, const struct maildir_mail *mail)
{
	size_t size = maildir_mail_size(mail);

	return mem_printf(mem, "%lld.%s.%s,S=%zu,W=%zu",
			  (long long)mail->arrived, mail->key,
			  maildir_host(mem), size,
			  size + maildir_bare_newlines(mail->fields) +
				  maildir_bare_newlines(mail->text));
}

struct maildir_search {
	const struct maildir *folder;
	const char *key;
	unsigned checked;
};

static bool
maildir_has_key(const char *name, const char *key)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && strncmp(dot + 1, key, MAILDIR_KEY_LEN) == 0;
}

static int
maildir_match(void *arg, const char *name)
{
	const struct maildir_search *search = arg;

	return maildir_has_key(name, search->key);
}

/* What is left of this mail, or of any after a day and a half. */
static int
maildir_clean(void *arg, const char *name)
{
	struct maildir_search *search = arg;
	struct stat status;
	bool old = false;

	if (!maildir_has_key(name, search->key) &&
	    search->checked++ < MAILDIR_TMP_CHECKED)
		old = fstatat(search->folder->tmp, name, &status,
			      AT_SYMLINK_NOFOLLOW) == 0 &&
		      status.st_mtime < clock_wall() - MAILDIR_TMP_MAX_AGE;
	if (old || maildir_has_key(name, search->key))
		unlinkat(search->folder->tmp, name, 0);
	return 0;
}

int
maildir_sweep(const struct maildir *folder, const char *key, struct err *err)
{
	struct maildir_search search = { folder, key, 0 };

	if (maildir_each(folder->tmp, maildir_clean, &search) < 0)
		return err_errno(err, "cannot search tmp");
	return 0;
}

int
maildir_find(const struct maildir *folder, const char *key, bool *found,
	     struct err *err)
{
	struct maildir_search search = { folder, key, 0 };
	int in_new = maildir_each(folder->new, maildir_match, &search);
	int in_cur =
		in_new != 0 ? 0
			    : maildir_each(folder->cur, maildir_match, &search);

	/* Between the two looks the mail may have moved from new to cur, which
	 * was looked at last; it never moves back. */
	if (in_new < 0 || in_cur < 0)
		return err_errno(err, "cannot search the Maildir");
	*found = in_new > 0 || in_cur > 0;
	if (*found &&
	    (maildir_sync(folder->new) < 0 || maildir_sync(folder->cur) < 0))
		return err_errno(err, "cannot sync new and cur");
	return 0;
}

/* A whole file that is on the disk. */
static int
maildir_write(const struct maildir *folder, const char *name,
	      const struct maildir_mail *mail, struct err *err)
{
	int fd = openat(folder->tmp, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			folder->mode & 0666);
	int result;

	if (fd < 0)
		return err_errno(err, "cannot make a file in tmp");
	result = maildir_write_all(fd, mail->fields.data, mail->fields.len);
	if (result == 0)
		result = maildir_write_all(fd, mail->text.data, mail->text.len);
	if (result == 0)
		result = maildir_sync(fd);
	if (result < 0) {
		err_errno(err, "cannot write to tmp");
		close(fd);
		return -1;
	}
	/* Network file systems may tell of an error only here. After EINTR the
	 * descriptor is closed, and the data was safe before. */
	if (close(fd) < 0 && errno != EINTR)
		return err_errno(err, "cannot close the file in tmp");
	return 0;
}

/* Moves, but never over a file that is there. */
static int
maildir_rename(const struct maildir *folder, const char *from, const char *to)
{
	if (renameat2(folder->tmp, from, folder->new, to, RENAME_NOREPLACE) ==
	    0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* NFS and others do not know the flag; a link never replaces. */
	if (linkat(folder->tmp, from, folder->new, to, 0) < 0)
		return -1;
	unlinkat(folder->tmp, from, 0);
	return 0;
}

/*
 * After a failed sync nobody knows what a crash would leave, and we say "not
 * delivered": so the mail must not stay.
 */
static int
maildir_publish(const struct maildir *folder, const char *from, const char *to,
		struct err *err)
{
	bool is_there = false;

	if (maildir_rename(folder, from, to) < 0) {
		is_there = errno == EEXIST;
		if (!is_there)
			return err_errno(err, "cannot move the mail to new");
		unlinkat(folder->tmp, from, 0);
	}
	if (maildir_sync(folder->new) == 0)
		return 0;
	err_errno(err, "cannot sync new");
	if (!is_there)
		unlinkat(folder->new, to, 0);
	return -1;
}

int
maildir_store(void *mem, const struct maildir *folder,
	      const struct maildir_mail *mail, char **name, struct err *err)
{
	char *tmp;

	*name = maildir_name(mem, mail);
	tmp = mem_printf(mem, "%s.P%ld.%lld", *name, (long)getpid(),
			 (long long)clock_us());
	if (maildir_write(folder, tmp, mail, err) == 0 &&
	    maildir_publish(folder, tmp, *name, err) == 0)
		return 0;
	unlinkat(folder->tmp, tmp, 0);
	return -1;
}
