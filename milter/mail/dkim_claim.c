/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mem.h"
#include "mail/decode.h"
#include "mail/dkim_canon.h"
#include "mail/dkim_private.h"

#define ARC_INSTANCES_MAX 50 /* RFC 8617, 4.2.1 */

void
dkim_settle(struct dkim_claim *claim, enum auth_result result, const char *why)
{
	if (claim->told.result != AUTH_NOT_RUN)
		return;
	claim->told.result = result;
	claim->told.why = str_escape(claim, slice_of(why), 200);
}

/* A domain or a selector: labels of letters, digits, "-" and "_". Lower case;
 * NULL if it is none. */
static const char *
dkim_claim_name(void *mem, struct slice value)
{
	if (value.len == 0 || value.len > DNS_NAME_MAX ||
	    value.data[0] == '.' || value.data[value.len - 1] == '.')
		return NULL;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (!str_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return NULL;
		if (c == '.' && value.data[i - 1] == '.')
			return NULL;
	}
	return str_lower(mem, slice_string(mem, value));
}

static int
dkim_claim_algorithm(struct dkim_claim *claim, struct slice value,
		     struct err *err)
{
	static const struct {
		const char *name;
		enum crypto_kind kind;
		enum crypto_hash hash;
	} known[] = {
		{ "rsa-sha256", CRYPTO_RSA, CRYPTO_SHA256 },
		{ "ed25519-sha256", CRYPTO_ED25519, CRYPTO_SHA256 },
		{ "rsa-sha1", CRYPTO_RSA, CRYPTO_SHA1 },
	};
	/* ARC never had SHA-1 (RFC 8617, 4.1.2 and 4.1.3). */
	size_t count = claim->kind == DKIM_SIGNATURE ? 3 : 2;

	for (size_t i = 0; i < count; i++) {
		if (!slice_is_nocase(value, known[i].name))
			continue;
		claim->told.algorithm = known[i].name;
		claim->key_kind = known[i].kind;
		claim->hash = known[i].hash;
		return 0;
	}
	return err_permanent(err, "the algorithm a= is none that is known");
}

static int
dkim_claim_canonical(struct dkim_claim *claim, struct slice value,
		     struct err *err)
{
	size_t slash = slice_find(value, 0, '/');
	struct slice header = slice_trim(slice_cut(value, 0, slash));
	struct slice body = slice_trim(slice_from(value, slash + 1));

	if (value.data == NULL) {
		/* ARC's standard forgot the default; its signers and its suite
		 * agree on this one. */
		claim->relaxed_header = claim->relaxed_body =
			claim->kind == DKIM_ARC_MESSAGE;
		return 0;
	}
	claim->relaxed_header = slice_is_nocase(header, "relaxed");
	claim->relaxed_body = slice_is_nocase(body, "relaxed");
	if ((!claim->relaxed_header && !slice_is_nocase(header, "simple")) ||
	    (slash < value.len && !claim->relaxed_body &&
	     !slice_is_nocase(body, "simple")))
		return err_permanent(err, "the canonical form c= is none that "
				     "is known");
	return 0;
}

static int
dkim_claim_names(struct dkim_claim *claim, struct slice value, struct err *err)
{
	struct slice rest = value, name;

	if (value.data == NULL)
		return err_permanent(err, "there is no h=");
	while (taglist_item(&rest, &name)) {
		if (claim->name_count == DKIM_NAMES_MAX)
			return err_permanent(err,
					     "h= names more than %d fields",
					     DKIM_NAMES_MAX);
		claim->from_signed |= slice_is_nocase(name, "from");
		/* RFC 8617, 4.1.2: a seal signs the message signature. */
		if (claim->kind == DKIM_ARC_MESSAGE &&
		    slice_is_nocase(name, "arc-seal"))
			return err_permanent(err, "h= names ARC-Seal");
		mem_grow(claim, claim->names, claim->name_count);
		claim->names[claim->name_count++] = name;
	}
	/* An ARC signature may; arc_vouches() looks at it. */
	if (!claim->from_signed && claim->kind == DKIM_SIGNATURE)
		return err_permanent(err, "h= leaves From out");
	return 0;
}

