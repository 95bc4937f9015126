/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage/stages.h"

const struct stage *const stage_table[] = {
	&stage_recipients,
	&stage_attachment,
	&stage_virus,
	&stage_auth,
	&stage_spam,
	NULL,
};
