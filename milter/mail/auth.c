/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/auth.h"

const char *
auth_result_name(enum auth_result result)
{
	static const char *const names[] = {
		"",	   "none",    "pass",	   "fail",	"softfail",
		"neutral", "policy",  "temperror", "permerror",
	};

	return names[result];
}
