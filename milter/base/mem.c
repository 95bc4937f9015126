/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <talloc.h>

#include "base/sanitizer.h"

struct mem_hook {
	void *ptr;
	void (*destroy)(void *ptr);
};

static void *
mem_must(void *ptr)
{
	static const char text[] = "ispfilter: out of memory\n";

	if (ptr == NULL) {
		if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
			_exit(EX_OSERR);
		_exit(EX_TEMPFAIL);
	}
	return ptr;
}

void *
mem_context(void *parent, const char *name)
{
	return mem_must(talloc_named_const(parent, 0, name));
}

/* AddressSanitizer sees into no pool. */
void *
mem_pool(void *parent, size_t size)
{
	if (IS_SANITIZED)
		return mem_context(parent, "no pool");
	return mem_must(talloc_pool(parent, size));
}

void *
mem_zero(void *mem, size_t size, size_t count, const char *name)
{
	void *ptr;

	if (size != 0 && count > SIZE_MAX / size)
		mem_must(NULL);
	ptr = mem_must(talloc_named_const(mem, size * count, name));
	memset(ptr, 0, size * count);
	return ptr;
}

void *
mem_realloc(void *mem, void *old, size_t size, size_t count)
{
	if (size != 0 && count > SIZE_MAX / size)
		mem_must(NULL);
	if (size * count == 0)
		size = count = 1;
	return mem_must(talloc_realloc_size(mem, old, size * count));
}

char *
mem_strdup(void *mem, const char *s)
{
	return s == NULL ? NULL : mem_must(talloc_strdup(mem, s));
}

char *
mem_strndup(void *mem, const char *s, size_t n)
{
	char *copy = mem_must(talloc_named_const(mem, n + 1, "char"));

	if (n != 0)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

void *
mem_copy(void *mem, const void *data, size_t n)
{
	void *copy = mem_must(talloc_named_const(mem, n, "bytes"));

	if (n != 0)
		memcpy(copy, data, n);
	return copy;
}

char *
mem_printf(void *mem, const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = talloc_vasprintf(mem, format, args);
	va_end(args);
	return mem_must(s);
}

void
mem_free(void *ptr)
{
	if (ptr != NULL && talloc_free(ptr) != 0)
		abort();
}

void *
mem_steal(void *mem, void *ptr)
{
	return ptr == NULL ? NULL : mem_must(talloc_steal(mem, ptr));
}

static int
mem_run_hook(struct mem_hook *hook)
{
	hook->destroy(hook->ptr);
	return 0;
}

/*
 * talloc gives a destructor the chunk alone, not which function was asked for.
 * A child that knows both serves, since children go before their parent.
 */
void
mem_on_free(void *ptr, void (*destroy)(void *ptr))
{
	struct mem_hook *hook = mem_new(ptr, struct mem_hook);

	hook->ptr = ptr;
	hook->destroy = destroy;
	talloc_set_destructor(hook, mem_run_hook);
}

size_t
mem_total(const void *ptr)
{
	return talloc_total_size(ptr);
}
