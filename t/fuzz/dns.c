/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS as name servers, inspectors and daemons that were taken over might speak
 * it. The first byte says who does: rdata of that type, or frames for either
 * end.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/mem.h"
#include "wrap/dns.h"

#define FUZZ_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_rdata(void *mem, struct slice rdata, int type)
{
	struct slice records[] = { rdata, slice_from(rdata, 3) };
	const struct dns_answer answer = {
		.type = (enum dns_type)type,
		.records = records,
		.record_count = 2,
	};
	char address[DNS_ADDRESS_TEXT];
	const char *host;
	unsigned preference;

	for (size_t i = 0; i < 3; i++) {
		dns_address(&answer, i, address);
		dns_text(mem, &answer, i);
		dns_host(mem, &answer, i);
		dns_mx(mem, &answer, i, &preference, &host);
		dns_record_string(mem, &answer, i, 100);
	}
}

/* Bytes for the daemon, which ends the connection at the first odd ones. */
static void
fuzz_daemon(void *mem, int pair[2])
{
	struct err err;
	struct dns *dns = dns_new(
		mem, dns_table(mem, SLICE("a A 192.0.2.1"), &err), 0);
	struct frame frame;

	while (frame_receive(pair[1], mem, 4096, false, clock_ms(), &frame,
			     &err) == 1 &&
	       dns_serve(dns, pair[1], &frame, &err) == 0)
		;
}

/* Bytes for the inspector, which believes that they are answers. */
static void
fuzz_inspector(void *mem, int pair[2])
{
	struct dns *dns = dns_new(mem, dns_remote(mem, pair[1]), 0);

	shutdown(pair[0], SHUT_WR);
	dns_begin(dns);
	dns_ask(dns, "a", DNS_A);
	dns_ask(dns, "a", DNS_TXT);
	dns_look_up(dns, "a", DNS_MX);
	dns_look_up(dns, "a", DNS_A);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem;
	struct err err;
	int pair[2];

	if (size < 1 || size > FUZZ_MAX)
		return 0;
	mem = mem_context(NULL, "fuzz");
	if (data[0] < 0x80) {
		fuzz_rdata(mem, (struct slice){ (const char *)data + 1,
						size - 1 }, data[0]);
	} else if (frame_pair(pair, &err) == 0) {
		send(pair[0], data + 1, size - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (data[0] & 1)
			fuzz_daemon(mem, pair);
		else
			fuzz_inspector(mem, pair);
		close(pair[0]);
		close(pair[1]);
	}
	mem_free(mem);
	return 0;
}
