/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames between daemon and inspector. Both are the same program, so there are
 * no versions; but the one may have been taken over, so its peer believes no
 * length.
 */
#include <string.h>

#include "base/mem.h"
#include "wrap/dns_source.h"

static void
dns_put_number(struct buf *out, uint32_t number)
{
	const unsigned char bytes[4] = {
		(unsigned char)(number >> 24), (unsigned char)(number >> 16),
		(unsigned char)(number >> 8), (unsigned char)number
	};

	buf_add(out, bytes, sizeof(bytes));
}

static void
dns_put_bytes(struct buf *out, struct slice bytes)
{
	dns_put_number(out, (uint32_t)bytes.len);
	buf_slice(out, bytes);
}

static bool
dns_number(struct slice *rest, uint32_t *number)
{
	const unsigned char *bytes = (const unsigned char *)rest->data;

	if (rest->len < 4)
		return false;
	*number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		  (uint32_t)bytes[2] << 8 | bytes[3];
	*rest = slice_from(*rest, 4);
	return true;
}

static bool
dns_bytes(struct slice *rest, struct slice *bytes)
{
	uint32_t len;

	if (!dns_number(rest, &len) || len > rest->len)
		return false;
	*bytes = slice_cut(*rest, 0, len);
	*rest = slice_from(*rest, len);
	return true;
}

void
dns_wire_put_ask(struct buf *out, const struct dns_wire_ask *ask)
{
	dns_put_number(out, ask->id);
	dns_put_number(out, (uint32_t)ask->type);
	dns_put_bytes(out, slice_of(ask->name));
}

bool
dns_wire_ask(void *mem, struct slice bytes, struct dns_wire_ask *ask)
{
	struct slice name;
	uint32_t type;

	if (!dns_number(&bytes, &ask->id) || !dns_number(&bytes, &type) ||
	    !dns_bytes(&bytes, &name) || bytes.len > 0 || ask->id == 0 ||
	    dns_type_name((enum dns_type)type)[0] == '?' ||
	    name.len > DNS_NAME_MAX ||
	    memchr(name.data, '\0', name.len) != NULL)
		return false;
	ask->type = (enum dns_type)type;
	ask->name = slice_string(mem, name);
	return true;
}

void
dns_wire_put_wait(struct buf *out, const struct dns_wire_wait *wait)
{
	dns_put_number(out, wait->id);
	dns_put_number(out, wait->block);
}

bool
dns_wire_wait(struct slice bytes, struct dns_wire_wait *wait)
{
	uint32_t block;

	if (!dns_number(&bytes, &wait->id) || !dns_number(&bytes, &block) ||
	    bytes.len > 0 || block > 1)
		return false;
	wait->block = block == 1;
	return true;
}

void
dns_wire_put_answer(struct buf *out, uint32_t id,
		    const struct dns_answer *answer)
{
	dns_put_number(out, id);
	dns_put_number(out, (uint32_t)answer->status);
	dns_put_number(out, answer->secure);
	dns_put_number(out, answer->ttl);
	dns_put_number(out, (uint32_t)answer->ms);
	dns_put_bytes(out, slice_of(answer->why));
	dns_put_bytes(out, slice_of(answer->canonical));
	dns_put_number(out, (uint32_t)answer->record_count);
	for (size_t i = 0; i < answer->record_count; i++)
		dns_put_bytes(out, answer->records[i]);
}

struct dns_question *
dns_by_id(const struct dns *dns, uint32_t id)
{
	for (size_t i = 0; i < dns->count; i++)
		if (dns->questions[i]->id == id)
			return dns->questions[i];
	return NULL;
}

struct dns_wire_head {
	uint32_t id, status, secure, ttl, ms, count;
	struct slice why, canonical;
};

static bool
dns_wire_head(struct slice *rest, struct dns_wire_head *head)
{
	return dns_number(rest, &head->id) &&
	       dns_number(rest, &head->status) &&
	       dns_number(rest, &head->secure) &&
	       dns_number(rest, &head->ttl) && dns_number(rest, &head->ms) &&
	       dns_bytes(rest, &head->why) &&
	       dns_bytes(rest, &head->canonical) &&
	       dns_number(rest, &head->count) && head->status <= DNS_OFF &&
	       head->count <= DNS_RECORDS_MAX;
}

/* The answer of a question; NULL if nobody asks it or has it already. */
static struct dns_answer *
dns_wire_settle(struct dns *dns, const struct dns_wire_head *head)
{
	struct dns_question *question = dns_by_id(dns, head->id);
	struct dns_answer *answer;
	char *why;

	if (question == NULL || question->answer != NULL)
		return NULL;
	why = slice_string(question, head->why);
	answer = dns_settle(question, (enum dns_status)head->status, why);
	answer->secure = head->secure != 0;
	answer->ttl = head->ttl;
	answer->ms = head->ms;
	if (head->canonical.len > 0)
		answer->canonical = slice_string(answer, head->canonical);
	return answer;
}

bool
dns_wire_answer(struct dns *dns, struct slice *bytes)
{
	struct dns_wire_head head;
	struct dns_answer *answer;
	struct slice record;

	if (!dns_wire_head(bytes, &head))
		return false;
	answer = dns_wire_settle(dns, &head);
	for (uint32_t i = 0; i < head.count; i++) {
		if (!dns_bytes(bytes, &record))
			return false;
		if (answer != NULL && answer->status == DNS_FOUND)
			dns_add_record(answer, record);
	}
	return true;
}
