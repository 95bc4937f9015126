/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#define SECOND 1000
#define MEGABYTE (1 << 20)

const struct option daemon_options[] = {
	{ "listen", OPTION_LIST,
	  "unix:/var/spool/postfix/ispfilter/ispfilter.sock",
	  .help = "Where Postfix reaches the milter: unix:/path, "
		  "inet:port@host or inet6:port@host. Exactly one." },
	{ "socket_mode", OPTION_MODE, "0660",
	  .help = "Mode of a unix socket." },
	{ "socket_group", OPTION_STRING, "postfix",
	  .help = "Group that may connect to a unix socket; empty: leave it." },
	{ "user", OPTION_STRING, "ispfilter",
	  .help = "Whom the daemon becomes when it was started as root." },
	{ "group", OPTION_STRING, "",
	  .help = "Its group; empty: the user's own." },
	{ "pid_file", OPTION_STRING, "",
	  .help = "File for the daemon's process id; empty: none." },
	{ "message_size_limit", OPTION_SIZE, "50M", 1024, 1ll << 40,
	  .help = "Larger mails are refused. Should be above Postfix's own "
		  "message_size_limit." },
	{ "originating_daemon_names", OPTION_LIST, "ORIGINATING",
	  .help = "Values of milter_macro_daemon_name that mark mail submitted "
		  "by users of ours." },
	{ "inspectors", OPTION_INT, "0", 0, 1024,
	  .help = "Processes that inspect mail, one message each at a time; "
		  "0: the number of processors and two." },
	{ "inspectors_extra", OPTION_INT, "8", 0, 1024,
	  .help = "Further inspectors that stand in for those at a mail that "
		  "takes long: more than 30 ms of the processor, or 1 s in "
		  "all. Such a mail goes on when nobody else computes." },
	{ "client_inspectors", OPTION_INT, "0", 0, 1024,
	  .help = "How many mails of one client (an IPv4 address, an IPv6 /64) "
		  "are inspected at a time; 0: one less than inspectors, if "
		  "these are more than two." },
	{ "inspector_messages", OPTION_INT, "10000", 1, 1000000000,
	  .help = "An inspector is replaced after so many messages." },
	{ "inspector_memory_limit", OPTION_SIZE, "1G", 16 * MEGABYTE,
	  1ll << 40,
	  .help = "Memory that an inspector may take beyond what rules and "
		  "signatures need." },
	{ "inspect_queue_time", OPTION_TIME, "30s", 1, 3600 * SECOND,
	  .help = "How long a mail waits for a free inspector before it is put "
		  "off with 451." },
	{ "inspect_time_limit", OPTION_TIME, "60s", 100, 3600 * SECOND,
	  .help = "How long the inspection of one mail may take; then it is "
		  "put off with 451." },
	{ "state_directory", OPTION_STRING, "/var/lib/ispfilter",
	  .help = "Folder for what the daemon remembers over restarts." },
	{ "poison", OPTION_CHOICE, "tempfail",
	  .choices = "tempfail quarantine reject",
	  .help = "What happens to a mail over which an inspector has crashed, "
		  "computed without end or run out of memory, when it comes "
		  "again; it is not inspected then. The first time it gets "
		  "451. quarantine puts it, unseen, into Postfix's hold "
		  "queue." },
	{ "put_off_time", OPTION_TIME, "5d", 60 * SECOND,
	  366ll * 86400 * SECOND,
	  .help = "How long a mail is remembered that attachment_limit = once "
		  "has put off." },
	{ "put_off_entries", OPTION_INT, "5000", 1, 20000,
	  .help = "Mails of that kind that are remembered; those that came "
		  "last." },
	{ "poison_time", OPTION_TIME, "7d", 60 * SECOND, 366ll * 86400 * SECOND,
	  .help = "How long such a mail is remembered after it came last. "
		  "Longer than senders try." },
	{ "poison_entries", OPTION_INT, "1000", 1, 20000,
	  .help = "Mails that are remembered; those that came last." },
	{ "poison_directory", OPTION_STRING, "/var/lib/ispfilter/poison",
	  .help = "Folder with a copy of each such mail for the admin; "
		  "empty: none." },
	{ "poison_copies", OPTION_INT, "100", 1, 100000,
	  .help = "Copies that are kept; the oldest go first." },
	{ "poison_copies_size", OPTION_SIZE, "500M", 0, 1ll << 50,
	  .help = "Bytes of all copies." },
	{ "scratch_directory", OPTION_STRING, "/var/lib/ispfilter/scratch",
	  .help = "Folder for the inspectors' temporary files; nothing else "
		  "may be kept there. libclamav makes and removes some for "
		  "each mail: on a disk a mail waits twice as long for it as "
		  "in memory. The unit of systemd puts a tmpfs of 1G there, "
		  "which bounds all of them together." },
	{ "scratch_size_limit", OPTION_SIZE, "2G", MEGABYTE, 1ll << 40,
	  .help = "Size of all temporary files of one inspector; looked at "
		  "once a second." },
	{ "sandbox", OPTION_BOOL, "yes",
	  .help = "Lock in the processes that look into mail, so that one that "
		  "is taken over can neither read files nor reach the network. "
		  "Only for a search after a fault: no." },
	{ "scratch_file_limit", OPTION_SIZE, "512M", MEGABYTE, 1ll << 40,
	  .help = "Size of a single temporary file." },
	{ "start_time_limit", OPTION_TIME, "5m", SECOND, 3600 * SECOND,
	  .help = "How long loading rules and signatures may take." },
	{ "stop_time_limit", OPTION_TIME, "20s", 0, 3600 * SECOND,
	  .help = "How long a stop waits for mails that are being received." },
	OPTION_END,
};
