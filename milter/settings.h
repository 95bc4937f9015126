/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SETTINGS_H
#define SETTINGS_H

/* The settings of the whole program: core's, the stages' and the commands'. */

#include "base/config.h"
#include "base/problem.h"

#define SETTINGS_FILE "/etc/ispfilter/ispfilter.conf"

/* A config with every key declared. */
struct config *settings_new(void *mem);
/*
 * Reads path, or, if it is NULL, SETTINGS_FILE if that exists. Prints what is
 * wrong to stderr. Returns -1 if the settings cannot be used.
 */
int settings_read(struct config *config, const char *path);
/*
 * The same without printing, then sets "key=value" assignments of the command
 * line, which end with NULL.
 */
int settings_load(struct config *config, const char *path,
		  const char *const *assignments, struct problems *problems,
		  struct err *err);
/* Prints problems to stderr, one line each. */
void settings_print(const struct problems *problems);

#endif
