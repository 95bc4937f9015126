/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static unsigned tap_count, tap_failed;

bool
tap_ok(bool ok, const char *format, ...)
{
	va_list args;

	printf("%s %u - ", ok ? "ok" : "not ok", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	if (!ok) {
		fprintf(stderr, "#   Failed test %u: ", tap_count);
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fprintf(stderr, "\n#   in %s\n", program_invocation_name);
	}
	tap_failed += !ok;
	return ok;
}

bool
tap_is_slice(struct slice got, const char *wanted, const char *name)
{
	bool ok = wanted == NULL ? got.data == NULL
				 : got.data != NULL && slice_is(got, wanted);

	tap_ok(ok, "%s", name);
	if (!ok) {
		fprintf(stderr, "#    got: %s\n", got.data == NULL ? "(none)"
				: str_escape(NULL, got, 4000));
		fprintf(stderr, "# wanted: %s\n", wanted == NULL ? "(none)"
				: str_escape(NULL, slice_of(wanted), 4000));
	}
	return ok;
}

bool
tap_is(const char *got, const char *wanted, const char *name)
{
	return tap_is_slice(slice_of(got), wanted, name);
}

bool
tap_is_int(long long got, long long wanted, const char *name)
{
	bool ok = tap_ok(got == wanted, "%s", name);

	if (!ok)
		fprintf(stderr, "#    got: %lld\n# wanted: %lld\n", got,
			wanted);
	return ok;
}

void
tap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void
tap_skip(const char *why)
{
	printf("ok %u # SKIP %s\n", ++tap_count, why);
}

int
tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed != 0;
}
