/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HashBL: what a regex finds in the body, as it is or hashed, asked for in a
 * list. Arguments: list, options, regex, test. */
#include <string.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rule/eval_args.h"
#include "rule/eval_tables.h"
#include "rule/net.h"
#include "wrap/crypto.h"

#define HASHBL_FOUND_MAX 100

/* "sha1/max=10/case": the options, lower case. */
struct hashbl_options {
	bool sha256, sha1, md5, keep_case, numbers;
	size_t most;
};

static struct hashbl_options
hashbl_options(const char *text)
{
	struct hashbl_options options = { .most = 10 };
	struct slice rest = slice_of(text), word;

	while (slice_word(&rest, "/ ", &word)) {
		options.sha256 |= slice_is_nocase(word, "sha256");
		options.sha1 |= slice_is_nocase(word, "sha1");
		options.md5 |= slice_is_nocase(word, "md5");
		options.keep_case |= slice_is_nocase(word, "case");
		options.numbers |= slice_is_nocase(word, "num");
		if (slice_starts_nocase(word, "max="))
			options.most = strtoul(word.data + 4, NULL, 10);
	}
	if (options.most == 0 || options.most > HASHBL_FOUND_MAX)
		options.most = HASHBL_FOUND_MAX;
	return options;
}

static char *
hashbl_hex(struct check *check, const struct crypto_digest *digest)
{
	struct buf hex = BUF(check);

	for (size_t i = 0; i < digest->len; i++)
		buf_printf(&hex, "%02x", digest->data[i]);
	return hex.data;
}

/* RFC 4648's base 32, lower case and without padding. */
static char *
hashbl_base32(struct check *check, const struct crypto_digest *digest)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct buf text = BUF(check);
	unsigned held = 0, bits = 0;

	for (size_t i = 0; i < digest->len; i++) {
		held = (held << 8 | digest->data[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			buf_char(&text, letters[held >> (bits - 5) & 31]);
	}
	if (bits > 0)
		buf_char(&text, letters[held << (5 - bits) & 31]);
	return text.data;
}

/* NULL: there is no such digest here. */
static const char *
hashbl_hash(struct check *check, const struct hashbl_options *options,
	    const char *value)
{
	struct crypto_hasher *hasher;
	struct crypto_digest digest;

	if (!options->sha256 && !options->sha1 && !options->md5)
		return value;
	hasher = crypto_hasher_new(check, options->sha256 ? CRYPTO_SHA256 :
				   options->sha1 ? CRYPTO_SHA1 : CRYPTO_MD5);
	crypto_hasher_add(hasher, slice_of(value));
	digest = crypto_hasher_end(hasher);
	if (digest.len == 0)
		return NULL;
	return options->sha256 ? hashbl_base32(check, &digest) :
				 hashbl_hex(check, &digest);
}

static void
hashbl_answered(struct check *check, const struct net_asked *asked,
		const struct dns_answer *answer)
{
	const struct net_rule *net = asked->rule->net;

	for (size_t i = 0; i < answer->record_count; i++) {
		struct slice text = net_record(check, answer, i);

		if (text.data != NULL &&
		    (net->subtest.kind == NET_ANY ?
		     slice_starts(text, "127.") :
		     net_subtest_matches(check, &net->subtest, text, 0)))
			net_hit(check, asked->rule, asked->subject);
	}
}

/* Group 1 of a match, in the form that is asked for; NULL: nothing. */
static char *
hashbl_value(struct check *check, const struct hashbl_options *options,
	     struct slice text)
{
	struct buf value = BUF(check);
	size_t start, end;

	if (!regex_span(check->own->scratch, 1, &start, &end))
		return NULL;
	for (size_t i = start; i < end && value.len < DNS_NAME_MAX; i++) {
		int c = (unsigned char)text.data[i];

		if (!options->numbers || str_is_digit(c))
			buf_char(&value, (char)(options->keep_case ? c :
						str_lower_char(c)));
	}
	return value.data;
}

static bool
hashbl_is_ignored(const struct check *check, const char *value)
{
	const struct rule_list *list = ruleset_list(check->ruleset,
						    "hashbl_ignore");

	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (slice_is_nocase(slice_of(value), list->items[i]))
			return true;
	return false;
}

static bool
hashbl_ask(struct check *check, const struct rule *rule,
	   const struct hashbl_options *options, const char *value)
{
	const char *hash;

	if (hashbl_is_ignored(check, value))
		return false;
	hash = hashbl_hash(check, options, value);
	return hash != NULL && !hashbl_is_ignored(check, hash) &&
		net_ask(check, rule, mem_printf(check, "%s.%s", hash,
						rule->net->zone),
			rule->net->types[0], value, hashbl_answered);
}

/* Everything that the regex finds, each value once. */
static int
hashbl_bodyre(struct check *check, const struct rule *rule)
{
	const char *given = eval_arg(rule, 1);
	struct hashbl_options options = hashbl_options(
		given != NULL && given[0] != '\0' ? given : "sha1");
	const struct text *texts = eval_texts(check, rule);
	const char *seen[HASHBL_FOUND_MAX];
	size_t count = 0;
	int result = 0;

	if (!net_is_on(check) || rule->net == NULL)
		return 0;
	for (size_t i = 0; i < texts->count; i++) {
		struct slice text = texts->items[i];
		enum regex_result found = regex_match(rule->regex,
						      check->own->scratch, text,
						      0);

		for (; found == REGEX_YES && count < options.most;
		     found = regex_match_next(rule->regex, check->own->scratch,
					      text)) {
			char *value = hashbl_value(check, &options, text);
			size_t j = 0;

			while (value != NULL && j < count &&
			       strcmp(seen[j], value) != 0)
				j++;
			if (value == NULL || value[0] == '\0' || j < count)
				continue;
			seen[count++] = value;
			if (hashbl_ask(check, rule, &options, value))
				result = EVAL_LATER;
		}
	}
	return result;
}

const struct eval evals_hashbl[] = {
	{ "check_hashbl_bodyre", hashbl_bodyre, NULL },
	{ NULL, NULL, NULL },
};
