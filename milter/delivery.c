/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/problem.h"
#include "core/virtual.h"
#include "mail/address.h"
#include "mail/handover.h"
#include "mail/maildir.h"

enum { OVER_QUOTA_TEMPFAIL, OVER_QUOTA_BOUNCE };

const struct option deliver_options[] = {
	{ "mail_location", OPTION_STRING, "/home/vmail/%d/%n/Maildir",
	  .help = "deliver: the Maildir of a recipient. %u is the address in "
		  "lower case, without the extension that "
		  "recipient_delimiter marks; %n the part before the @, %d "
		  "the part behind it. Folders with variables and those "
		  "below are made when missing; the ones above must be "
		  "there." },
	{ "maildir_mode", OPTION_MODE, "0700", 0700, 07777,
	  .help = "deliver: mode of new folders; files have the same without "
		  "the x bits." },
	{ "deliver_spam_to_junk", OPTION_BOOL, "yes",
	  .help = "deliver: put mail with X-Spam-Flag: YES or X-Spam: Yes into "
		  "junk_folder." },
	{ "junk_folder", OPTION_STRING, "Junk",
	  .help = "deliver: the mailbox for spam, as an IMAP client shows it. "
		  "It is made when missing, and subscribed." },
	{ "deliver_autocreate", OPTION_BOOL, "no",
	  .help = "deliver: make the mailbox that -m names when it is missing; "
		  "if no, such mail goes to the INBOX." },
	{ "deliver_check_recipient", OPTION_BOOL, "no",
	  .help = "deliver: look the recipient up in virtual_mailbox_maps, "
		  "and bounce mail to one that is unknown (5.1.1). The "
		  "daemon has done so for mail by SMTP; this is for what "
		  "programs of this host send. The maps must be readable for "
		  "the user who delivers." },
	{ "deliver_size_limit", OPTION_SIZE, "256M", 1024, 1ll << 40,
	  .help = "deliver: the largest message that is taken." },
	{ "quota_bytes", OPTION_SIZE, "0", 0, 1ll << 60,
	  .help = "deliver: bytes that a Maildir with all its folders may "
		  "hold; 0: no limit. `deliver --quota` gives the limit of "
		  "one recipient." },
	{ "quota_messages", OPTION_INT, "0", 0, 1ll << 60,
	  .help = "deliver: mails that a Maildir with all its folders may "
		  "hold; 0: no limit." },
	{ "over_quota", OPTION_CHOICE, "tempfail", .choices = "tempfail bounce",
	  .help = "deliver: what becomes of mail to a full mailbox: tempfail "
		  "(4.2.2, Postfix tries again) or bounce (5.2.2)." },
	OPTION_END,
};

static struct outcome
delivery_failed(void *mem, const struct err *err)
{
	const char *text = str_escape(mem, slice_of(err->text), 900);

	switch (err->kind) {
	case ERR_PERMANENT:
		return (struct outcome){ EX_NOUSER, "5.1.3", text };
	case ERR_CONFIG:
		return (struct outcome){ EX_CANTCREAT, "4.3.5", text };
	default:
		return (struct outcome){ EX_TEMPFAIL, "4.3.0", text };
	}
}

static void
delivery_field(struct buf *out, const char *name, const char *value, bool crlf)
{
	buf_printf(out, "%s: ", name);
	for (; *value != '\0'; value++)
		buf_char(out, (unsigned char)*value < ' ' || *value == 0x7f
				      ? '?'
				      : *value);
	buf_text(out, crlf ? "\r\n" : "\n");
}

/* The trace fields that pipe(8) was not told to put there. */
static struct slice
delivery_fields(void *mem, const struct delivery *delivery,
		const struct handover *handover)
{
	struct buf out = BUF(mem);
	const char *sender = delivery->sender;

	buf_text(&out, "");
	if (sender != NULL && !handover->has_return_path) {
		/* pipe(8) says MAILER-DAEMON for the null sender. */
		if (strcmp(sender, "<>") == 0 ||
		    strcmp(sender, "MAILER-DAEMON") == 0)
			sender = "";
		sender = sender[0] == '<' ? sender
					  : mem_printf(mem, "<%s>", sender);
		delivery_field(&out, "Return-Path", sender, handover->crlf);
	}
	if (!handover->has_delivered_to)
		delivery_field(&out, "Delivered-To", delivery->recipient,
			       handover->crlf);
	return buf_view(&out);
}

