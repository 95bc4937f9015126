/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static __attribute__((format(printf, 3, 0))) int
err_set(struct err *err, enum err_kind kind, const char *format, va_list args)
{
	if (err == NULL)
		return -1;
	err->kind = kind;
	vsnprintf(err->text, sizeof(err->text), format, args);
	return -1;
}

#define ERR_SET(err, kind, format)                                             \
	do {                                                                   \
		va_list args;                                                  \
		va_start(args, format);                                        \
		err_set(err, kind, format, args);                              \
		va_end(args);                                                  \
	} while (0)

int
err_temporary(struct err *err, const char *format, ...)
{
	ERR_SET(err, ERR_TEMPORARY, format);
	return -1;
}

int
err_permanent(struct err *err, const char *format, ...)
{
	ERR_SET(err, ERR_PERMANENT, format);
	return -1;
}

int
err_config(struct err *err, const char *format, ...)
{
	ERR_SET(err, ERR_CONFIG, format);
	return -1;
}

int
err_errno(struct err *err, const char *format, ...)
{
	int saved = errno;
	size_t used;

	if (err == NULL)
		return -1;
	ERR_SET(err, ERR_TEMPORARY, format);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		 strerror(saved));
	errno = saved;
	return -1;
}

int
err_prefix(struct err *err, const char *format, ...)
{
	char old[sizeof(err->text)];
	va_list args;
	size_t used;

	if (err == NULL)
		return -1;
	snprintf(old, sizeof(old), "%s", err->text);
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
	return -1;
}
