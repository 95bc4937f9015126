/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/mem.h"

/* Larger keys cost more time than a stranger's mail is worth. */
#define CRYPTO_RSA_BITS_MAX 8192
#define CRYPTO_KEY_BYTES_MAX 4096

struct crypto_hasher {
	EVP_MD_CTX *context;
	bool failed;
};

struct crypto_key {
	EVP_PKEY *key;
	enum crypto_kind kind;
};

static const EVP_MD *
crypto_algorithm(enum crypto_hash hash)
{
	switch (hash) {
	case CRYPTO_SHA1:
		return EVP_sha1();
	case CRYPTO_MD5:
		return EVP_md5();
	default:
		return EVP_sha256();
	}
}

int
crypto_prepare(struct err *err)
{
	static const enum crypto_hash hashes[] = { CRYPTO_SHA1, CRYPTO_SHA256 };
	/* RFC 8410, 10.1: a key of the standard's own. */
	static const unsigned char key[32] = {
		0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe,
		0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96,
		0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb,
		0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
	};
	void *mem = mem_context(NULL, "crypto_prepare");
	struct crypto_digest digest;
	struct crypto_key *ed25519;

	for (size_t i = 0; i < 2; i++) {
		digest = crypto_hasher_end(crypto_hasher_new(mem, hashes[i]));
		if (digest.len == 0) {
			mem_free(mem);
			return err_temporary(err, "OpenSSL has no SHA-%s",
					     i == 0 ? "1" : "256");
		}
	}
	ed25519 = crypto_key_new(mem, CRYPTO_ED25519,
				 (struct slice){ (const char *)key, 32 }, err);
	if (ed25519 != NULL)
		crypto_verify(ed25519, CRYPTO_SHA256, &digest, SLICE("x"));
	mem_free(mem);
	return ed25519 == NULL ? -1 : 0;
}

static void
crypto_hasher_close(void *ptr)
{
	struct crypto_hasher *hasher = ptr;

	EVP_MD_CTX_free(hasher->context);
}

struct crypto_hasher *
crypto_hasher_new(void *mem, enum crypto_hash hash)
{
	struct crypto_hasher *hasher = mem_new(mem, struct crypto_hasher);

	hasher->context = EVP_MD_CTX_new();
	mem_on_free(hasher, crypto_hasher_close);
	hasher->failed = hasher->context == NULL ||
		EVP_DigestInit_ex(hasher->context, crypto_algorithm(hash),
				  NULL) != 1;
	return hasher;
}

void
crypto_hasher_add(struct crypto_hasher *hasher, struct slice data)
{
	if (!hasher->failed && data.len > 0 &&
	    EVP_DigestUpdate(hasher->context, data.data, data.len) != 1)
		hasher->failed = true;
}

struct crypto_digest
crypto_hasher_end(struct crypto_hasher *hasher)
{
	struct crypto_digest digest = { .len = 0 };
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!hasher->failed &&
	    EVP_DigestFinal_ex(hasher->context, bytes, &len) == 1 &&
	    len <= sizeof(digest.data)) {
		memcpy(digest.data, bytes, len);
		digest.len = len;
	}
	ERR_clear_error();
	return digest;
}

bool
crypto_digest_is(const struct crypto_digest *digest, struct slice bytes)
{
	return digest->len > 0 && digest->len == bytes.len &&
		CRYPTO_memcmp(digest->data, bytes.data, bytes.len) == 0;
}

static void
crypto_key_close(void *ptr)
{
	struct crypto_key *key = ptr;

	EVP_PKEY_free(key->key);
}

/* As RFC 6376 prescribes, and bare, as its examples once had it. */
static EVP_PKEY *
crypto_rsa(struct slice bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)bytes.len);

	if (key == NULL) {
		at = (const unsigned char *)bytes.data;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)bytes.len);
	}
	return key;
}

static int
crypto_key_judge(const struct crypto_key *key, struct err *err)
{
	if (key->key == NULL)
		return err_permanent(err, "the public key cannot be read");
	if (key->kind == CRYPTO_ED25519)
		return 0;
	if (EVP_PKEY_base_id(key->key) != EVP_PKEY_RSA)
		return err_permanent(err, "the public key is not an RSA key");
	if (EVP_PKEY_bits(key->key) > CRYPTO_RSA_BITS_MAX)
		return err_permanent(err, "the public key is larger than "
				     "%d bits", CRYPTO_RSA_BITS_MAX);
	return 0;
}

struct crypto_key *
crypto_key_new(void *mem, enum crypto_kind kind, struct slice bytes,
	       struct err *err)
{
	struct crypto_key *key;
	int judged;

	if (kind == CRYPTO_ED25519 && bytes.len != 32) {
		err_permanent(err, "an Ed25519 key has 32 bytes, this one %zu",
			      bytes.len);
		return NULL;
	}
	if (bytes.len == 0 || bytes.len > CRYPTO_KEY_BYTES_MAX) {
		err_permanent(err, "the public key has %zu bytes", bytes.len);
		return NULL;
	}
	key = mem_new(mem, struct crypto_key);
	key->kind = kind;
	key->key = kind == CRYPTO_RSA ? crypto_rsa(bytes) :
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
			(const unsigned char *)bytes.data, bytes.len);
	mem_on_free(key, crypto_key_close);
	judged = crypto_key_judge(key, err);
	ERR_clear_error();
	if (judged == 0)
		return key;
	mem_free(key);
	return NULL;
}

unsigned
crypto_key_bits(const struct crypto_key *key)
{
	return (unsigned)EVP_PKEY_bits(key->key);
}

static bool
crypto_verify_rsa(const struct crypto_key *key, enum crypto_hash hash,
		  const struct crypto_digest *digest, struct slice signature)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->key, NULL);
	bool good = context != NULL && EVP_PKEY_verify_init(context) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(context,
					      crypto_algorithm(hash)) == 1 &&
		EVP_PKEY_verify(context, (const unsigned char *)signature.data,
				signature.len, digest->data, digest->len) == 1;

	EVP_PKEY_CTX_free(context);
	return good;
}

static bool
crypto_verify_ed25519(const struct crypto_key *key,
		      const struct crypto_digest *digest,
		      struct slice signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL,
				     key->key) == 1 &&
		EVP_DigestVerify(context, (const unsigned char *)signature.data,
				 signature.len, digest->data, digest->len) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

bool
crypto_verify(const struct crypto_key *key, enum crypto_hash hash,
	      const struct crypto_digest *digest, struct slice signature)
{
	bool good = digest->len > 0 && signature.len > 0 &&
		(key->kind == CRYPTO_RSA ?
		 crypto_verify_rsa(key, hash, digest, signature) :
		 crypto_verify_ed25519(key, digest, signature));

	ERR_clear_error();
	return good;
}
