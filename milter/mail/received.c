/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which relays can be trusted (Message/Metadata/Received.pm,
 * parse_received_headers). From the top: as long as a relay is one of ours, its
 * Received field tells the truth; the first other one ends that.
 */
#include "mail/received.h"

#include <string.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/received_line.h"

/* Fields that are read; those beyond count as unparseable. SpamAssassin knows
 * no bound, but mail that has passed 1,000 hosts is no mail. */
#define RECEIVED_MAX 1000
#define RECEIVED_STEPS 20000000 /* and what reading them may take */

struct received_walk {
	struct relays *relays;
	const struct relay_settings *settings;
	const struct netset *trusted, *internal;
	bool in_trusted, in_internal, found_msa;
	bool fetcher_counts; /* a mail fetcher's field begins anew */
	struct slice scanner_from;
	size_t read, steps;
};

static const char *
received_text(void *mem, struct slice value)
{
	return value.len == 0 ? "" : slice_string(mem, value);
}

static void
received_fill(void *mem, struct relay *relay, const struct received_line *line)
{
	relay->ip = received_text(mem, line->ip);
	relay->rdns = received_text(mem, line->rdns);
	relay->helo = received_text(mem, line->helo);
	relay->by = received_text(mem, line->by);
	relay->ident = received_text(mem, line->ident);
	relay->envfrom = received_text(mem, line->envfrom);
	relay->id = received_text(mem, line->id);
	relay->auth = received_text(mem, line->auth);
	relay->lc_rdns = str_lower(mem, relay->rdns);
	relay->lc_helo = str_lower(mem, relay->helo);
	relay->lc_by = str_lower(mem, relay->by);
	relay->has_envfrom = line->envfrom.data != NULL;
	relay->ip_private = netset_is_private(relay->ip);
	relay->no_reverse_dns = line->rdns.len == 0 && line->looked_up;
}

/* By the networks that the admin names. */
static void
received_judge_by_networks(struct received_walk *walk, struct relay *relay)
{
	bool auth = *relay->auth != '\0';

	if (!auth && !netset_contains(walk->trusted, relay->ip)) {
		walk->in_trusted = walk->in_internal = false;
		return;
	}
	if (!auth && !netset_contains(walk->internal, relay->ip))
		walk->in_internal = false;
	if (walk->settings->msa != NULL &&
	    netset_contains(walk->settings->msa, relay->ip))
		walk->found_msa = relay->msa = true;
}

static void
received_judge(struct received_walk *walk, struct relay *relay)
{
	struct relays *relays = walk->relays;

	if (walk->in_trusted && !walk->found_msa) {
		if (walk->trusted != NULL)
			received_judge_by_networks(walk, relay);
		else if (!relay->ip_private && *relay->auth == '\0')
			walk->in_trusted = walk->in_internal = false;
	}
	relay->trusted = walk->in_trusted;
	relay->internal = walk->in_internal;
	walk->fetcher_counts = walk->in_trusted;
	if (walk->in_trusted) {
		relays->last_trusted++;
		relays->trusted_count++;
	}
	if (walk->in_internal) {
		relays->last_internal++;
		relays->internal_count++;
	}
}

/* What was above is how the mail was fetched, not how it came. */
static void
received_begin_anew(struct received_walk *walk)
{
	if (!walk->fetcher_counts)
		return;
	walk->relays->count = 0;
	walk->relays->trusted_count = walk->relays->internal_count = 0;
}

static void
received_pass_over(struct received_walk *walk)
{
	walk->relays->last_trusted += walk->in_trusted;
	walk->relays->last_internal += walk->in_internal;
}

static void
received_field(struct received_walk *walk, struct slice value, size_t header)
{
	struct relays *relays = walk->relays;
	void *scratch = mem_context(relays, "received");
	struct slice before = walk->scanner_from;
	enum received_kind kind = RECEIVED_UNPARSEABLE;
	struct received_line line = { 0 };
	struct relay *relay;

	walk->scanner_from = SLICE_NONE;
	if (walk->read++ < RECEIVED_MAX && walk->steps < RECEIVED_STEPS)
		kind = received_read(scratch, value, &line);
	walk->steps += line.steps;
	if (line.scanner_from.len > 0)
		walk->scanner_from = slice_of(
			slice_string(relays, line.scanner_from));
	if (kind == RECEIVED_FETCHED)
		received_begin_anew(walk);
	if (kind == RECEIVED_UNPARSEABLE)
		relays->unparseable++;
	if (kind == RECEIVED_RELAY) {
		/* qmail-scanner tells the sender in a field of its own. */
		if (before.len > 0)
			line.envfrom = before;
		mem_grow(relays, relays->items, relays->count);
		relay = &relays->items[relays->count++];
		*relay = (struct relay){ .header = header };
		received_fill(relays, relay, &line);
		received_judge(walk, relay);
	} else {
		received_pass_over(walk);
	}
	mem_free(scratch);
}

