/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DKIM_PRIVATE_H
#define MAIL_DKIM_PRIVATE_H

/* One signature on its way, for dkim*.c and arc*.c. */

#include "mail/dkim.h"
#include "mail/taglist.h"
#include "wrap/crypto.h"

#define DKIM_NAMES_MAX 512 /* names in h= */

enum dkim_kind { DKIM_SIGNATURE, DKIM_ARC_MESSAGE, DKIM_ARC_SEAL };

#define DKIM_NEVER (UINT64_MAX >> 1)

/* What a field says. */
struct dkim_claim {
	struct dkim_signature told;
	const struct header *field;
	enum dkim_kind kind;
	struct slice *names; /* of h=, in order */
	size_t name_count;
	bool from_signed;
	bool relaxed_header, relaxed_body;
	enum crypto_kind key_kind;
	enum crypto_hash hash;
	struct slice signature, body_hash; /* decoded */
	uint64_t length;	/* l=, or DKIM_WHOLE_BODY */
	uint64_t expires;	/* x=, or DKIM_NEVER */
	unsigned instance;	/* i= of ARC */
	const char *chain;	/* cv= of ARC-Seal, lower case */
	struct dns_question *question;
	struct crypto_key *key;
};

/* What several signatures of a message share. */
struct dkim_work {
	void *mem;
	const struct message *message;
	struct dns *dns;
	const struct dkim_settings *settings;
	struct dkim_body {
		enum crypto_hash hash;
		bool relaxed;
		uint64_t length, total;
		struct crypto_digest digest;
	} *bodies; /* hashed so far */
	size_t body_count;
};

/* Says how it ended, unless something else has said so before. */
void dkim_settle(struct dkim_claim *claim, enum auth_result result,
		 const char *why);

/* Reads the field. Malformed: told.result is NEUTRAL. */
struct dkim_claim *dkim_claim_read(void *mem, const struct header *field,
				   enum dkim_kind kind);
/* Starts the question for its key. */
void dkim_key_ask(struct dkim_work *work, struct dkim_claim *claim);
/* Waits for the key and judges it: told.result is set if it is of no use. */
void dkim_key_collect(struct dkim_work *work, struct dkim_claim *claim);
/* Compares bh= with the body. */
void dkim_verify_body(struct dkim_work *work, struct dkim_claim *claim);
/* Compares b= with the fields that h= names. */
void dkim_verify_header(struct dkim_work *work, struct dkim_claim *claim);
/* The claim's own field with b= emptied, in canonical form without CRLF. */
void dkim_canon_itself(struct buf *buf, const struct dkim_claim *claim);
/* Compares b= with canonical bytes. */
void dkim_verify_bytes(struct dkim_work *work, struct dkim_claim *claim,
		       struct slice bytes);

#endif
