/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_CRYPTO_H
#define WRAP_CRYPTO_H

/*
 * Digests and signatures by OpenSSL, as DKIM and ARC want them (RFC 6376,
 * RFC 8463). Any thread; an object belongs to one at a time.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define CRYPTO_DIGEST_MAX 32 /* bytes of the longest digest */

enum crypto_hash { CRYPTO_SHA1, CRYPTO_SHA256, CRYPTO_MD5 };
enum crypto_kind { CRYPTO_RSA, CRYPTO_ED25519 };

/* A finished digest; len is 0 if the library could not make one. */
struct crypto_digest {
	unsigned char data[CRYPTO_DIGEST_MAX];
	size_t len;
};

/*
 * Loads what the functions below will use, for processes that soon may open no
 * file any more. ERR_TEMPORARY if the library lacks an algorithm.
 */
int crypto_prepare(struct err *err);

/* A digest in the making. */
struct crypto_hasher;
struct crypto_hasher *crypto_hasher_new(void *mem, enum crypto_hash hash);
void crypto_hasher_add(struct crypto_hasher *hasher, struct slice data);
struct crypto_digest crypto_hasher_end(struct crypto_hasher *hasher);
/* "not a digest of this" unless all bytes are the same. */
bool crypto_digest_is(const struct crypto_digest *digest, struct slice bytes);

/*
 * A public key: RSA as SubjectPublicKeyInfo or RSAPublicKey in DER, Ed25519 as
 * its 32 bytes. ERR_PERMANENT, in words for an admin, if it is none.
 */
struct crypto_key;
struct crypto_key *crypto_key_new(void *mem, enum crypto_kind kind,
				  struct slice bytes, struct err *err);
unsigned crypto_key_bits(const struct crypto_key *key);
/*
 * Does signature sign this digest? RSA: PKCS #1 v1.5 with the digest's
 * algorithm; Ed25519: PureEdDSA over the digest's bytes.
 */
bool crypto_verify(const struct crypto_key *key, enum crypto_hash hash,
		   const struct crypto_digest *digest, struct slice signature);

#endif
