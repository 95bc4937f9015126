/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_PSL_H
#define WRAP_PSL_H

/* Registrable domains by the Public Suffix List, through libpsl and the list
 * that Debian's package publicsuffix keeps. */

#include "base/err.h"

/* Read-only once it is open: any thread. */
struct psl;

/* The newest list on the system, else the one built into libpsl. */
struct psl *psl_open(void *mem, struct err *err);
/* What was registered, pointing into domain ("example.co.uk" of
 * "www.example.co.uk"); domain itself if it is a public suffix. domain: lower
 * case ASCII. */
const char *psl_registrable(const struct psl *psl, const char *domain);

#endif
