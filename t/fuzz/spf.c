/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPF records from hostile domains, libspf2 and all. Lines: HELO, sender, then
 * the TXT records of a.t, b.t, c.t ... The first byte says who the client is.
 */
#include <stdint.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/spf.h"

#define FUZZ_MAX 16384
#define FUZZ_MS 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char fuzz_zone[] =
	"1.2.0.192.in-addr.arpa PTR a.t\n"
	"1.2.0.192.in-addr.arpa PTR h.a.t\n"
	"a.t A 192.0.2.2\na.t A 192.0.2.1\na.t AAAA 2001:db8::1\n"
	"h.a.t A 192.0.2.1\n"
	"a.t MX 1 h.a.t\na.t MX 2 b.t\nb.t MX 3 .\nb.t A !servfail\n";

/* The line as one that dns_table() reads. */
static void
fuzz_record(struct buf *zone, unsigned number, struct slice line)
{
	buf_printf(zone, "%c.t TXT \"", 'a' + (int)(number % 26));
	for (size_t i = 0; i < line.len; i++)
		buf_printf(zone, "\\x%02x", (unsigned char)line.data[i]);
	buf_text(zone, "\"\n");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const clients[] = { "192.0.2.1", "2001:db8::1",
					       "::ffff:192.0.2.1", "x" };
	struct slice rest = { (const char *)data + 1, size - 1 };
	struct slice line, helo = SLICE(""), sender = SLICE("");
	struct spf_question question = { .client = NULL };
	struct auth_spf result;
	struct buf zone;
	struct dns *dns;
	struct err err;
	int64_t began = clock_ms();
	void *mem;

	if (size < 1 || size > FUZZ_MAX)
		return 0;
	mem = mem_context(NULL, "fuzz");
	zone = (struct buf)BUF(mem);
	buf_text(&zone, fuzz_zone);
	slice_line(&rest, &helo);
	slice_line(&rest, &sender);
	for (unsigned i = 0; slice_line(&rest, &line); i++)
		fuzz_record(&zone, i, slice_cut(line, 0, line.len - 1));
	dns = dns_new(mem, dns_table(mem, buf_view(&zone), &err), FUZZ_MS);
	dns_begin(dns);
	question.client = clients[data[0] & 3];
	question.helo = slice_string(mem, helo);
	question.sender = slice_string(mem, slice_trim(sender));
	spf_check(mem, dns, &question, &result);
	if (clock_ms() - began > FUZZ_MS)
		__builtin_trap();
	mem_free(mem);
	return 0;
}
