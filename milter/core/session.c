/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/session.h"

#include <stddef.h>

#include "base/mem.h"
#include "core/wire.h"

#define SESSION_TAG 0x49535031 /* changes with the members */

#define MEMBER(name) offsetof(struct session, name)
static const size_t session_members[] = {
	MEMBER(client_addr), MEMBER(client_name), MEMBER(client_ptr),
	MEMBER(helo),	     MEMBER(hostname),	  MEMBER(daemon_name),
	MEMBER(daemon_addr), MEMBER(auth_authen), MEMBER(auth_type),
	MEMBER(tls_version), MEMBER(tls_cipher),
};
#undef MEMBER
#define MEMBER(name) offsetof(struct mail, name)
static const size_t mail_members[] = {
	MEMBER(queue_id),
	MEMBER(sender),
	MEMBER(message_id),
	MEMBER(scratch),
};
#undef MEMBER

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct session *
session_new(void *mem)
{
	struct session *session = mem_new(mem, struct session);

	for (size_t i = 0; i < COUNT(session_members); i++)
		*(const char **)((char *)session + session_members[i]) = "";
	return session;
}

struct mail *
mail_new(void *mem)
{
	struct mail *mail = mem_new(mem, struct mail);

	mail->queue_id = mail->sender = mail->message_id = "";
	return mail;
}

void
mail_add_recipient(struct mail *mail, const char *address,
		   const char *const *mailboxes, size_t mailbox_count)
{
	struct recipient *recipient;

	mem_grow(mail, mail->recipients, mail->recipient_count);
	recipient = &mail->recipients[mail->recipient_count++];
	*recipient = (struct recipient){
		.address = mem_strdup(mail, address),
		.mailbox_count = mailbox_count,
	};
	if (mailboxes != NULL) {
		const char **copy =
			mem_array(mail, const char *, mailbox_count + 1);

		for (size_t i = 0; i < mailbox_count; i++)
			copy[i] = mem_strdup(mail, mailboxes[i]);
		recipient->mailboxes = copy;
	}
}

static void
session_encode_mail(const struct mail *mail, struct buf *out)
{
	wire_put_members(out, mail, mail_members, COUNT(mail_members));
	wire_put_number(out, (int64_t)mail->size);
	wire_put_number(out, (int64_t)mail->prefix);
	wire_put_number(out, mail->smtputf8);
	wire_put_number(out, (int64_t)mail->recipient_count);
	for (size_t i = 0; i < mail->recipient_count; i++) {
		const struct recipient *recipient = &mail->recipients[i];

		wire_put_text(out, recipient->address);
		wire_put_number(out, recipient->mailboxes != NULL);
		wire_put_number(out, (int64_t)recipient->mailbox_count);
		for (size_t j = 0; recipient->mailboxes != NULL &&
				   j < recipient->mailbox_count;
		     j++)
			wire_put_text(out, recipient->mailboxes[j]);
	}
}

void
session_encode(const struct session *session, struct buf *out)
{
	wire_put_number(out, SESSION_TAG);
	wire_put_members(out, session, session_members, COUNT(session_members));
	wire_put_number(out, session->client_port);
	wire_put_number(out, session->esmtp);
	wire_put_number(out, session->outbound);
	wire_put_number(out, session->simulated);
	wire_put_number(out, session->started);
	wire_put_number(out, session->mail != NULL);
	if (session->mail != NULL)
		session_encode_mail(session->mail, out);
}

static void
session_decode_recipient(struct wire *wire, struct mail *mail)
{
	const char *address = wire_text_or_empty(wire);
	bool known = wire_number(wire) != 0;
	size_t count = wire_count(wire);
	const char **mailboxes = NULL;

	if (known) {
		mailboxes = mem_array(wire->mem, const char *, count + 1);
		for (size_t i = 0; i < count && !wire->bad; i++)
			mailboxes[i] = wire_text_or_empty(wire);
	}
	if (!wire->bad)
		mail_add_recipient(mail, address, mailboxes, count);
}

static struct mail *
session_decode_mail(struct wire *wire)
{
	struct mail *mail = mail_new(wire->mem);
	size_t count;

	wire_members(wire, mail, mail_members, COUNT(mail_members));
	mail->size = (size_t)wire_number(wire);
	mail->prefix = (size_t)wire_number(wire);
	mail->smtputf8 = wire_number(wire) != 0;
	count = wire_count(wire);
	for (size_t i = 0; i < count && !wire->bad; i++)
		session_decode_recipient(wire, mail);
	return mail;
}

struct session *
session_decode(void *mem, struct slice bytes, struct err *err)
{
	struct session *session = session_new(mem);
	struct wire wire = { .mem = session, .rest = bytes };

	if (wire_number(&wire) != SESSION_TAG)
		wire.bad = true;
	wire_members(&wire, session, session_members, COUNT(session_members));
	session->client_port = (unsigned)wire_number(&wire);
	session->esmtp = wire_number(&wire) != 0;
	session->outbound = wire_number(&wire) != 0;
	session->simulated = wire_number(&wire) != 0;
	session->started = wire_number(&wire);
	if (wire_number(&wire) != 0)
		session->mail = session_decode_mail(&wire);
	if (wire.bad || wire.rest.len != 0) {
		mem_free(session);
		err_permanent(err, "malformed session frame");
		return NULL;
	}
	return session;
}