/*
 * What makes this delivery different from all others. Without a queue id two
 * equal mails may be two mails, so each then gets a key of its own.
 */
static void
delivery_key(char *key, const struct delivery *delivery,
	     const struct handover *handover)
{
	char unique[64] = "";
	bool has_queue_id =
		delivery->queue_id[0] != '\0' || handover->queue_id.len != 0;

	if (!has_queue_id)
		snprintf(unique, sizeof(unique), "%ld.%lld.%lld",
			 (long)getpid(), (long long)clock_us(),
			 (long long)clock_wall());
	maildir_key(key, (struct slice[]){ slice_of(delivery->queue_id),
					   slice_of(delivery->user),
					   slice_of(delivery->recipient),
					   slice_of(delivery->original),
					   slice_of(unique), handover->message,
					   SLICE_NONE });
}

/* The folder for this mail; *name is "" for the INBOX. NULL: see err. */
static const struct maildir *
delivery_folder(void *mem, const struct delivery *delivery,
		const struct maildir *root, bool is_spam, const char **name,
		struct err *err)
{
	const struct config *config = delivery->config;
	const struct maildir *folder = root;
	enum maildir_need need = MAILDIR_CREATE;

	*name = "";
	if (is_spam && config_bool(config, "deliver_spam_to_junk")) {
		*name = maildir_folder_name(
			mem, config_string(config, "junk_folder"));
	} else if (delivery->mailbox != NULL) {
		/* Often an address extension: anybody may have chosen it. */
		*name = maildir_folder_name(mem, delivery->mailbox);
		if (*name == NULL)
			*name = "";
		if (!config_bool(config, "deliver_autocreate"))
			need = MAILDIR_EXISTING;
	}
	if (*name == NULL) {
		err_config(err, "junk_folder: not a mailbox name in ASCII");
		return NULL;
	}
	if (**name != '\0')
		folder = maildir_open_folder(mem, root, *name, need, err);
	if (folder == NULL && err->kind == ERR_NONE) {
		*name = "";
		folder = root;
	}
	return folder;
}

static struct outcome
delivery_over_quota(const struct delivery *delivery)
{
	if (delivery->reject ||
	    config_choice(delivery->config, "over_quota") == OVER_QUOTA_BOUNCE)
		return (struct outcome){ EX_NOPERM, "5.2.2",
					 "Mailbox is full" };
	return (struct outcome){ EX_TEMPFAIL, "4.2.2", "Mailbox is full" };
}

static void
delivery_log(const struct delivery *delivery, const struct handover *handover,
	     const char *folder, size_t size, const char *status)
{
	struct slice id = delivery->queue_id[0] != '\0'
				  ? slice_of(delivery->queue_id)
				  : handover->queue_id;
	const char *sender = delivery->sender == NULL ? "" : delivery->sender;
	char *to = str_escape_word(NULL, slice_of(delivery->recipient), 260);
	char *from = str_escape_word(NULL, slice_of(sender), 260);

	if (id.len == 0)
		id = SLICE("NOQUEUE");
	log_info("%.*s: to=<%s> from=<%s> mailbox=%s size=%zu spam=%s "
		 "status=%s",
		 (int)(id.len > 64 ? 64 : id.len), id.data, to, from,
		 folder[0] == '\0' ? "INBOX" : folder + 1, size,
		 handover->is_spam ? "yes" : "no", status);
	mem_free(to);
	mem_free(from);
}

