/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * What went wrong. A function that can fail returns 0 or -1 and takes a
 * struct err * last. The error is set once, where it happened, and logged
 * once, at the top. Callers own the struct; no memory hangs from it.
 */

enum err_kind {
	ERR_NONE,
	ERR_TEMPORARY, /* try again later: 451, exit 75 */
	ERR_PERMANENT, /* this input will never do: the stage's on_error */
	ERR_CONFIG,    /* refuse to start, keep the old policy */
};

struct err {
	enum err_kind kind;
	char text[1024];
};

/* Each sets err (which may be NULL) and returns -1. */
int err_temporary(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int err_permanent(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int err_config(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same as err_temporary, with ": " and strerror(errno) appended. */
int err_errno(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts context in front of an error that a callee has set; returns -1. */
int err_prefix(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
