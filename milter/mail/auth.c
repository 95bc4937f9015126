/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/auth.h"

#include "base/str.h"
#include "mail/arc.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"

const char *
auth_result_name(enum auth_result result)
{
	static const char *const names[] = {
		"",	   "none",    "pass",	   "fail",	"softfail",
		"neutral", "policy",  "temperror", "permerror",
	};

	return names[result];
}

static void
auth_add(struct buf *out, const char *what, enum auth_result result)
{
	if (result != AUTH_NOT_RUN)
		buf_printf(out, "%s%s:%s", out->len > 0 ? "," : "", what,
			   auth_result_name(result));
}

const char *
auth_summary(void *mem, const struct auth_results *results)
{
	struct buf out = BUF(mem);

	auth_add(&out, "spf", results->spf.result);
	auth_add(&out, "helo", results->spf_helo.result);
	for (size_t i = 0; results->dkim != NULL && i < results->dkim->count;
	     i++)
		auth_add(&out, "dkim", results->dkim->items[i]->result);
	if (results->arc != NULL && results->arc->result != AUTH_NONE)
		auth_add(&out, "arc", results->arc->result);
	if (results->dmarc != NULL)
		auth_add(&out, "dmarc", results->dmarc->result);
	return buf_string(&out);
}
