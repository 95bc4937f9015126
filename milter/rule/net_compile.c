/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules ask the DNS, out of their arguments and lines. */
#include "rule/net.h"

#include <string.h>

#include "base/mem.h"
#include "rule/eval_args.h"
#include "rule/names.h"
#include "rule/pattern.h"

static bool
net_has_flag(const struct rule *rule, const char *flag)
{
	struct slice rest = slice_of(rule->tflags), word;

	while (slice_word(&rest, " \t", &word))
		if (slice_is(word, flag))
			return true;
	return false;
}

static struct net_rule *
net_rule_new(struct rule *rule, enum net_kind kind)
{
	struct net_rule *net = mem_new(rule, struct net_rule);

	net->kind = kind;
	net->types[0] = DNS_A;
	net->type_count = 1;
	net->ips_only = net_has_flag(rule, "ips_only");
	net->domains_only = net_has_flag(rule, "domains_only");
	net->notrim = net_has_flag(rule, "notrim");
	net->of_a = net_has_flag(rule, "a");
	net->of_ns = net_has_flag(rule, "ns");
	return net;
}

static const char *
net_zone(void *mem, struct slice zone)
{
	while (zone.len > 0 && zone.data[zone.len - 1] == '.')
		zone.len--;
	return str_lower(mem, slice_string(mem, zone));
}

static int
net_compile_rbl(struct rule *rule, unsigned flags, struct err *err)
{
	bool sub = strcmp(rule->function, "check_rbl_sub") == 0;
	const char *zone = sub ? "" : eval_arg(rule, 1);
	const char *subtest = eval_arg(rule, sub ? 1 : 2);
	struct net_rule *net = net_rule_new(rule, sub ? NET_RBL_SUB : NET_RBL);

	if (strcmp(rule->function, "check_dns_sender") == 0)
		return 0;
	if (eval_arg(rule, 0) == NULL || zone == NULL)
		return err_permanent(err, "%s() wants a set and a zone",
				     rule->function);
	if (sub && subtest == NULL)
		return err_permanent(err, "check_rbl_sub() wants a test");
	net->set = eval_arg(rule, 0);
	net->zone = net_zone(net, slice_of(zone));
	if (strcmp(rule->function, "check_rbl_txt") == 0)
		net->types[0] = DNS_TXT;
	if (subtest != NULL && net_subtest_rbl(net, subtest, flags,
					       &net->subtest, err) < 0)
		return -1;
	rule->net = net;
	return 0;
}

/* list (with "/A" or "/TXT" behind it), options, regex, test */
static int
net_compile_hashbl(struct rule *rule, unsigned flags, struct err *err)
{
	struct net_rule *net = net_rule_new(rule, NET_HASH);
	const char *list = eval_arg(rule, 0), *subtest = eval_arg(rule, 3);
	struct slice zone = slice_of(list);

	if (list == NULL || rule->regex == NULL)
		return err_permanent(err, "%s() wants a list and a regex",
				     rule->function);
	if (slice_ends_nocase(zone, "/TXT"))
		net->types[0] = DNS_TXT;
	zone = slice_cut(zone, 0, slice_find(zone, 0, '/'));
	net->zone = net_zone(net, zone);
	if (subtest != NULL && subtest[0] != '\0') {
		net->subtest.kind = NET_REGEX;
		net->subtest.text = subtest;
		net->subtest.regex = pattern_compile(net, subtest, "", flags,
						     err);
		if (net->subtest.regex == NULL)
			return -1;
	}
	rule->net = net;
	return 0;
}

/* regex, with delimiters or not, and the tag that it looks at */
static int
net_compile_asn(struct rule *rule, unsigned flags, struct err *err)
{
	struct net_rule *net = net_rule_new(rule, NET_ASN);
	const char *pattern = eval_arg(rule, 0), *modifiers = "";

	if (pattern == NULL)
		return err_permanent(err, "check_asn() wants a regex");
	if (pattern[0] == '/' &&
	    pattern_split(net, pattern, &pattern, &modifiers, err) < 0)
		return -1;
	net->zone = "";
	net->subtest.kind = NET_REGEX;
	net->subtest.regex = pattern_compile(net, pattern, modifiers, flags,
					     err);
	if (net->subtest.regex == NULL)
		return -1;
	rule->net = net;
	return 0;
}

int
net_compile_eval(struct rule *rule, unsigned flags, struct err *err)
{
	if (rule->type == RULE_RBL)
		return net_compile_rbl(rule, flags, err);
	if (strcmp(rule->function, "check_hashbl_bodyre") == 0)
		return net_compile_hashbl(rule, flags, err);
	if (strcmp(rule->function, "check_asn") == 0)
		return net_compile_asn(rule, flags, err);
	return 0;
}

static const struct {
	const char *name;
	enum dns_type type;
} net_types[] = {
	{ "A", DNS_A },	    { "AAAA", DNS_AAAA }, { "MX", DNS_MX },
	{ "TXT", DNS_TXT }, { "PTR", DNS_PTR },	  { "NS", DNS_NS },
	{ "CNAME", DNS_CNAME },
};

