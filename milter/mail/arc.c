/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/arc.h"

#include "base/mem.h"
#include "mail/dkim_canon.h"
#include "mail/dkim_private.h"

/* The three fields of one instance. */
struct arc_fields {
	const struct header *results;
	struct slice told; /* results behind i=N; */
	struct dkim_claim *message, *seal;
};

struct arc {
	struct dkim_work work;
	struct arc_fields fields[ARC_SETS_MAX + 1]; /* from 1 */
	unsigned count; /* highest instance */
	struct arc_results results;
};

static void
arc_settle(struct arc *arc, enum auth_result result, const char *why,
	   unsigned instance)
{
	if (arc->results.result != AUTH_NOT_RUN)
		return;
	arc->results.result = result;
	arc->results.why = instance == 0 ? why :
		mem_printf(arc, "instance %u: %s", instance, why);
}

/* "i=1; rest" */
static unsigned
arc_results_instance(struct slice value, struct slice *rest)
{
	size_t end = slice_find(value, 0, ';');
	struct slice tag = slice_trim(slice_cut(value, 0, end));
	size_t equals = slice_find(tag, 0, '=');
	uint64_t instance;

	*rest = slice_trim(slice_from(value, end + 1));
	if (!slice_is(slice_trim(slice_cut(tag, 0, equals)), "i") ||
	    !slice_number(slice_trim(slice_from(tag, equals + 1)), 2,
			    &instance) ||
	    instance == 0 || instance > ARC_SETS_MAX)
		return 0;
	return (unsigned)instance;
}

static struct arc_fields *
arc_instance(struct arc *arc, unsigned instance)
{
	if (instance > arc->count)
		arc->count = instance;
	return &arc->fields[instance];
}

static void
arc_add_results(struct arc *arc, const struct header *field)
{
	struct slice told;
	unsigned instance = arc_results_instance(slice_trim(field->raw), &told);
	struct arc_fields *fields;

	if (instance == 0) {
		arc_settle(arc, AUTH_FAIL,
			   "ARC-Authentication-Results without an instance", 0);
		return;
	}
	fields = arc_instance(arc, instance);
	if (fields->results != NULL)
		arc_settle(arc, AUTH_FAIL,
			   "two ARC-Authentication-Results", instance);
	fields->results = field;
	fields->told = told;
}

static void
arc_add_signed(struct arc *arc, const struct header *field, enum dkim_kind kind)
{
	struct dkim_claim *claim = dkim_claim_read(arc, field, kind), **place;

	if (claim->told.result != AUTH_NOT_RUN) {
		arc_settle(arc, AUTH_FAIL, claim->told.why, claim->instance);
		return;
	}
	place = kind == DKIM_ARC_SEAL ?
		&arc_instance(arc, claim->instance)->seal :
		&arc_instance(arc, claim->instance)->message;
	if (*place != NULL)
		arc_settle(arc, AUTH_FAIL, kind == DKIM_ARC_SEAL ?
			   "two ARC-Seal" : "two ARC-Message-Signature",
			   claim->instance);
	*place = claim;
}

/* Whole sets from 1 on, and seals that say what they must. */
static void
arc_check_structure(struct arc *arc)
{
	for (unsigned i = 1; i <= arc->count; i++) {
		const struct arc_fields *fields = &arc->fields[i];

		if (fields->results == NULL)
			arc_settle(arc, AUTH_FAIL,
				   "no ARC-Authentication-Results", i);
		else if (fields->message == NULL)
			arc_settle(arc, AUTH_FAIL,
				   "no ARC-Message-Signature", i);
		else if (fields->seal == NULL)
			arc_settle(arc, AUTH_FAIL, "no ARC-Seal", i);
		else if (strcmp(fields->seal->chain, "fail") == 0)
			arc_settle(arc, AUTH_FAIL,
				   "the seal says that the chain fails", i);
		else if (strcmp(fields->seal->chain,
				i == 1 ? "none" : "pass") != 0)
			arc_settle(arc, AUTH_FAIL,
				   "the seal says the wrong cv=", i);
	}
}

struct arc *
arc_begin(void *mem, const struct message *message, struct dns *dns,
	  const struct dkim_settings *settings)
{
	struct arc *arc = mem_new(mem, struct arc);
	const struct headers *headers = &message->root->headers;

	arc->work = (struct dkim_work){ .mem = arc, .message = message,
		.dns = dns, .settings = settings };
	for (size_t i = 0; i < headers->count &&
	     arc->results.result == AUTH_NOT_RUN; i++) {
		const struct header *field = &headers->items[i];

		if (slice_is_nocase(field->name, "ARC-Seal"))
			arc_add_signed(arc, field, DKIM_ARC_SEAL);
		else if (slice_is_nocase(field->name, "ARC-Message-Signature"))
			arc_add_signed(arc, field, DKIM_ARC_MESSAGE);
		else if (slice_is_nocase(field->name,
					 "ARC-Authentication-Results"))
			arc_add_results(arc, field);
	}
	arc_check_structure(arc);
	if (arc->count == 0)
		arc_settle(arc, AUTH_NONE, "", 0);
	if (arc->results.result != AUTH_NOT_RUN)
		return arc;
	dkim_key_ask(&arc->work, arc->fields[arc->count].message);
	for (unsigned i = 1; i <= arc->count; i++)
		dkim_key_ask(&arc->work, arc->fields[i].seal);
	return arc;
}

