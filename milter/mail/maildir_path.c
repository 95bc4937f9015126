/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of folders out of addresses. A recipient is whatever a stranger typed,
 * so nothing of it may be more than one harmless path component.
 */
#include "mail/maildir.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"

/* One name on disk; Maildir names get no longer than Linux allows. */
static bool
maildir_safe_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f ||
		    name[i] == '/')
			return false;
	return true;
}

struct maildir_user {
	const char *whole, *local, *domain; /* domain may be "" */
};

static int
maildir_user(void *mem, const char *text, struct maildir_user *user,
	     struct err *err)
{
	const char *at = strrchr(text, '@');
	char *shown;

	user->whole = str_lower(mem, text);
	user->local = mem_strndup(mem, user->whole,
				  at ? (size_t)(at - text) : strlen(text));
	user->domain = at ? mem_strdup(mem, user->whole + (at - text) + 1) : "";
	if (maildir_safe_name(user->local) && maildir_safe_name(user->whole) &&
	    (at == NULL || maildir_safe_name(user->domain)))
		return 0;
	shown = str_escape(mem, slice_of(text), 100);
	return err_permanent(err, "<%s>: no folder can have this name", shown);
}

static int
maildir_expand(struct buf *out, const char *location,
	       const struct maildir_user *user, struct err *err)
{
	for (const char *p = location; *p != '\0'; p++) {
		if (*p != '%') {
			buf_char(out, *p);
			continue;
		}
		switch (*++p) {
		case '%':
			buf_char(out, '%');
			break;
		case 'u':
			buf_text(out, user->whole);
			break;
		case 'n':
			buf_text(out, user->local);
			break;
		case 'd':
			if (user->domain[0] == '\0')
				return err_permanent(err,
						     "<%s>: there is no domain",
						     user->whole);
			buf_text(out, user->domain);
			break;
		default:
			return err_config(err,
					  "mail_location = %s: only %%u, "
					  "%%n, %%d and %%%% have a meaning",
					  location);
		}
	}
	return 0;
}

/* The part of the template that is the same for all users: up to the slash in
 * front of the first component with a variable, or of the last one. */
static size_t
maildir_fixed_length(const char *location)
{
	size_t slash = 0;

	for (size_t i = 0; location[i] != '\0' && location[i] != '%'; i++)
		if (location[i] == '/' && location[i + 1] != '\0')
			slash = i;
	return slash;
}

static int
maildir_components(void *mem, const char *path, struct maildir_place *place,
		   struct err *err)
{
	struct slice rest = slice_of(path), word;
	const char **names = NULL;

	place->count = 0;
	while (slice_word(&rest, "/", &word)) {
		char *name = slice_string(mem, word);

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    word.len > NAME_MAX)
			return err_permanent(err, "\"%s\" is no folder's name",
					     name);
		mem_grow(mem, names, place->count);
		names[place->count++] = name;
	}
	place->names = names;
	return 0;
}

int
maildir_place(void *mem, const char *location, const char *text,
	      struct maildir_place *place, struct err *err)
{
	struct maildir_user user;
	struct buf path = BUF(mem);
	size_t fixed;

	if (strncmp(location, "maildir:", 8) == 0)
		location += 8;
	if (location[0] != '/')
		return err_config(err, "mail_location = %s: must begin with /",
				  location);
	if (maildir_user(mem, text, &user, err) < 0)
		return -1;
	fixed = maildir_fixed_length(location);
	place->fixed = fixed == 0 ? "/" : mem_strndup(mem, location, fixed);
	if (maildir_expand(&path, location + fixed, &user, err) < 0 ||
	    maildir_components(mem, buf_string(&path), place, err) < 0)
		return -1;
	if (place->count == 0)
		return err_config(err, "mail_location = %s: names no folder",
				  location);
	return 0;
}

const char *
maildir_folder_name(void *mem, const char *mailbox)
{
	struct buf out = BUF(mem);
	char last = '.';

	if (slice_is_nocase(slice_of(mailbox), "INBOX"))
		return "";
	buf_char(&out, '.');
	for (const char *p = mailbox; *p != '\0'; p++) {
		char c = *p == '/' ? '.' : *p;

		/* Beyond ASCII, IMAP servers disagree on the spelling. */
		if (c < ' ' || c > '~' || (c == '.' && last == '.'))
			return NULL;
		buf_char(&out, c);
		last = c;
	}
	if (last == '.' || out.len > NAME_MAX)
		return NULL;
	return buf_string(&out);
}
