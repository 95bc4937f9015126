/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What kernels have learned since the headers that we may be built with. */
#define LANDLOCK_REFER (1ull << 13)    /* version 2 */
#define LANDLOCK_TRUNCATE (1ull << 14) /* 3 */
#define LANDLOCK_IOCTL (1ull << 15)    /* 5 */
#define LANDLOCK_NET_ALL 3ull	       /* 4: bind and connect of TCP */
#define LANDLOCK_SCOPE_ALL 3ull	       /* 6: abstract sockets, signals */

#define LANDLOCK_FIRST_ALL ((1ull << 13) - 1) /* version 1: bits 0 to 12 */

#define LANDLOCK_FILE_READ LANDLOCK_ACCESS_FS_READ_FILE
#define LANDLOCK_READ (LANDLOCK_FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITE                                                         \
	(LANDLOCK_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                       \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |      \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |           \
	 LANDLOCK_REFER | LANDLOCK_TRUNCATE)

/* struct landlock_ruleset_attr as of version 6; older kernels take it where
 * what they do not know is 0. */
struct landlock_rights {
	uint64_t files;
	uint64_t net;
	uint64_t scope;
};

static long
landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION);
}

bool
landlock_is_there(void)
{
	return landlock_version() > 0;
}

/* All that a kernel of this version can take away. */
static struct landlock_rights
landlock_rights(long version)
{
	struct landlock_rights rights = { .files = LANDLOCK_FIRST_ALL };

	if (version >= 2)
		rights.files |= LANDLOCK_REFER;
	if (version >= 3)
		rights.files |= LANDLOCK_TRUNCATE;
	if (version >= 4)
		rights.net = LANDLOCK_NET_ALL;
	if (version >= 5)
		rights.files |= LANDLOCK_IOCTL;
	if (version >= 6)
		rights.scope = LANDLOCK_SCOPE_ALL;
	return rights;
}

/* -1 with errno. */
static int
landlock_allow(int ruleset, const char *folder, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	int result;

	rule.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -1;
	result = (int)syscall(SYS_landlock_add_rule, ruleset,
			      LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return result;
}

int
landlock_confine(const char *writable, struct err *err)
{
	struct landlock_rights rights = landlock_rights(landlock_version());
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights,
				   sizeof(rights), 0);
	int result;

	if (ruleset < 0)
		return err_errno(err, "cannot make a Landlock rule set");
	result = landlock_allow(ruleset, writable,
				LANDLOCK_WRITE & rights.files);
	if (result < 0)
		err_errno(err, "cannot keep %s in the sandbox", writable);
	else if ((result = (int)syscall(SYS_landlock_restrict_self, ruleset,
					0)) < 0)
		err_errno(err, "cannot enter Landlock");
	close(ruleset);
	return result;
}
