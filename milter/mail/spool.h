/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_SPOOL_H
#define MAIL_SPOOL_H

/*
 * A message on its way in, kept in a file that exists in memory only. Header
 * fields and body come as the milter protocol gives them and are written as
 * Postfix will write them to the mailbox: LF line ends, folding kept. Sealed,
 * it can be handed to another process, and neither side can change it any more.
 *
 * One thread at a time. A failure sticks: later calls do nothing, and sealing
 * reports it.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct spool;

/* limit: bytes of the message; what goes beyond is dropped and noted. */
struct spool *spool_new(void *mem, size_t limit);
/* Bytes as they are, not counted against the limit; before all others. */
void spool_prefix(struct spool *spool, struct slice text);
/* "name:value" and a line end; value begins with its blank, if it has one. */
void spool_header(struct spool *spool, const char *name, const char *value);
/* A piece of the body, wherever it was cut; the first one ends the header. */
void spool_body(struct spool *spool, struct slice chunk);
/* Bytes so far, without the prefix. */
size_t spool_size(const struct spool *spool);
bool spool_too_big(const struct spool *spool);
/* Ends the message. Returns its descriptor, which closes with the spool, or
 * -1. */
int spool_seal(struct spool *spool, struct err *err);

#endif
