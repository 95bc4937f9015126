/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_VIRUS_H
#define WRAP_VIRUS_H

/*
 * libclamav. The engine is loaded once in the nursery and shared by inspectors,
 * each of which scans one thing at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct virus_engine;

struct virus_limits {
	int64_t max_scan_time; /* milliseconds */
	int64_t max_scan_size; /* bytes of all that is unpacked */
	int64_t max_file_size; /* bytes of one file */
	int64_t max_files;
	int64_t max_recursion;
};

/* Folders and single signature files; NULL-terminated. No signature at all is
 * an error (configuration). */
struct virus_engine *virus_open(void *mem, const char *const *databases,
				const struct virus_limits *limits,
				struct err *err);
const char *virus_version(void); /* of the library */

/* From now on temporary files go to this folder; NULL: to the system's. For a
 * process that has the engine for itself, as each inspector has. */
int virus_use_scratch(const struct virus_engine *engine, const char *folder,
		      struct err *err);

/* Whether that folder has room for so many bytes: on a full disk libclamav
 * skips what it cannot unpack, and does not always say so. */
int virus_has_room(const struct virus_engine *engine, uint64_t bytes,
		   struct err *err);

enum virus_result {
	VIRUS_ERROR = -1,
	VIRUS_CLEAN = 0,
	VIRUS_FOUND = 1,
	VIRUS_LIMIT = 2, /* not scanned to the end: a bound was reached */
};

/*
 * How to scan. libclamav's own reader of mail gives up on odd MIME: a whole
 * message whose parts are scanned apart is then scanned as bytes instead;
 * anything else that it cannot read to the end stays an error.
 */
enum virus_how {
	VIRUS_FILE = 0,
	VIRUS_MESSAGE = 1,
	VIRUS_CLOSED = 2, /* archives are not opened */
	VIRUS_ALL = 4,	  /* does not end with the first signature */
	VIRUS_BYTES = 8,  /* with VIRUS_MESSAGE: it is not taken apart */
};

/*
 * Scans bytes under a deadline, as enum virus_how says. On VIRUS_FOUND, found
 * is called with the signature's name; with VIRUS_ALL for each that fits. On
 * VIRUS_ERROR and VIRUS_LIMIT err is set: could not be scanned, or not to the
 * end - never "clean".
 */
enum virus_result virus_scan(const struct virus_engine *engine, unsigned how,
			     struct slice bytes, const char *filename,
			     void (*found)(void *context, const char *name),
			     void *context, struct err *err);

#endif
