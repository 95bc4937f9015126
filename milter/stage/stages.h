/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STAGE_STAGES_H
#define STAGE_STAGES_H

/* Every stage; each lives in the file of its name. */

#include "core/stage.h"

extern const struct stage stage_recipients;
extern const struct stage stage_attachment;
extern const struct stage stage_virus;
extern const struct stage stage_auth;
extern const struct stage stage_spam;

#endif
