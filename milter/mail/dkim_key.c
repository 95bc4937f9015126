/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record below _domainkey that holds a key (RFC 6376, 3.6.1). */
#include "base/mem.h"
#include "mail/dkim_private.h"

#define DKIM_KEY_BITS_MIN 1024 /* RFC 8301 */

void
dkim_key_ask(struct dkim_work *work, struct dkim_claim *claim)
{
	char *name;

	if (claim->told.result != AUTH_NOT_RUN || !dns_is_on(work->dns))
		return;
	name = mem_printf(claim, "%s._domainkey.%s", claim->told.selector,
			  claim->told.domain);
	claim->question = dns_ask(work->dns, name, DNS_TXT);
}

/* Is the word one of "a:b:c"? An absent list holds all. */
static bool
dkim_key_lists(const struct taglist *tags, const char *tag, const char *word,
	       bool otherwise)
{
	struct slice list = taglist_get(tags, tag), item;

	if (list.data == NULL)
		return otherwise;
	while (taglist_item(&list, &item))
		if (slice_is_nocase(item, word))
			return true;
	return false;
}

/*
 * g= of RFC 4871, gone since RFC 6376: the local part of i= must match it, with
 * one "*" for anything. A record that still says so is obeyed.
 */
static bool
dkim_key_granularity(const struct dkim_claim *claim, struct slice pattern)
{
	struct slice identity = slice_of(claim->told.identity);
	size_t at = identity.len, star = slice_find(pattern, 0, '*');
	struct slice local, head, tail;

	while (at > 0 && identity.data[at - 1] != '@')
		at--;
	local = slice_cut(identity, 0, at > 0 ? at - 1 : 0);
	if (star == pattern.len)
		return slice_equal(local, pattern);
	head = slice_cut(pattern, 0, star);
	tail = slice_from(pattern, star + 1);
	return local.len >= head.len + tail.len &&
		slice_equal(slice_cut(local, 0, head.len), head) &&
		slice_equal(slice_from(local, local.len - tail.len), tail);
}

/* t=s: i= has d= itself behind its "@". */
static bool
dkim_key_strict(struct dkim_claim *claim)
{
	return slice_ends_nocase(slice_of(claim->told.identity),
				 mem_printf(claim, "@%s",
					    claim->told.domain));
}

static int
dkim_key_permits(struct dkim_claim *claim, const struct taglist *tags,
		 struct err *err)
{
	struct slice v = taglist_get(tags, "v"), k = taglist_get(tags, "k");
	struct slice g = taglist_get(tags, "g");

	if (v.data != NULL && (!slice_is(v, "DKIM1") ||
			       !slice_is(tags->items[0].name, "v")))
		return err_permanent(err,
				     "the key's record is no DKIM1 record");
	if (!slice_is_nocase(k.data == NULL ? SLICE("rsa") : k,
			     claim->key_kind == CRYPTO_RSA ? "rsa" : "ed25519"))
		return err_permanent(err, "the key is for another algorithm");
	if (!dkim_key_lists(tags, "h",
			    claim->hash == CRYPTO_SHA1 ? "sha1" : "sha256",
			    true))
		return err_permanent(err, "the key is not for this digest");
	if (!dkim_key_lists(tags, "s", "email", true) &&
	    !dkim_key_lists(tags, "s", "*", false))
		return err_permanent(err, "the key is not for mail");
	if (claim->kind != DKIM_SIGNATURE)
		return 0;
	if (g.data != NULL && !dkim_key_granularity(claim, g))
		return err_permanent(err, "the key's g= does not match i=");
	if (dkim_key_lists(tags, "t", "s", false) && !dkim_key_strict(claim))
		return err_permanent(err,
				     "the key wants i= to be in d= itself");
	return 0;
}

static int
dkim_key_read(void *mem, struct dkim_claim *claim, struct slice record,
	      struct err *err)
{
	struct taglist tags;
	struct slice p, bytes;

	if (taglist_parse(record, &tags, err) < 0)
		return err_prefix(err, "the key's record");
	if (dkim_key_permits(claim, &tags, err) < 0)
		return -1;
	p = taglist_get(&tags, "p");
	if (p.data == NULL)
		return err_permanent(err, "the record holds no key");
	if (p.len == 0)
		return err_permanent(err, "the key is revoked");
	bytes = taglist_base64(mem, p);
	if (bytes.data == NULL)
		return err_permanent(err, "the key is no base64");
	claim->key = crypto_key_new(mem, claim->key_kind, bytes, err);
	if (claim->key == NULL)
		return -1;
	claim->told.key_bits = crypto_key_bits(claim->key);
	claim->told.testing = dkim_key_lists(&tags, "t", "y", false);
	return 0;
}

/* The first record that holds a key which fits; else what is wrong with the
 * first. */
static void
dkim_key_choose(struct dkim_claim *claim, const struct dns_answer *answer)
{
	struct err first = { .kind = ERR_NONE }, err;

	for (size_t i = 0; i < answer->record_count && i < 4; i++) {
		if (dkim_key_read(claim, claim, dns_text(claim, answer, i),
				  i == 0 ? &first : &err) == 0)
			return;
	}
	dkim_settle(claim, AUTH_PERMERROR, first.kind == ERR_NONE ?
		    "the record holds no key" : first.text);
}

/* A key or an algorithm too weak: the signature is not looked at. */
static void
dkim_key_weak(const struct dkim_settings *settings, struct dkim_claim *claim)
{
	unsigned bits = settings->key_bits ? settings->key_bits :
		DKIM_KEY_BITS_MIN;

	if (claim->key_kind == CRYPTO_RSA && claim->told.key_bits < bits)
		dkim_settle(claim, AUTH_POLICY,
			    mem_printf(claim, "the key has %u bits, fewer than "
				       "%u", claim->told.key_bits, bits));
	if (settings->no_sha1 && claim->hash == CRYPTO_SHA1)
		dkim_settle(claim, AUTH_POLICY, "SHA-1 is refused");
}

void
dkim_key_collect(struct dkim_work *work, struct dkim_claim *claim)
{
	const struct dns_answer *answer;

	if (claim->told.result != AUTH_NOT_RUN || claim->question == NULL)
		return;
	answer = dns_wait(work->dns, claim->question);
	switch (answer->status) {
	case DNS_FOUND:
		dkim_key_choose(claim, answer);
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		dkim_settle(claim, AUTH_PERMERROR, "there is no key");
		break;
	case DNS_FAILED:
	case DNS_LATE:
		dkim_settle(claim, AUTH_TEMPERROR, mem_printf(claim,
			    "the DNS has no answer for the key: %s",
			    answer->why));
		break;
	case DNS_OFF:
		break;
	}
	if (claim->key != NULL)
		dkim_key_weak(work->settings, claim);
}