/* Into an open folder of root. */
static struct outcome
delivery_store(void *mem, const struct delivery *delivery,
	       const struct handover *handover, const struct maildir *root,
	       const struct maildir *folder, const char *folder_name)
{
	const struct maildir_quota quota = {
		config_int(delivery->config, "quota_bytes"),
		config_int(delivery->config, "quota_messages"),
	};
	struct maildir_mail mail = {
		.arrived = handover->arrived != 0 ? handover->arrived
						  : clock_wall(),
		.fields = delivery_fields(mem, delivery, handover),
		.text = handover->message,
	};
	size_t size = maildir_mail_size(&mail);
	bool found, over;
	struct err err;
	char *name;

	delivery_key(mail.key, delivery, handover);
	if (maildir_sweep(folder, mail.key, &err) < 0 ||
	    (folder != root && maildir_sweep(root, mail.key, &err) < 0) ||
	    maildir_find(folder, mail.key, &found, &err) < 0)
		return delivery_failed(mem, &err);
	if (found) {
		delivery_log(delivery, handover, folder_name, size,
			     "already-delivered");
		return (struct outcome){ 0, "2.0.0", "already delivered" };
	}
	if (maildir_quota_check(root, &quota, mail.key, (int64_t)size, &over,
				&err) < 0)
		return delivery_failed(mem, &err);
	if (over)
		return delivery_over_quota(delivery);
	if (maildir_store(mem, folder, &mail, &name, &err) < 0)
		return delivery_failed(mem, &err);
	/* From here on the mail is delivered, whatever else fails. */
	if (maildir_quota_add(root, (int64_t)size, &err) < 0)
		log_warning("to=<%s>: %s; it will be counted anew",
			    delivery->recipient, err.text);
	delivery_log(delivery, handover, folder_name, size, "delivered");
	return (struct outcome){ 0, "2.0.0", "delivered" };
}

/*
 * john+lists@example.org has john's Maildir: the address was taken because
 * john is there, and a Maildir of its own is one that nobody reads.
 */
static const char *
delivery_owner(void *mem, const struct delivery *delivery)
{
	const char *user = delivery->user, *at = strrchr(user, '@');
	struct slice local =
		slice_cut(slice_of(user), 0,
			  at == NULL ? strlen(user) : (size_t)(at - user));
	size_t cut = address_extension(config_string(delivery->config,
						     "recipient_delimiter"),
				       local);

	return mem_printf(mem, "%.*s%s", (int)cut, user, at == NULL ? "" : at);
}

/* 0: the tables know the recipient, or are not to be asked. */
static int
delivery_check(void *mem, const struct delivery *delivery, bool *unknown,
	       struct err *err)
{
	const struct config *config = delivery->config;
	struct problems *problems = problems_new(mem);
	struct virtual_answer answer;
	struct address address;
	struct virtual *virtual;

	*unknown = false;
	if (!config_bool(config, "deliver_check_recipient"))
		return 0;
	if (address_parse(mem, delivery->user, &address) != ADDRESS_OK)
		return err_permanent(err, "not an address");
	virtual = virtual_open(mem, config, problems, err);
	if (virtual == NULL ||
	    virtual_resolve(mem, virtual, &address,
			    clock_ms() + config_time(config, "sql_time_limit"),
			    NULL, &answer, err) < 0) {
		/* Whatever is wrong with the tables: the mail can wait. */
		err->kind = ERR_TEMPORARY;
		return -1;
	}
	*unknown = answer.outcome == VIRTUAL_UNKNOWN;
	return 0;
}

struct outcome
delivery_run(void *mem, const struct delivery *delivery)
{
	struct maildir_place place;
	const struct maildir *root, *folder;
	struct handover handover;
	const char *name;
	bool unknown;
	struct err err;

	if (delivery_check(mem, delivery, &unknown, &err) < 0)
		return delivery_failed(mem, &err);
	if (unknown)
		return (struct outcome){ EX_NOUSER, "5.1.1",
					 "User unknown in virtual mailbox "
					 "table" };
	handover_read(delivery->message, &handover);
	if (maildir_place(mem, config_string(delivery->config, "mail_location"),
			  delivery_owner(mem, delivery), &place, &err) < 0)
		return delivery_failed(mem, &err);
	root = maildir_open(mem, &place,
			    config_mode(delivery->config, "maildir_mode"),
			    &err);
	if (root == NULL)
		return delivery_failed(mem, &err);
	folder = delivery_folder(mem, delivery, root, handover.is_spam, &name,
				 &err);
	if (folder == NULL)
		return delivery_failed(mem, &err);
	return delivery_store(mem, delivery, &handover, root, folder, name);
}
