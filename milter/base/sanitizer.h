/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_SANITIZER_H
#define BASE_SANITIZER_H

/*
 * Whether this is a build with AddressSanitizer or ThreadSanitizer, of GCC or
 * clang: they want memory and system calls that are none of the program's.
 */

#include <stdbool.h>

#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

#endif
