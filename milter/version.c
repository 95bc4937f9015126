/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "commands.h"

int
command_version(int argc, char **argv)
{
	printf("ispfilter %s\n", ISPFILTER_VERSION);
	return 0;
}
