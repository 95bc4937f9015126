/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading rdata, which anybody may have written. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/mem.h"
#include "wrap/dns.h"

static bool
dns_record(const struct dns_answer *answer, size_t index, enum dns_type type,
	   struct slice *rdata)
{
	if (answer->type != type || index >= answer->record_count)
		return false;
	*rdata = answer->records[index];
	return true;
}

bool
dns_address(const struct dns_answer *answer, size_t index,
	    char text[DNS_ADDRESS_TEXT])
{
	struct slice rdata;

	if (dns_record(answer, index, DNS_A, &rdata) && rdata.len == 4)
		return inet_ntop(AF_INET, rdata.data, text,
				 DNS_ADDRESS_TEXT) != NULL;
	if (dns_record(answer, index, DNS_AAAA, &rdata) && rdata.len == 16)
		return inet_ntop(AF_INET6, rdata.data, text,
				 DNS_ADDRESS_TEXT) != NULL;
	return false;
}

struct slice
dns_text(void *mem, const struct dns_answer *answer, size_t index)
{
	struct buf out = BUF(mem);
	struct slice rdata;
	size_t at = 0;

	if (!dns_record(answer, index, DNS_TXT, &rdata) || rdata.len == 0)
		return SLICE_NONE;
	buf_text(&out, "");
	while (at < rdata.len) {
		size_t len = (unsigned char)rdata.data[at++];

		if (len > rdata.len - at)
			return SLICE_NONE;
		buf_add(&out, rdata.data + at, len);
		at += len;
	}
	return buf_view(&out);
}

static bool
dns_is_plain(int c)
{
	return c > ' ' && c < 127 && c != '.' && c != '\\';
}

/* A name in wire form, which must be all of rdata; NULL if malformed. */
static const char *
dns_name(void *mem, struct slice rdata)
{
	struct buf out = BUF(mem);
	size_t at = 0, len;

	buf_text(&out, "");
	while (at < rdata.len && (len = (unsigned char)rdata.data[at++]) > 0) {
		if (len > 63 || len >= rdata.len - at ||
		    out.len + len > DNS_NAME_MAX)
			return NULL;
		if (out.len > 0)
			buf_char(&out, '.');
		for (; len > 0; len--, at++) {
			int c = (unsigned char)rdata.data[at];

			if (!dns_is_plain(c))
				return NULL;
			buf_char(&out, (char)str_lower_char(c));
		}
	}
	if (at == 0 || at != rdata.len || rdata.data[at - 1] != '\0')
		return NULL;
	return out.data;
}

const char *
dns_host(void *mem, const struct dns_answer *answer, size_t index)
{
	struct slice rdata;

	if (!dns_record(answer, index, DNS_PTR, &rdata) &&
	    !dns_record(answer, index, DNS_NS, &rdata) &&
	    !dns_record(answer, index, DNS_CNAME, &rdata))
		return NULL;
	return dns_name(mem, rdata);
}

bool
dns_mx(void *mem, const struct dns_answer *answer, size_t index,
       unsigned *preference, const char **host)
{
	struct slice rdata;

	if (!dns_record(answer, index, DNS_MX, &rdata) || rdata.len < 3)
		return false;
	*preference = (unsigned)(unsigned char)rdata.data[0] << 8 |
		      (unsigned char)rdata.data[1];
	*host = dns_name(mem, slice_from(rdata, 2));
	return *host != NULL;
}

char *
dns_record_string(void *mem, const struct dns_answer *answer, size_t index,
		  size_t max)
{
	char address[DNS_ADDRESS_TEXT];
	unsigned preference;
	const char *host;
	struct slice text;

	if (dns_address(answer, index, address))
		return mem_strdup(mem, address);
	host = dns_host(mem, answer, index);
	if (host != NULL)
		return str_escape(mem, slice_of(host), max);
	if (dns_mx(mem, answer, index, &preference, &host))
		return mem_printf(mem, "%u %s.", preference,
				  str_escape(mem, slice_of(host), max));
	text = dns_text(mem, answer, index);
	if (text.data != NULL)
		return mem_printf(mem, "\"%s\"", str_escape(mem, text, max));
	if (index >= answer->record_count)
		return mem_strdup(mem, "");
	return mem_printf(mem, "(%zu bytes)", answer->records[index].len);
}

char *
dns_reverse(void *mem, const char *ip, const char *zone4, const char *zone6)
{
	struct buf out = BUF(mem);
	unsigned char bytes[16];

	if (inet_pton(AF_INET, ip, bytes) == 1) {
		buf_printf(&out, "%u.%u.%u.%u.%s", bytes[3], bytes[2],
			   bytes[1], bytes[0], zone4);
		return out.data;
	}
	if (inet_pton(AF_INET6, ip, bytes) != 1)
		return NULL;
	for (size_t i = sizeof(bytes); i-- > 0;)
		buf_printf(&out, "%x.%x.", bytes[i] & 15u, bytes[i] >> 4);
	buf_text(&out, zone6);
	return out.data;
}
