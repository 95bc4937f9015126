/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef T_TAP_H
#define T_TAP_H

/* A few lines of TAP for the C tests. tap_done() prints the plan. */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* By how much bars on time are higher in builds with sanitizers. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TAP_PATIENCE 15
#else
#define TAP_PATIENCE 1
#endif

bool tap_ok(bool ok, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool tap_is(const char *got, const char *wanted, const char *name);
bool tap_is_slice(struct slice got, const char *wanted, const char *name);
bool tap_is_int(long long got, long long wanted, const char *name);
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tap_skip(const char *why);
/* The exit status of the test. */
int tap_done(void);

#endif