static bool
net_type(struct slice word, enum dns_type *type)
{
	for (size_t i = 0; i < sizeof(net_types) / sizeof(net_types[0]); i++) {
		if (!slice_is_nocase(word, net_types[i].name))
			continue;
		*type = net_types[i].type;
		return true;
	}
	return false;
}

static int
net_askdns_types(struct net_rule *net, struct slice list, struct err *err)
{
	struct slice word;

	net->type_count = 0;
	while (slice_word(&list, ",", &word)) {
		if (net->type_count == 4 ||
		    !net_type(word, &net->types[net->type_count]))
			return err_permanent(err, "records of type %.*s are "
					     "not asked for here",
					     (int)word.len, word.data);
		net->type_count++;
	}
	return 0;
}

int
net_compile_askdns(struct rule *rule, unsigned flags, struct err *err)
{
	struct slice rest = slice_of(rule->expression), template;
	struct slice types = SLICE("A"), subtest;
	struct net_rule *net = net_rule_new(rule, NET_ASKDNS);

	if (!slice_word(&rest, " \t", &template))
		return err_permanent(err, "askdns wants a name to ask for");
	net->zone = net_zone(net, SLICE(""));
	net->set = slice_string(net, template);
	slice_word(&rest, " \t", &types);
	subtest = slice_trim(rest);
	if (net_askdns_types(net, types, err) < 0 ||
	    (subtest.len > 0 &&
	     net_subtest_askdns(net, slice_string(net, subtest), flags,
				&net->subtest, err) < 0))
		return -1;
	rule->net = net;
	return 0;
}

/* --- urirhssub NAME zone type subtest, and its kin --- */

static const struct {
	const char *key;
	enum net_kind kind;
	bool subtest;
} net_uri_keys[] = {
	{ "uridnsbl", NET_URI_ADDRESS, false },
	{ "uridnssub", NET_URI_ADDRESS, true },
	{ "urirhsbl", NET_URI_NAME, false },
	{ "urirhssub", NET_URI_NAME, true },
	{ "urinsrhsbl", NET_URI_NS, false },
	{ "urinsrhssub", NET_URI_NS, true },
	{ "urifullnsrhsbl", NET_URI_FULL_NS, false },
	{ "urifullnsrhssub", NET_URI_FULL_NS, true },
};

#define NET_URI_KEYS (sizeof(net_uri_keys) / sizeof(net_uri_keys[0]))

struct net_uri_line {
	struct slice name, zone;
	enum dns_type type;
	struct net_subtest subtest;
};

static bool
net_uri_read(void *mem, size_t key, const char *text, struct net_uri_line *line)
{
	struct slice rest = slice_of(text), type;

	line->subtest.kind = NET_ANY;
	if (!slice_word(&rest, " \t", &line->name) ||
	    !slice_word(&rest, " \t", &line->zone) ||
	    !slice_word(&rest, " \t", &type) || !net_type(type, &line->type))
		return false;
	rest = slice_trim(rest);
	if ((rest.len > 0) != net_uri_keys[key].subtest)
		return false;
	return rest.len == 0 || net_subtest_uri(mem, slice_string(mem, rest),
						&line->subtest) == 0;
}

bool
net_uri_is_valid(const char *key, const char *line)
{
	void *mem = mem_context(NULL, "net_uri_is_valid");
	struct net_uri_line read;
	bool valid = false;

	for (size_t i = 0; i < NET_URI_KEYS; i++)
		if (strcmp(net_uri_keys[i].key, key) == 0)
			valid = net_uri_read(mem, i, line, &read);
	mem_free(mem);
	return valid;
}

static void
net_compile_uri(struct ruleset *ruleset, size_t key, const char *text)
{
	struct net_uri_line line;
	struct net_rule *net;
	struct rule *rule;

	if (!net_uri_read(ruleset, key, text, &line))
		return;
	rule = ruleset_find(ruleset, slice_string(ruleset, line.name));
	if (rule == NULL || rule->not_run != NULL)
		return;
	net = net_rule_new(rule, net_uri_keys[key].kind);
	net->zone = net_zone(net, line.zone);
	net->types[0] = line.type;
	net->subtest = line.subtest;
	rule->net = net;
}

void
net_compile_uris(struct ruleset *ruleset)
{
	for (size_t i = 0; i < NET_URI_KEYS; i++) {
		const struct rule_list *list = ruleset_list(ruleset,
						net_uri_keys[i].key);

		for (size_t j = 0; list != NULL && j < list->count; j++)
			net_compile_uri(ruleset, i, list->items[j]);
	}
}

void
net_index(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->order_count; i++) {
		if (ruleset->order[i]->net == NULL)
			continue;
		mem_grow(ruleset, ruleset->asking, ruleset->asking_count);
		ruleset->asking[ruleset->asking_count++] = ruleset->order[i];
	}
}

size_t
net_zones(void *mem, const struct ruleset *ruleset, const char *const **zones)
{
	struct names *seen = names_new(mem);
	const char **list = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ruleset->asking_count; i++) {
		const struct rule *rule = ruleset->asking[i];

		if (rule->net->zone[0] == '\0' ||
		    names_get(seen, rule->net->zone) != NULL)
			continue;
		names_set(seen, rule->net->zone, ruleset->asking[i]);
		mem_grow(mem, list, count);
		list[count++] = rule->net->zone;
	}
	*zones = list;
	return count;
}
