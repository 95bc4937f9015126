/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/dns.h"

#include "base/clock.h"
#include "base/mem.h"
#include "wrap/dns_source.h"

#define DNS_BUCKETS 1024 /* a power of two, above DNS_QUESTIONS_MAX */
#define DNS_LABEL_MAX 63

static const struct {
	enum dns_type type;
	const char *name;
} dns_types[] = {
	{ DNS_A, "A" },	    { DNS_NS, "NS" },	{ DNS_CNAME, "CNAME" },
	{ DNS_SOA, "SOA" }, { DNS_PTR, "PTR" }, { DNS_MX, "MX" },
	{ DNS_TXT, "TXT" }, { DNS_AAAA, "AAAA" },
};

const char *
dns_type_name(enum dns_type type)
{
	for (size_t i = 0; i < sizeof(dns_types) / sizeof(*dns_types); i++)
		if (dns_types[i].type == type)
			return dns_types[i].name;
	return "?";
}

const char *
dns_status_name(enum dns_status status)
{
	static const char *const names[] = { "found",  "nodata", "nxdomain",
					     "failed", "late",	 "off" };

	return names[status];
}

struct dns *
dns_new(void *mem, struct dns_source *source, int64_t budget)
{
	struct dns *dns = mem_new(mem, struct dns);

	dns->source = source;
	dns->budget = budget;
	return dns;
}

void
dns_begin(struct dns *dns)
{
	dns->deadline = clock_ms() + dns->budget;
}

bool
dns_is_on(const struct dns *dns)
{
	return dns != NULL && dns->source != NULL;
}

size_t
dns_count(const struct dns *dns)
{
	return dns->count;
}

const struct dns_question *
dns_at(const struct dns *dns, size_t index)
{
	return dns->questions[index];
}

/* Whether labels and the whole are as long as they may be. */
static bool
dns_is_name(struct slice name)
{
	size_t label = 0;

	if (name.len == 0 || name.len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] != '.') {
			if (++label > DNS_LABEL_MAX)
				return false;
			continue;
		}
		if (label == 0)
			return false;
		label = 0;
	}
	return label > 0;
}

static struct dns_question *
dns_find(const struct dns *dns, uint32_t hash, struct slice name,
	 enum dns_type type)
{
	uint32_t at = hash & (DNS_BUCKETS - 1);

	for (; dns->buckets[at] != 0; at = (at + 1) & (DNS_BUCKETS - 1)) {
		struct dns_question *question =
			dns->questions[dns->buckets[at] - 1];

		if (question->type == type &&
		    slice_is_nocase(name, question->name))
			return question;
	}
	return NULL;
}

static struct dns_question *
dns_new_question(struct dns *dns, struct slice name, enum dns_type type)
{
	struct dns_question *question = mem_new(dns, struct dns_question);
	char *text = slice_string(question, name);

	question->name = str_lower(question, text);
	question->type = type;
	question->asked = clock_ms();
	return question;
}

static void
dns_keep(struct dns *dns, uint32_t hash, struct dns_question *question)
{
	uint32_t at = hash & (DNS_BUCKETS - 1);

	while (dns->buckets[at] != 0)
		at = (at + 1) & (DNS_BUCKETS - 1);
	mem_grow(dns, dns->questions, dns->count);
	dns->questions[dns->count++] = question;
	dns->buckets[at] = (uint32_t)dns->count;
}

static void
dns_start(struct dns *dns, struct dns_question *question, struct slice name)
{
	if (dns->source == NULL)
		dns_settle(question, DNS_OFF, "");
	else if (!dns_is_name(name))
		dns_settle(question, DNS_NXDOMAIN, "");
	else
		dns->source->ask(dns->source, dns, question);
}

struct dns_question *
dns_ask(struct dns *dns, const char *text, enum dns_type type)
{
	struct slice name = slice_of(text);
	struct dns_question *question;
	uint32_t hash;

	if (name.len > 1 && name.data[name.len - 1] == '.')
		name.len--;
	if (dns->buckets == NULL)
		dns->buckets = mem_array(dns, uint32_t, DNS_BUCKETS);
	hash = slice_hash_nocase(name) + (uint32_t)type;
	question = dns_find(dns, hash, name, type);
	if (question != NULL)
		return question;
	question = dns_new_question(dns, name, type);
	if (dns->count == DNS_QUESTIONS_MAX) {
		dns_settle(question, DNS_FAILED,
			   "too many questions for one message");
		return question;
	}
	dns_keep(dns, hash, question);
	dns_start(dns, question, name);
	return question;
}

const struct dns_answer *
dns_wait(struct dns *dns, struct dns_question *question)
{
	if (question->answer == NULL)
		dns->source->wait(dns->source, dns, question, dns->deadline);
	if (question->answer == NULL) {
		mem_free(question->pending);
		question->pending = NULL;
		dns_settle(question, DNS_LATE,
			   "no answer within the time for this message");
	}
	return question->answer;
}

const struct dns_answer *
dns_poll(struct dns *dns, struct dns_question *question)
{
	if (question->answer == NULL)
		dns->source->wait(dns->source, dns, question, 0);
	return question->answer;
}

const struct dns_answer *
dns_look_up(struct dns *dns, const char *name, enum dns_type type)
{
	return dns_wait(dns, dns_ask(dns, name, type));
}

struct dns_answer *
dns_settle(struct dns_question *question, enum dns_status status,
	   const char *why)
{
	struct dns_answer *answer = mem_new(question, struct dns_answer);

	answer->status = status;
	answer->type = question->type;
	answer->ms = clock_ms() - question->asked;
	answer->why = mem_strdup(answer, why);
	question->answer = answer;
	return answer;
}

bool
dns_add_record(struct dns_answer *answer, struct slice rdata)
{
	if (answer->record_count == DNS_RECORDS_MAX ||
	    rdata.len > DNS_ANSWER_MAX - answer->size) {
		answer->status = DNS_FAILED;
		answer->why = "the answer is too large";
		answer->record_count = 0;
		answer->size = DNS_ANSWER_MAX;
		return false;
	}
	answer->size += rdata.len;
	mem_grow(answer, answer->records, answer->record_count);
	answer->records[answer->record_count++] = (struct slice){
		mem_copy(answer, rdata.data, rdata.len), rdata.len
	};
	return true;
}