/* "=40" for "@" and so on. */
static struct slice
dkim_claim_quoted(void *mem, struct slice value)
{
	struct buf plain = BUF(mem);

	for (size_t i = 0; i < value.len; i++) {
		int hex = value.data[i] == '=' ? decode_hex(value, i + 1) : -1;

		if (str_is_space(value.data[i]))
			continue;
		buf_char(&plain, hex < 0 ? value.data[i] : (char)hex);
		if (hex >= 0)
			i += 2;
	}
	return buf_view(&plain);
}

/* i=: its domain is d= or below it (RFC 6376, 3.5). */
static int
dkim_claim_identity(struct dkim_claim *claim, struct slice value,
		    struct err *err)
{
	struct slice identity = dkim_claim_quoted(claim, value);
	struct slice d = slice_of(claim->told.domain), domain;
	size_t at = identity.len;

	if (value.data == NULL) {
		claim->told.identity = mem_printf(claim, "@%s",
						  claim->told.domain);
		return 0;
	}
	while (at > 0 && identity.data[at - 1] != '@')
		at--;
	domain = slice_from(identity, at);
	if (at == 0 || domain.len < d.len ||
	    !slice_equal_nocase(slice_from(domain, domain.len - d.len), d) ||
	    (domain.len > d.len && domain.data[domain.len - d.len - 1] != '.'))
		return err_permanent(err, "i= is not within d=");
	claim->told.identity = slice_string(claim, identity);
	return 0;
}

static int
dkim_claim_instance(struct dkim_claim *claim, struct slice value,
		    struct err *err)
{
	uint64_t instance;

	if (!slice_number(value, 2, &instance) || instance == 0 ||
	    instance > ARC_INSTANCES_MAX)
		return err_permanent(err, "i= is no instance from 1 to %d",
				     ARC_INSTANCES_MAX);
	claim->instance = (unsigned)instance;
	return 0;
}

/* t=, x= and l=: numbers if they are there. */
static int
dkim_claim_numbers(struct dkim_claim *claim, const struct taglist *tags,
		   struct err *err)
{
	struct slice t = taglist_get(tags, "t"), x = taglist_get(tags, "x");
	struct slice l = taglist_get(tags, "l");
	uint64_t signed_at = 0;

	claim->length = DKIM_WHOLE_BODY;
	claim->expires = DKIM_NEVER;
	if (t.data != NULL && !slice_number(t, 12, &signed_at))
		return err_permanent(err, "t= is no time");
	if (x.data != NULL && !slice_number(x, 12, &claim->expires))
		return err_permanent(err, "x= is no time");
	if (x.data != NULL && claim->expires < signed_at)
		return err_permanent(err, "x= is before t=");
	if (l.data != NULL && !slice_number(l, 18, &claim->length))
		return err_permanent(err, "l= is no length");
	return 0;
}

/* What each kind of field has. */
static int
dkim_claim_common(struct dkim_claim *claim, const struct taglist *tags,
		  struct err *err)
{
	struct slice b = taglist_get(tags, "b");

	if (dkim_claim_algorithm(claim, taglist_get(tags, "a"), err) < 0)
		return -1;
	claim->told.domain = dkim_claim_name(claim, taglist_get(tags, "d"));
	claim->told.selector = dkim_claim_name(claim, taglist_get(tags, "s"));
	if (claim->told.domain == NULL || claim->told.selector == NULL)
		return err_permanent(err, "%s is no name",
				     claim->told.domain == NULL ? "d=" : "s=");
	claim->signature = taglist_base64(claim, b);
	if (claim->signature.len == 0)
		return err_permanent(err, "the signature b= is no base64");
	claim->told.signature = slice_string(claim,
		slice_cut(taglist_compact(claim, b), 0, 8));
	return 0;
}

static int
dkim_claim_seal(struct dkim_claim *claim, const struct taglist *tags,
		struct err *err)
{
	struct slice chain = taglist_get(tags, "cv");

	if (taglist_get(tags, "h").data != NULL)
		return err_permanent(err, "a seal has no h=");
	if (!slice_is_nocase(chain, "none") &&
	    !slice_is_nocase(chain, "pass") && !slice_is_nocase(chain, "fail"))
		return err_permanent(err, "cv= is not none, pass or fail");
	claim->chain = str_lower(claim, slice_string(claim, chain));
	claim->relaxed_header = true;
	claim->told.identity = mem_printf(claim, "@%s", claim->told.domain);
	return dkim_claim_instance(claim, taglist_get(tags, "i"), err);
}

