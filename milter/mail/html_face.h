/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_FACE_H
#define MAIL_HTML_FACE_H

/* <font face=...>: is it a list of plausible font names? Stateless. */

#include <stdbool.h>

#include "base/str.h"

bool html_face_is_good(struct slice face);

#endif
