/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an answer must be for a rule to hit. Each plugin writes it in a way of
 * its own. */
#include "rule/net.h"

#include <stdlib.h>

#include "base/mem.h"
#include "rule/check_private.h"
#include "rule/pattern.h"
#include "wrap/regex.h"

/* "127.0.0.2" as a number; false if it is none. */
static bool
net_quad(struct slice text, uint32_t *number)
{
	uint32_t sum = 0;
	struct slice rest = text, part;
	size_t parts = 0;

	while (slice_word(&rest, ".", &part)) {
		uint32_t value = 0;

		if (part.len > 3 || ++parts > 4)
			return false;
		for (size_t i = 0; i < part.len; i++) {
			if (!str_is_digit(part.data[i]))
				return false;
			value = 10 * value + (uint32_t)(part.data[i] - '0');
		}
		if (value > 255)
			return false;
		sum = sum << 8 | value;
	}
	*number = sum;
	return parts == 4;
}

/* Decimal, 0x..., or an address; *quad says which. */
static bool
net_number(const char *text, uint32_t *number, bool *quad)
{
	char *end;
	unsigned long long value;

	if (net_quad(slice_of(text), number)) {
		*quad = true;
		return true;
	}
	if (!str_is_digit(text[0]) || strlen(text) > 10)
		return false;
	value = strtoull(text, &end,
			 text[0] == '0' && text[1] == 'x' ? 16 : 10);
	*number = (uint32_t)value;
	return *end == '\0' && value <= UINT32_MAX;
}

/* n, n-m, n/m */
static bool
net_numbers(void *mem, const char *text, struct net_subtest *subtest)
{
	size_t first = strcspn(text, "-/");
	char *head = mem_strndup(mem, text, first);
	bool quad = false;

	subtest->text = mem_strdup(mem, text);
	if (!net_number(head, &subtest->from, &quad))
		return false;
	if (text[first] == '\0') {
		/* A lone address is itself, a lone number a mask. */
		subtest->kind = quad ? NET_RANGE : NET_MASK;
		subtest->to = subtest->from;
		return true;
	}
	subtest->kind = text[first] == '-' ? NET_RANGE : NET_VALUE;
	return net_number(text + first + 1, &subtest->to, &quad);
}

static int
net_regex(void *mem, const char *pattern, const char *modifiers, unsigned flags,
	  struct net_subtest *subtest, struct err *err)
{
	subtest->kind = NET_REGEX;
	subtest->regex = pattern_compile(mem, pattern, modifiers, flags, err);
	return subtest->regex == NULL ? -1 : 0;
}

/* Digits: a mask. An address: that text. Else a regex, without delimiters. */
int
net_subtest_rbl(void *mem, const char *text, unsigned flags,
		struct net_subtest *subtest, struct err *err)
{
	bool quad = false, number = net_number(text, &subtest->from, &quad) &&
		strncmp(text, "0x", 2) != 0;

	subtest->text = mem_strdup(mem, text);
	if (!number)
		return net_regex(mem, text, "", flags, subtest, err);
	subtest->kind = quad ? NET_TEXT : NET_MASK;
	return 0;
}

int
net_subtest_uri(void *mem, const char *text, struct net_subtest *subtest)
{
	return net_numbers(mem, text, subtest) ? 0 : -1;
}

static const struct {
	const char *name;
	unsigned code;
} net_codes[] = {
	{ "NOERROR", 0 }, { "FORMERR", 1 },  { "SERVFAIL", 2 },
	{ "NXDOMAIN", 3 }, { "NOTIMP", 4 },  { "REFUSED", 5 },
	{ "YXDOMAIN", 6 }, { "YXRRSET", 7 }, { "NXRRSET", 8 },
	{ "NOTAUTH", 9 },  { "NOTZONE", 10 },
};

/* [NXDOMAIN, 2]; codes from 32 on never come. */
static int
net_code_list(struct slice list, struct net_subtest *subtest)
{
	struct slice word;

	subtest->kind = NET_CODES;
	subtest->from = 0;
	while (slice_word(&list, ", \t", &word)) {
		unsigned code = 32, number = 0;

		for (size_t i = 0; i < sizeof(net_codes) / sizeof(net_codes[0]);
		     i++)
			if (slice_is_nocase(word, net_codes[i].name))
				code = net_codes[i].code;
		for (size_t i = 0; code == 32 && i < word.len; i++) {
			if (!str_is_digit(word.data[i]) || i > 4)
				return -1;
			number = 10 * number + (unsigned)(word.data[i] - '0');
		}
		if (code == 32)
			code = number;
		if (code < 32)
			subtest->from |= 1u << code;
	}
	return 0;
}

/* /regex/, "text", [codes], or numbers. */
int
net_subtest_askdns(void *mem, const char *text, unsigned flags,
		   struct net_subtest *subtest, struct err *err)
{
	struct slice s = slice_of(text);
	const char *pattern, *modifiers;

	subtest->text = mem_strdup(mem, text);
	if (s.len > 2 && (s.data[0] == '/' ||
			  (s.data[0] == 'm' && !str_is_alnum(s.data[1])))) {
		if (pattern_split(mem, text, &pattern, &modifiers, err) < 0)
			return -1;
		return net_regex(mem, pattern, modifiers, flags, subtest, err);
	}
	if (s.len >= 2 && (s.data[0] == '"' || s.data[0] == '\'') &&
	    s.data[s.len - 1] == s.data[0]) {
		subtest->kind = NET_TEXT;
		subtest->text = mem_strndup(mem, text + 1, s.len - 2);
		return 0;
	}
	if (s.len > 2 && s.data[0] == '[' && s.data[s.len - 1] == ']' &&
	    net_code_list(slice_cut(s, 1, s.len - 1), subtest) == 0)
		return 0;
	if (net_numbers(mem, text, subtest))
		return 0;
	return err_permanent(err, "%.80s is no test for an answer", text);
}

bool
net_subtest_matches(struct check *check, const struct net_subtest *subtest,
		    struct slice text, unsigned code)
{
	uint32_t number = 0;
	bool is_number = net_quad(text, &number);

	switch (subtest->kind) {
	case NET_ANY:
		return true;
	case NET_CODES:
		return code < 32 && (subtest->from >> code & 1) != 0;
	case NET_REGEX:
		return regex_match(subtest->regex, check->own->scratch, text,
				   0) == REGEX_YES;
	case NET_TEXT:
		return slice_is(text, subtest->text);
	case NET_MASK:
		return slice_is(text, subtest->text) ||
			(is_number && number >> 24 == 127 &&
			 (number & subtest->from) != 0);
	case NET_RANGE:
		return slice_is(text, subtest->text) ||
			(is_number && number >= subtest->from &&
			 number <= subtest->to);
	case NET_VALUE:
		return is_number && (number & subtest->to) ==
			(subtest->from & subtest->to);
	}
	return false;
}