static int
dkim_claim_signature(struct dkim_claim *claim, const struct taglist *tags,
		     struct err *err)
{
	struct slice v = taglist_get(tags, "v"), q = taglist_get(tags, "q");
	struct slice i = taglist_get(tags, "i"), method;
	bool arc = claim->kind == DKIM_ARC_MESSAGE;

	if (arc && v.data != NULL)
		return err_permanent(err, "an ARC signature has no v=");
	/* Mail signed by drafts of the standard has no v= or 0.5. */
	if (!arc && v.data != NULL && !slice_is(v, "1") && !slice_is(v, "0.5"))
		return err_permanent(err, "the version v= is not 1");
	if (q.data != NULL) {
		for (bool known = false; !known;) {
			if (!taglist_item(&q, &method))
				return err_permanent(err, "the query method q= "
						     "is none that is known");
			known = slice_is_nocase(method, "dns/txt") ||
				slice_is_nocase(method, "dns");
		}
	}
	if (dkim_claim_canonical(claim, taglist_get(tags, "c"), err) < 0 ||
	    dkim_claim_names(claim, taglist_get(tags, "h"), err) < 0 ||
	    dkim_claim_numbers(claim, tags, err) < 0)
		return -1;
	claim->body_hash = taglist_base64(claim, taglist_get(tags, "bh"));
	if (claim->body_hash.len == 0)
		return err_permanent(err, "the body's digest bh= is no base64");
	if (!arc)
		return dkim_claim_identity(claim, i, err);
	claim->told.identity = mem_printf(claim, "@%s", claim->told.domain);
	return dkim_claim_instance(claim, i, err);
}

static int
dkim_claim_parse(struct dkim_claim *claim, struct err *err)
{
	struct taglist tags;

	if (taglist_parse(slice_trim(claim->field->raw), &tags, err) < 0 ||
	    dkim_claim_common(claim, &tags, err) < 0)
		return -1;
	return claim->kind == DKIM_ARC_SEAL ?
		dkim_claim_seal(claim, &tags, err) :
		dkim_claim_signature(claim, &tags, err);
}

struct dkim_claim *
dkim_claim_read(void *mem, const struct header *field, enum dkim_kind kind)
{
	struct dkim_claim *claim = mem_new(mem, struct dkim_claim);
	struct dkim_signature *told = &claim->told;
	struct err err = { .kind = ERR_NONE };

	claim->field = field;
	claim->kind = kind;
	told->why = "";
	if (dkim_claim_parse(claim, &err) < 0)
		dkim_settle(claim, AUTH_NEUTRAL, err.text);
	if (told->domain == NULL)
		told->domain = "";
	if (told->selector == NULL)
		told->selector = "";
	if (told->identity == NULL)
		told->identity = "";
	if (told->algorithm == NULL)
		told->algorithm = "";
	if (told->signature == NULL)
		told->signature = "";
	return claim;
}

/* Where the value of b= stands in the field: the tag's name is b and nothing
 * more, so bh= is not meant. */
static void
dkim_signature_place(struct slice line, size_t *start, size_t *end)
{
	size_t at = slice_find(line, 0, ':') + 1;

	while (at < line.len) {
		size_t stop = slice_find(line, at, ';');
		struct slice spec = slice_cut(line, at, stop);
		size_t equals = slice_find(spec, 0, '=');

		if (equals < spec.len &&
		    slice_is(slice_trim(slice_cut(spec, 0, equals)), "b")) {
			*start = at + equals + 1;
			*end = stop;
			return;
		}
		at = stop + 1;
	}
	*start = *end = line.len;
}

void
dkim_canon_itself(struct buf *buf, const struct dkim_claim *claim)
{
	struct slice line = claim->field->line;
	struct buf bare = BUF(buf->mem);
	size_t start, end;

	dkim_signature_place(line, &start, &end);
	buf_slice(&bare, slice_cut(line, 0, start));
	buf_slice(&bare, slice_from(line, end));
	dkim_canon_field(buf, buf_view(&bare), claim->relaxed_header);
	if (buf->len >= 2)
		buf->len -= 2; /* its CRLF */
}
