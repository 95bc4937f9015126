/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/spf_record.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "mail/spf_macro.h"

#define SPF_VERSION "v=spf1"

static const struct {
	const char *name;
	enum spf_mechanism mechanism;
	enum { DOMAIN_NONE, DOMAIN_MAY, DOMAIN_MUST, ADDRESS } follows;
	bool prefix; /* "/24//64" may follow */
} spf_mechanisms[] = {
	{ "all", SPF_ALL, DOMAIN_NONE, false },
	{ "a", SPF_A, DOMAIN_MAY, true },
	{ "mx", SPF_MX, DOMAIN_MAY, true },
	{ "ptr", SPF_PTR, DOMAIN_MAY, false },
	{ "ip4", SPF_IP4, ADDRESS, true },
	{ "ip6", SPF_IP6, ADDRESS, true },
	{ "exists", SPF_EXISTS, DOMAIN_MUST, false },
	{ "include", SPF_INCLUDE, DOMAIN_MUST, false },
};

#define SPF_MECHANISMS (sizeof(spf_mechanisms) / sizeof(*spf_mechanisms))

bool
spf_record_is(struct slice text)
{
	return slice_starts_nocase(text, SPF_VERSION) &&
	       (text.len == strlen(SPF_VERSION) ||
		text.data[strlen(SPF_VERSION)] == ' ');
}

/* "/24" at the end of *text, which it takes off; true if there is none. */
static bool
spf_take_prefix(struct slice *text, unsigned max, unsigned *prefix)
{
	size_t at = text->len;
	unsigned value = 0;
	size_t digits;

	while (at > 0 && str_is_digit((unsigned char)text->data[at - 1]))
		at--;
	if (at == 0 || text->data[at - 1] != '/')
		return true;
	digits = text->len - at;
	if (digits == 0 || digits > 3 || (digits > 1 && text->data[at] == '0'))
		return false;
	for (size_t i = at; i < text->len; i++)
		value = value * 10 + (unsigned)(text->data[i] - '0');
	*text = slice_cut(*text, 0, at - 1);
	*prefix = value;
	return value <= max;
}

/* dual-cidr-length: "/24", "//64" or "/24//64". */
static bool
spf_take_prefixes(struct slice *text, struct spf_directive *directive)
{
	unsigned prefix = 0;
	size_t before = text->len;

	if (!spf_take_prefix(text, 128, &prefix))
		return false;
	if (text->len == before)
		return true;
	if (text->len > 0 && text->data[text->len - 1] == '/') {
		directive->prefix6 = prefix;
		*text = slice_cut(*text, 0, text->len - 1);
		return spf_take_prefix(text, 32, &directive->prefix4);
	}
	directive->prefix4 = prefix;
	return prefix <= 32;
}

/* The address of ip4 or ip6, all of value. */
static bool
spf_read_address(struct slice value, struct spf_directive *directive)
{
	bool v4 = directive->mechanism == SPF_IP4;
	char text[INET6_ADDRSTRLEN];

	if (!(v4 ? spf_take_prefix(&value, 32, &directive->prefix4)
		 : spf_take_prefix(&value, 128, &directive->prefix6)) ||
	    value.len >= sizeof(text))
		return false;
	memcpy(text, value.data, value.len);
	text[value.len] = '\0';
	return inet_pton(v4 ? AF_INET : AF_INET6, text, directive->address) ==
	       1;
}

/* What follows the name of a mechanism. */
static bool
spf_read_value(size_t which, struct slice value,
	       struct spf_directive *directive)
{
	int follows = spf_mechanisms[which].follows;
	bool colon = value.len > 0 && value.data[0] == ':';

	if (follows == ADDRESS)
		return colon &&
		       spf_read_address(slice_from(value, 1), directive);
	if (spf_mechanisms[which].prefix &&
	    !spf_take_prefixes(&value, directive))
		return false;
	if (value.len == 0)
		return follows != DOMAIN_MUST;
	directive->domain = slice_from(value, 1);
	return colon && follows != DOMAIN_NONE &&
	       spf_macro_is_domain(directive->domain);
}

static bool
spf_read_directive(struct slice word, struct spf_directive *directive)
{
	size_t end = 0;

	*directive = (struct spf_directive){
		.qualifier = '+',
		.text = word,
		.prefix4 = 32,
		.prefix6 = 128,
	};
	if (memchr("+-~?", word.data[0], 4) != NULL) {
		directive->qualifier = word.data[0];
		word = slice_from(word, 1);
	}
	while (end < word.len && word.data[end] != ':' &&
	       word.data[end] != '/')
		end++;
	for (size_t i = 0; i < SPF_MECHANISMS; i++) {
		if (!slice_is_nocase(slice_cut(word, 0, end),
				     spf_mechanisms[i].name))
			continue;
		directive->mechanism = spf_mechanisms[i].mechanism;
		return spf_read_value(i, slice_from(word, end), directive);
	}
	return false;
}

/* The "=" of a modifier, behind its name; word.len: it is none. */
static size_t
spf_modifier_end(struct slice word)
{
	size_t end = 0;

	if (!str_is_alpha((unsigned char)word.data[0]))
		return word.len;
	while (end < word.len &&
	       (str_is_alnum((unsigned char)word.data[end]) ||
		memchr("-_.", word.data[end], 3) != NULL))
		end++;
	return end < word.len && word.data[end] == '=' ? end : word.len;
}

static bool
spf_read_once(struct slice value, struct slice *to)
{
	bool first = to->data == NULL;

	*to = value;
	return first && spf_macro_is_domain(value);
}

static bool
spf_read_modifier(struct spf_record *record, struct slice name,
		  struct slice value)
{
	if (slice_is_nocase(name, "redirect"))
		return spf_read_once(value, &record->redirect);
	if (slice_is_nocase(name, "exp"))
		return spf_read_once(value, &record->explanation);
	return spf_macro_is_string(value);
}

static bool
spf_read_term(struct spf_record *record, struct slice word)
{
	size_t equals = spf_modifier_end(word);

	if (equals < word.len)
		return spf_read_modifier(record, slice_cut(word, 0, equals),
					 slice_from(word, equals + 1));
	if (record->count == SPF_RECORD_TERMS)
		return false;
	mem_grow(record, record->directives, record->count);
	return spf_read_directive(word, &record->directives[record->count++]);
}

struct spf_record *
spf_record_parse(void *mem, struct slice text, struct slice *why)
{
	struct spf_record *record = mem_new(mem, struct spf_record);
	struct slice rest = slice_from(text, strlen(SPF_VERSION)), word;

	while (slice_word(&rest, " ", &word))
		if (!spf_read_term(record, word)) {
			*why = word;
			mem_free(record);
			return NULL;
		}
	return record;
}
