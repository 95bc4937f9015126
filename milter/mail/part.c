/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in one part: its bytes without transfer encoding, and its kind. */
#include "base/mem.h"
#include "mail/decode.h"
#include "mail/message.h"

static struct slice
part_drop_cr(void *mem, struct slice in)
{
	char *out;
	size_t len = 0;

	if (slice_search(in, 0, SLICE("\r\n")) == in.len)
		return in;
	out = mem_resize(mem, (char *)NULL, in.len);
	for (size_t i = 0; i < in.len; i++)
		if (in.data[i] != '\r' || i + 1 == in.len ||
		    in.data[i + 1] != '\n')
			out[len++] = in.data[i];
	return (struct slice){ out, len };
}

static bool
part_is_textual(const struct part *part)
{
	return strncmp(part->type, "text/", 5) == 0 ||
	       strncmp(part->type, "message/", 8) == 0;
}

/* May so many bytes more be decoded? */
static bool
part_may_decode(struct part *part, size_t size)
{
	struct message *message = part->message;

	if (size > message->limits.decoded_bytes - message->decoded_total) {
		message->flags |= MESSAGE_DECODED_LIMIT_EXCEEDED;
		return false;
	}
	message->decoded_total += size;
	return true;
}

struct slice
part_decoded(struct part *part)
{
	void *mem = part->message->mem;
	bool qp = strcmp(part->encoding, "quoted-printable") == 0;
	bool base64 = strcmp(part->encoding, "base64") == 0;
	struct slice decoded;

	if (part->decoded_done)
		return part->decoded_cache;
	part->decoded_done = true;
	part->decoded_cache = part->is_leaf ? part->body : SLICE_NONE;
	if (!part->is_leaf || (!qp && !base64))
		return part->decoded_cache;
	part->decoded_cache = SLICE("");
	if (!part_may_decode(part, part->body.len))
		return part->decoded_cache;
	decoded = qp ? decode_qp(mem, part->body) :
		       decode_base64(mem, part->body);
	if (qp || part_is_textual(part))
		decoded = part_drop_cr(mem, decoded);
	part->decoded_cache = decoded;
	return decoded;
}

/* The word that clients look for, whatever stands around it. */
static bool
part_encoding_has(const struct part *part, const char *word)
{
	struct slice encoding = slice_of(part->encoding);

	return slice_search(encoding, 0, slice_of(word)) < encoding.len;
}

struct slice
part_decoded_exact(void *mem, struct part *part)
{
	if (part_encoding_has(part, "quoted-printable"))
		return decode_qp(mem, part->exact);
	if (part_encoding_has(part, "base64"))
		return decode_base64_pieces(mem, part->exact);
	return part->exact;
}

const char *
part_effective_type(const struct part *part)
{
	struct slice name = slice_of(part->name);

	if (name.len > 0 && name.data[name.len - 1] == '\n')
		name.len--;
	if (slice_ends_nocase(name, ".htm") ||
	    slice_ends_nocase(name, ".html") ||
	    slice_ends_nocase(name, ".shtm") ||
	    slice_ends_nocase(name, ".shtml"))
		return "text/html";
	return part->type;
}