/* X-Originating-IP and its like, as if they were relays. */
static void
received_originating(struct received_walk *walk, const struct headers *headers)
{
	const char *const *names = walk->settings->originating_ip_headers;
	void *mem = walk->relays;

	for (; names != NULL && *names != NULL; names++) {
		const struct header *header = headers_last(headers, *names);
		struct slice ip;

		if (header == NULL)
			continue;
		ip = form_find_ip(header_decoded(headers, header));
		if (ip.data == NULL)
			continue;
		received_field(walk,
			       slice_of(mem_printf(
				       mem, "from X-Originating-IP: %.*s",
				       (int)ip.len, ip.data)),
			       (size_t)(header - headers->items));
	}
}

static void
received_print(struct buf *out, const struct relay *relay)
{
	const char *const words[] = {
		out->len == 0 ? "[ ip=" : " [ ip=", relay->ip,
		" rdns=", relay->rdns, " helo=", relay->helo,
		" by=", relay->by, " ident=", relay->ident,
		" envfrom=", relay->envfrom,
		relay->internal ? " intl=1 id=" : " intl=0 id=", relay->id,
		" auth=", relay->auth, relay->msa ? " msa=1 ]" : " msa=0 ]",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		buf_text(out, words[i]);
}

/* The relays from first up to end, as rules read them. */
static struct slice
received_string(struct relays *relays, size_t first, size_t end)
{
	struct buf out = BUF(relays);

	for (size_t i = first; i < end; i++)
		received_print(&out, &relays->items[i]);
	return out.len == 0 ? SLICE("") : buf_view(&out);
}

/* The sender that the first relay we cannot trust was told; if there is none,
 * the one that sent the mail. */
static const char *
received_envelope_from(const struct relays *relays)
{
	const struct relay *relay;
	const char *at;

	if (relays->count == 0)
		return NULL;
	relay = &relays->items[relays->trusted_count < relays->count
				       ? relays->trusted_count
				       : relays->count - 1];
	at = strchr(relay->envfrom, '@');
	if (!relay->has_envfrom ||
	    (*relay->envfrom != '\0' && (at == NULL || at == relay->envfrom)))
		return NULL;
	return relay->envfrom;
}

static void
received_finish(struct relays *relays)
{
	size_t trusted = relays->trusted_count;
	size_t internal = relays->internal_count, all = relays->count;

	relays->all_trusted = trusted > 0 && trusted == all &&
			      relays->unparseable == 0;
	relays->as_trusted = received_string(relays, 0, trusted);
	relays->as_untrusted = received_string(relays, trusted, all);
	relays->as_internal = received_string(relays, 0, internal);
	relays->as_external = received_string(relays, internal, all);
	relays->envelope_from = received_envelope_from(relays);
}

const struct relays *
received_relays(struct message *message, const struct relay_settings *settings)
{
	const struct headers *headers = &message->root->headers;
	struct received_walk walk = {
		.settings = settings,
		.trusted = settings->trusted,
		.internal = settings->internal,
		.in_trusted = true,
		.in_internal = true,
		.fetcher_counts = true,
	};
	const struct header *header;

	if (message->relays != NULL)
		return message->relays;
	walk.relays = mem_new(message, struct relays);
	walk.relays->last_trusted = walk.relays->last_internal = -1;
	/* One stands for the other where only one is said. */
	if (walk.trusted == NULL)
		walk.trusted = walk.internal;
	if (walk.internal == NULL)
		walk.internal = walk.trusted;
	for (header = headers_first(headers, "Received"); header != NULL;
	     header = header_next(headers, header))
		received_field(&walk,
			       header_decoded(headers, header),
			       (size_t)(header - headers->items));
	received_originating(&walk, headers);
	received_finish(walk.relays);
	message->relays = walk.relays;
	return message->relays;
}
