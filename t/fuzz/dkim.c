/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first line is a key's (and a policy's) record, the rest a mail with
 * signatures, chains and From fields. */
#include "base/mem.h"
#include "mail/arc.h"
#include "mail/authres.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns *
fuzz_zone(void *mem, struct slice record)
{
	struct buf zone = BUF(mem);
	struct err err;
	struct dns_source *source;
	struct dns *dns;

	buf_text(&zone, "s._domainkey.a.test TXT ");
	buf_slice(&zone, record);
	buf_text(&zone, "\n_dmarc.a.test TXT ");
	buf_slice(&zone, record);
	buf_text(&zone, "\n");
	source = dns_table(mem, buf_view(&zone), &err);
	if (source == NULL)
		source = dns_table(mem, SLICE(""), &err);
	dns = dns_new(mem, source, 50);
	dns_begin(dns);
	return dns;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct psl *psl;
	static const struct dkim_settings settings = { .key_bits = 1,
						       .now = 1 };
	static const char *const trusted[] = { "a.test" };
	void *mem = mem_context(NULL, "fuzz");
	struct slice rest = { (const char *)data, size }, record = SLICE("");
	struct auth_results all = { .client = "" };
	struct message *message;
	const char *sealer;
	struct dns *dns;

	if (psl == NULL)
		psl = psl_open(NULL, NULL);
	slice_line(&rest, &record);
	dns = fuzz_zone(mem, slice_trim(record));
	message = message_parse(mem, rest, NULL);
	all.dkim = dkim_finish(dkim_begin(mem, message, dns, &settings));
	all.arc = arc_finish(arc_begin(mem, message, dns, &settings));
	arc_vouches(all.arc, trusted, 1, &sealer);
	all.dmarc = dmarc_finish(dmarc_begin(mem, message, dns, psl), all.dkim,
				 NULL);
	authres_write(mem, "mx.example.org", &all);
	authres_claims(mem, rest, "mx.example.org");
	mem_free(mem);
	return 0;
}
