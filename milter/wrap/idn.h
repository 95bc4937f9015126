/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAP_IDN_H
#define WRAP_IDN_H

/* Internationalised domain names by libidn2. Any thread. */

#include "base/str.h"

/* The name in ASCII ("xn--..."), lower case, below mem; NULL if it is no valid
 * name. utf8 must be UTF-8. */
char *idn_to_ascii(void *mem, struct slice utf8);

#endif
