/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/net.h"

#include <limits.h>

#include "base/mem.h"
#include "rule/check_private.h"

/* Questions of rules, of which many may be one question to the DNS. */
#define NET_ASKED_MAX 10000

struct net {
	struct net_asked *items;
	size_t count;
};

static struct net *
net_of(struct check *check)
{
	return check_state(check, "net", sizeof(struct net));
}

bool
net_is_on(const struct check *check)
{
	return dns_is_on(check->options.dns) &&
		!check->ruleset->settings.skip_rbl_checks;
}

bool
net_ask(struct check *check, const struct rule *rule, const char *name,
	enum dns_type type, const char *subject, net_answered *answered)
{
	struct net *net = net_of(check);
	struct dns_question *question;

	if (net->count == NET_ASKED_MAX)
		return false;
	question = dns_ask(check->options.dns, name, type);
	for (size_t i = 0; i < net->count; i++)
		if (net->items[i].question == question &&
		    net->items[i].rule == rule &&
		    net->items[i].answered == answered)
			return true;
	mem_grow(check, net->items, net->count);
	net->items[net->count++] = (struct net_asked){
		question, rule, answered, mem_strdup(check, subject),
	};
	return true;
}

void
net_hit(struct check *check, const struct rule *rule, const char *text)
{
	if (check->values[rule->index] != 0)
		return;
	check_hit(check, rule, 1,
		  check->options.explain ? slice_of(mem_strdup(check, text)) :
					   SLICE_NONE,
		  check->options.explain ? "DNS" : NULL);
}

struct slice
net_record(struct check *check, const struct dns_answer *answer, size_t index)
{
	char address[DNS_ADDRESS_TEXT];
	const char *host;
	unsigned preference;

	switch (answer->type) {
	case DNS_A:
	case DNS_AAAA:
		if (!dns_address(answer, index, address))
			return SLICE_NONE;
		return slice_of(mem_strdup(check, address));
	case DNS_TXT:
		return dns_text(check, answer, index);
	case DNS_MX:
		if (!dns_mx(check, answer, index, &preference, &host))
			return SLICE_NONE;
		return slice_of(mem_printf(check, "%u %s.", preference, host));
	case DNS_PTR:
	case DNS_NS:
	case DNS_CNAME:
		host = dns_host(check, answer, index);
		return host == NULL ? SLICE_NONE :
			slice_of(mem_printf(check, "%s.", host));
	case DNS_SOA:
		break;
	}
	return SLICE_NONE;
}

void
net_begin(struct check *check)
{
	if (!net_is_on(check))
		return;
	net_begin_uris(check);
	net_begin_asn(check);
	net_begin_askdns(check, false);
}

/* An answer that is late or an error leaves its rule unknown, whatever others
 * say, unless it has hit. */
static void
net_settle(struct check *check, const struct net_asked *asked, bool *unanswered)
{
	const struct dns_answer *answer =
		dns_wait(check->options.dns, asked->question);
	const struct rule *rule = asked->rule;
	bool silent = answer->status == DNS_LATE || answer->status == DNS_OFF;

	if (!silent)
		asked->answered(check, asked, answer);
	if (rule == NULL)
		return;
	unanswered[rule->index] |= silent || answer->status == DNS_FAILED;
	if (check->values[rule->index] == 0)
		check->states[rule->index] = unanswered[rule->index] ?
			CHECK_UNKNOWN : CHECK_KNOWN;
}

void
net_collect(struct check *check)
{
	struct net *net = net_of(check);
	size_t done = 0, known;
	bool *unanswered;

	if (!net_is_on(check))
		return;
	unanswered = mem_array(check, bool, check->ruleset->count + 1);
	do {
		/* Answers may add to the list, */
		for (; done < net->count && !check->shortcircuited; done++) {
			struct net_asked asked = net->items[done];

			net_settle(check, &asked, unanswered);
		}
		/* and so may tags that rules or answers have set. */
		known = net->count;
		net_begin_askdns(check, true);
	} while (net->count > known && !check->shortcircuited);
	mem_free(unanswered);
	net_finish_asn(check);
}
