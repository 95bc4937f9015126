/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/idn.h"

#include <idn2.h>

#include "base/mem.h"

/* Longer names are not valid; libidn2 need not look at them. */
#define IDN_LENGTH_MAX 1024

char *
idn_to_ascii(void *mem, struct slice utf8)
{
	char *ascii = NULL, *name, *copy = NULL;

	if (utf8.len > IDN_LENGTH_MAX ||
	    slice_find(utf8, 0, '\0') < utf8.len)
		return NULL;
	name = slice_string(mem, utf8);
	if (idn2_to_ascii_8z(name, &ascii,
			     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		copy = str_lower(mem, ascii);
	mem_free(name);
	idn2_free(ascii);
	return copy;
}
