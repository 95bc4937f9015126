/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/dkim.h"

#include "base/mem.h"
#include "mail/dkim_canon.h"
#include "mail/dkim_private.h"

struct dkim {
	struct dkim_work work;
	struct dkim_claim **claims;
	struct dkim_results results;
};

/* The digest of the body in this form; made once. */
static const struct dkim_body *
dkim_body(struct dkim_work *work, const struct dkim_claim *claim)
{
	struct crypto_hasher *hasher;
	struct dkim_body *body;

	for (size_t i = 0; i < work->body_count; i++) {
		body = &work->bodies[i];
		if (body->hash == claim->hash &&
		    body->relaxed == claim->relaxed_body &&
		    body->length == claim->length)
			return body;
	}
	mem_grow(work->mem, work->bodies, work->body_count);
	body = &work->bodies[work->body_count++];
	body->hash = claim->hash;
	body->relaxed = claim->relaxed_body;
	body->length = claim->length;
	hasher = crypto_hasher_new(work->mem, claim->hash);
	body->total = dkim_canon_body(hasher, work->message->pristine_body,
				      claim->relaxed_body, claim->length);
	body->digest = crypto_hasher_end(hasher);
	mem_free(hasher);
	return body;
}

void
dkim_verify_body(struct dkim_work *work, struct dkim_claim *claim)
{
	const struct dkim_body *body;

	if (claim->told.result != AUTH_NOT_RUN || claim->key == NULL)
		return;
	body = dkim_body(work, claim);
	if (body->digest.len == 0) {
		dkim_settle(claim, AUTH_TEMPERROR, "no digest could be made");
		return;
	}
	if (claim->length != DKIM_WHOLE_BODY && claim->length > body->total)
		dkim_settle(claim, AUTH_FAIL, "the body is shorter than l=");
	if (!crypto_digest_is(&body->digest, claim->body_hash))
		dkim_settle(claim, AUTH_FAIL, "the body has been changed");
	if (claim->length < body->total)
		claim->told.unsigned_bytes = body->total - claim->length;
}

/* Adds the fields that h= names: of several with one name, from the bottom. */
static void
dkim_signed_fields(struct buf *buf, const struct dkim_work *work,
		   const struct dkim_claim *claim)
{
	const struct headers *headers = &work->message->root->headers;
	bool *used = mem_array(work->mem, bool, headers->count + 1);

	for (size_t i = 0; i < claim->name_count; i++) {
		size_t at = headers->count;

		while (at > 0 &&
		       (used[at - 1] ||
			!slice_equal_nocase(headers->items[at - 1].name,
					    claim->names[i])))
			at--;
		if (at == 0)
			continue; /* signed as absent */
		used[at - 1] = true;
		dkim_canon_field(buf, headers->items[at - 1].line,
				 claim->relaxed_header);
	}
	mem_free(used);
}

void
dkim_verify_bytes(struct dkim_work *work, struct dkim_claim *claim,
		  struct slice bytes)
{
	struct crypto_hasher *hasher =
		crypto_hasher_new(work->mem, claim->hash);
	struct crypto_digest digest;

	crypto_hasher_add(hasher, bytes);
	digest = crypto_hasher_end(hasher);
	mem_free(hasher);
	if (digest.len == 0)
		dkim_settle(claim, AUTH_TEMPERROR, "no digest could be made");
	if (!crypto_verify(claim->key, claim->hash, &digest, claim->signature))
		dkim_settle(claim, AUTH_FAIL, "the signature does not fit");
}

void
dkim_verify_header(struct dkim_work *work, struct dkim_claim *claim)
{
	void *mem;
	struct buf bytes;

	if (claim->told.result != AUTH_NOT_RUN || claim->key == NULL)
		return;
	mem = mem_context(work->mem, "dkim_verify_header");
	bytes = BUF(mem);
	dkim_signed_fields(&bytes, work, claim);
	dkim_canon_itself(&bytes, claim);
	dkim_verify_bytes(work, claim, buf_view(&bytes));
	mem_free(mem);
}

struct dkim *
dkim_begin(void *mem, const struct message *message, struct dns *dns,
	   const struct dkim_settings *settings)
{
	struct dkim *dkim = mem_new(mem, struct dkim);
	const struct headers *headers = &message->root->headers;
	size_t limit = settings->signatures ? settings->signatures :
		DKIM_SIGNATURES_MAX;

	dkim->work = (struct dkim_work){ .mem = dkim, .message = message,
		.dns = dns, .settings = settings };
	for (size_t i = 0; i < headers->count; i++) {
		const struct header *field = &headers->items[i];

		if (!slice_is_nocase(field->name, "DKIM-Signature"))
			continue;
		if (dkim->results.count == limit) {
			dkim->results.left_out++;
			continue;
		}
		mem_grow(dkim, dkim->claims, dkim->results.count);
		dkim->claims[dkim->results.count] =
			dkim_claim_read(dkim, field, DKIM_SIGNATURE);
		dkim_key_ask(&dkim->work, dkim->claims[dkim->results.count++]);
	}
	return dkim;
}

static void
dkim_verify(struct dkim_work *work, struct dkim_claim *claim)
{
	dkim_key_collect(work, claim);
	dkim_verify_body(work, claim);
	dkim_verify_header(work, claim);
	if (claim->key == NULL)
		return;
	/* x= has 12 digits at most. */
	if ((int64_t)claim->expires < work->settings->now)
		dkim_settle(claim, AUTH_POLICY, "the signature has expired");
	dkim_settle(claim, AUTH_PASS, "");
}

const struct dkim_results *
dkim_finish(struct dkim *dkim)
{
	dkim->results.items = mem_array(dkim, struct dkim_signature *,
					dkim->results.count + 1);
	for (size_t i = 0; i < dkim->results.count; i++) {
		dkim_verify(&dkim->work, dkim->claims[i]);
		dkim->results.items[i] = &dkim->claims[i]->told;
	}
	return &dkim->results;
}
