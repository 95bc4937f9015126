/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_ASKED_H
#define CORE_ASKED_H

/* What the DNS was asked about a mail, for its log line and for --explain. */

#include <stdbool.h>

#include "core/verdict.h"
#include "wrap/dns.h"

/* Writes down the questions that nobody answered in time, and with explain all
 * questions and answers. */
void asked_note(struct verdict *verdict, const struct dns *dns, bool explain);

#endif
