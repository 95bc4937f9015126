/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMMANDS_H
#define COMMANDS_H

/*
 * The subcommands. Each reads its own arguments (argv[0] is the subcommand's
 * name), prints its own --help, and returns a status of sysexits.h.
 */

int command_config(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_recipient(int argc, char **argv);
int command_scan(int argc, char **argv);
int command_masscheck(int argc, char **argv);
int command_deliver(int argc, char **argv);
int command_daemon(int argc, char **argv);
int command_nursery(int argc, char **argv);
int command_lists(int argc, char **argv);
int command_poison(int argc, char **argv);
int command_version(int argc, char **argv);

#endif
