/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "retry.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Written by servers on the way: RFC 5321, 5322, 8601, 8617, 7208, 6376. */
static const char *const retry_trace[] = {
	"Received", "X-Received", "Return-Path", "Delivered-To",
	"X-Original-To", "Received-SPF", "Authentication-Results",
	"ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results",
	"DKIM-Signature",
};

bool
retry_is_trace(struct slice name)
{
	for (size_t i = 0; i < sizeof(retry_trace) / sizeof(*retry_trace); i++)
		if (slice_is_nocase(name, retry_trace[i]))
			return true;
	return false;
}

/* The field that begins with this line, or that it continues. */
static bool
retry_skips(struct slice line, bool skipping)
{
	if (line.data[0] == ' ' || line.data[0] == '\t')
		return skipping;
	return retry_is_trace(
		slice_trim(slice_cut(line, 0, slice_find(line, 0, ':'))));
}

static void
retry_add(struct digest_state *state, struct slice message)
{
	bool in_header = true, skipping = false;
	struct slice rest = message, line;

	while (in_header && slice_line(&rest, &line)) {
		in_header = line.data[0] != '\n';
		skipping = retry_skips(line, skipping);
		if (!skipping)
			digest_add(state, line);
	}
	digest_add(state, rest);
}

int
retry_digest(int message, size_t prefix, const struct digest_key *key,
	     struct digest *digest, struct err *err)
{
	struct digest_state state;
	struct stat file;
	struct slice all;
	void *map;

	if (fstat(message, &file) < 0)
		return err_errno(err, "cannot look at the message");
	digest_begin(&state, key);
	if (file.st_size > 0) {
		map = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE,
			   message, 0);
		if (map == MAP_FAILED)
			return err_errno(err, "cannot map the message");
		all = (struct slice){ map, (size_t)file.st_size };
		retry_add(&state, slice_from(all, prefix));
		munmap(map, (size_t)file.st_size);
	}
	digest_end(&state, digest);
	return 0;
}