/* A seal signs all sets up to its own, itself last (RFC 8617, 5.1.1). */
static void
arc_verify_seal(struct arc *arc, unsigned instance)
{
	struct dkim_claim *seal = arc->fields[instance].seal;
	void *mem = mem_context(arc, "arc_verify_seal");
	struct buf bytes = BUF(mem);

	for (unsigned i = 1; i <= instance; i++) {
		const struct arc_fields *fields = &arc->fields[i];

		dkim_canon_field(&bytes, fields->results->line, true);
		dkim_canon_field(&bytes, fields->message->field->line, true);
		if (i < instance)
			dkim_canon_field(&bytes, fields->seal->field->line,
					 true);
	}
	dkim_canon_itself(&bytes, seal);
	dkim_verify_bytes(&arc->work, seal, buf_view(&bytes));
	mem_free(mem);
}

/* -1: the chain is settled by this signature. */
static int
arc_judge(struct arc *arc, struct dkim_claim *claim, const char *what)
{
	enum auth_result result = claim->told.result;

	if (claim->key != NULL && result == AUTH_NOT_RUN) {
		dkim_settle(claim, AUTH_PASS, "");
		return 0;
	}
	if (claim->key == NULL && result == AUTH_NOT_RUN)
		return -1; /* no network */
	arc_settle(arc, result == AUTH_TEMPERROR ? AUTH_TEMPERROR : AUTH_FAIL,
		   mem_printf(arc, "%s: %s", what, claim->told.why),
		   claim->instance);
	return -1;
}

static int
arc_verify_last(struct arc *arc)
{
	struct dkim_claim *claim = arc->fields[arc->count].message;

	dkim_key_collect(&arc->work, claim);
	dkim_verify_body(&arc->work, claim);
	dkim_verify_header(&arc->work, claim);
	return arc_judge(arc, claim, "ARC-Message-Signature");
}

static void
arc_verify(struct arc *arc)
{
	if (arc->results.result != AUTH_NOT_RUN || arc_verify_last(arc) < 0)
		return;
	for (unsigned i = arc->count; i > 0; i--) {
		struct dkim_claim *seal = arc->fields[i].seal;

		dkim_key_collect(&arc->work, seal);
		if (seal->key != NULL && seal->told.result == AUTH_NOT_RUN)
			arc_verify_seal(arc, i);
		if (arc_judge(arc, seal, "ARC-Seal") < 0)
			return;
	}
	arc_settle(arc, AUTH_PASS, "", 0);
}

const struct arc_results *
arc_finish(struct arc *arc)
{
	struct arc_results *results = &arc->results;

	arc_verify(arc);
	if (results->why == NULL)
		results->why = "";
	results->sets = mem_array(arc, struct arc_set, arc->count + 1);
	for (unsigned i = 1; i <= arc->count; i++) {
		const struct arc_fields *fields = &arc->fields[i];

		if (fields->seal == NULL || fields->message == NULL)
			break; /* a chain that fails for its structure */
		results->sets[results->count++] = (struct arc_set){
			.sealer = fields->seal->told.domain,
			.selector = fields->seal->told.selector,
			.results = fields->told,
			.message = fields->message->told.result,
			.seal = fields->seal->told.result,
			.from_signed = fields->message->from_signed,
		};
	}
	return results;
}

/* Takes the next part up to a semicolon off the front, without its comments;
 * semicolons in quotes and comments do not count. */
static bool
arc_results_part(void *mem, struct slice *rest, struct slice *part)
{
	struct buf plain = BUF(mem);
	unsigned depth = 0;
	bool quoted = false;
	size_t at = 0;

	if (rest->len == 0)
		return false;
	for (; at < rest->len; at++) {
		char c = rest->data[at];

		if (c == '\\' && (quoted || depth > 0) && at + 1 < rest->len) {
			at++;
			continue;
		}
		if (c == ';' && !quoted && depth == 0)
			break;
		if (c == '"' && depth == 0)
			quoted = !quoted;
		else if (c == '(' && !quoted)
			depth++;
		else if (c == ')' && depth > 0 && !quoted)
			depth--;
		else if (depth == 0)
			buf_char(&plain, c);
	}
	*rest = slice_from(*rest, at + 1);
	*part = slice_trim(buf_view(&plain));
	return true;
}

/* Do these Authentication-Results say "dmarc=pass"? */
static bool
arc_says_dmarc_pass(void *mem, struct slice results)
{
	struct slice rest = results, part;
	bool first = true;

	while (arc_results_part(mem, &rest, &part)) {
		size_t equals = slice_find(part, 0, '=');
		struct slice word = slice_trim(slice_from(part, equals + 1));
		struct slice value = SLICE("");

		slice_word(&word, " \t\r\n", &value);
		if (!first && slice_is_nocase(slice_trim(slice_cut(part, 0,
							equals)), "dmarc") &&
		    slice_is_nocase(value, "pass"))
			return true;
		first = false; /* the authserv-id */
	}
	return false;
}

static bool
arc_is_trusted(const char *sealer, const char *const *trusted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is_nocase(slice_of(sealer), trusted[i]))
			return true;
	return false;
}

bool
arc_vouches(const struct arc_results *results, const char *const *trusted,
	    size_t trusted_count, const char **sealer)
{
	void *mem;
	bool vouched = false;

	if (results->result != AUTH_PASS ||
	    !results->sets[results->count - 1].from_signed)
		return false;
	mem = mem_context(NULL, "arc_vouches");
	for (size_t i = results->count; i > 0 && !vouched; i--) {
		const struct arc_set *set = &results->sets[i - 1];

		if (!arc_is_trusted(set->sealer, trusted, trusted_count))
			break;
		vouched = arc_says_dmarc_pass(mem, set->results);
		*sealer = set->sealer;
	}
	mem_free(mem);
	return vouched;
}
