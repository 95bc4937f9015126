/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/psl.h"

#include <libpsl.h>

#include "base/mem.h"

struct psl {
	psl_ctx_t *list;
};

/* libpsl leaves the list that is built into it alone. */
static void
psl_close(void *ptr)
{
	struct psl *psl = ptr;

	psl_free(psl->list);
}

struct psl *
psl_open(void *mem, struct err *err)
{
	struct psl *psl = mem_new(mem, struct psl);

	psl->list = psl_latest(NULL);
	mem_on_free(psl, psl_close);
	if (psl->list != NULL)
		return psl;
	mem_free(psl);
	err_temporary(err, "there is no Public Suffix List: is the package "
		      "publicsuffix installed?");
	return NULL;
}

const char *
psl_registrable(const struct psl *psl, const char *domain)
{
	const char *registered = psl_registrable_domain(psl->list, domain);

	return registered == NULL ? domain : registered;
}
