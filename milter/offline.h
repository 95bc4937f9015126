/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OFFLINE_H
#define OFFLINE_H

/*
 * What the commands share that inspect mail without a daemon: settings from
 * their options, and a policy out of them. Messages go to stderr.
 */

#include "base/args.h"
#include "core/policy.h"
#include "settings.h"

#define OFFLINE_GO (-1)

/* The options of these commands: -c, -C, -L and -o. */
#define OFFLINE_OPTIONS                                                        \
	{ 'c', "config", "FILE", "settings (default " SETTINGS_FILE ")" },     \
	{ 'C', "rules", "PATH",                                                \
	  "rules from this folder or file instead of\n"                        \
	  "the configured ones; may be repeated" },                            \
	{ 'L', "local", NULL, "do not use the network" },                      \
	{ 'o', "option", "KEY=VALUE", "a setting that overrides the files" }

/*
 * Reads the settings, -c first wherever it stands, then -C, -L and -o, into
 * config. Returns OFFLINE_GO or the status to exit with; `help` has been called
 * if --help was among the options. argv stays as it is.
 */
int offline_settings(struct config *config, const char *command, int argc,
		     char **argv, const struct arg_option *options,
		     void (*help)(void));
/* Leaves a stage out, whatever the settings say; false if it is not in. */
bool offline_leave_out(struct config *config, const char *stage);
/* Takes config over; NULL after messages. */
struct policy *offline_open(void *mem, struct config *config);

#endif
