/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_MAILDIR_H
#define MAIL_MAILDIR_H

/*
 * Maildir++ folders, written so that a mail is there once and whole, or not at
 * all, whenever the process or the machine dies: tmp, fsync, close, rename to
 * new, fsync of new. All names are resolved below open descriptors and no
 * symbolic link is followed behind the part of the path that the admin wrote.
 *
 * A repeated delivery (Postfix did not hear of our success) must not make a
 * second copy. So a mail's file name holds a key made of its queue id, its
 * recipient and its bytes, and the key is looked for before anything is
 * written.
 *
 * Many processes may deliver to one Maildir at once; there are no locks. A
 * struct maildir belongs to one thread and closes its descriptors when freed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* --- maildir_path.c: where a user's mail lies --- */

/* /home/vmail, example.org, john, Maildir */
struct maildir_place {
	const char *fixed;	  /* written by the admin, must be there */
	const char *const *names; /* folders below it, made when missing */
	size_t count;
};

/*
 * Fills in a template: %u the user in lower case, %n its part before the last
 * @, %d the part behind it, %% a percent sign; "maildir:" in front is skipped.
 * ERR_CONFIG: the template is wrong. ERR_PERMANENT: the user's name cannot be
 * a folder's name (empty, slash, leading dot, control bytes, too long).
 */
int maildir_place(void *mem, const char *location, const char *user,
		  struct maildir_place *place, struct err *err);
/*
 * Folder of a mailbox: "" for INBOX, ".A.B" for "A/B" and "A.B". NULL if the
 * name is not one that is safe and means the same to an IMAP server.
 */
const char *maildir_folder_name(void *mem, const char *mailbox);

/* --- maildir.c: folders --- */

struct maildir {
	int fd, cur, new, tmp;
	int *above; /* descriptors of the folders above it, topmost first */
	size_t above_count;
	unsigned mode; /* of folders; files: without the x bits */
};

/* Opens the Maildir, and makes what is missing below place->fixed. ERR_CONFIG:
 * something that is not a folder stands in its place. NULL on failure. */
struct maildir *maildir_open(void *mem, const struct maildir_place *place,
			     unsigned mode, struct err *err);
enum maildir_need { MAILDIR_EXISTING, MAILDIR_CREATE };
/* A subfolder; with MAILDIR_CREATE it is made if missing, and subscribed.
 * NULL with ERR_NONE: it does not exist. */
struct maildir *maildir_open_folder(void *mem, const struct maildir *root,
				    const char *folder, enum maildir_need need,
				    struct err *err);
/* A file below folder that is read whole, at most max bytes (the length may be
 * max + 1 then: there is more). -1: errno tells. */
long maildir_read(int folder, const char *name, char *bytes, size_t max);
/* fsync(2) that goes on after EINTR; file systems that have nothing to sync in
 * a folder say EINVAL, which is not an error. */
int maildir_sync(int fd);
int maildir_write_all(int fd, const char *data, size_t len);
/* Calls each(name) until it returns non-zero or names end; -1: errno tells. */
int maildir_each(int folder, int (*each)(void *arg, const char *name),
		 void *arg);

/* --- maildir_subscribe.c --- */

/* Adds a folder (".Junk") to Dovecot's file of subscriptions. */
int maildir_subscribe(const struct maildir *root, const char *folder,
		      struct err *err);

/* --- maildir_store.c: mails --- */

#define MAILDIR_KEY_LEN 33 /* Q and 32 hexadecimal digits */

struct maildir_mail {
	char key[MAILDIR_KEY_LEN + 1];
	int64_t arrived;     /* seconds since 1970, the same for each try */
	struct slice fields; /* put in front */
	struct slice text;
};

/* The key of a mail; parts end with one that has no data. */
void maildir_key(char key[MAILDIR_KEY_LEN + 1], const struct slice *parts);
/* Removes what interrupted deliveries of this mail, or very old ones, left in
 * tmp. */
int maildir_sweep(const struct maildir *folder, const char *key,
		  struct err *err);
/* Is a mail with this key in new or cur? Makes it durable if so. */
int maildir_find(const struct maildir *folder, const char *key, bool *found,
		 struct err *err);
/* Writes and publishes; *name (below mem) is the file's name in new. A mail
 * that somebody else put there meanwhile is success. */
int maildir_store(void *mem, const struct maildir *folder,
		  const struct maildir_mail *mail, char **name,
		  struct err *err);
/* Bytes that mail will have. */
size_t maildir_mail_size(const struct maildir_mail *mail);

/* --- maildir_quota.c: the file maildirsize of Maildir++ --- */

struct maildir_quota {
	int64_t bytes, messages; /* 0: no limit */
};

/* Would one more mail of size bytes be too much? key is that of the mail, for
 * maildir_sweep(). */
int maildir_quota_check(const struct maildir *root,
			const struct maildir_quota *quota, const char *key,
			int64_t size, bool *over, struct err *err);
/* Counts a mail that was stored, where maildirsize is kept at all. */
int maildir_quota_add(const struct maildir *root, int64_t size,
		      struct err *err);

#endif
