/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define FOLDER_BLOCK 4096
#define FOLDER_OPEN_MAX 16 /* descriptors that nftw(3) may hold */

int
folder_make(const char *path, mode_t mode, uid_t uid, gid_t gid,
	    struct err *err)
{
	if (mkdir(path, mode) < 0) {
		struct stat there;

		if (errno != EEXIST)
			return err_errno(err, "cannot make the folder %s",
					 path);
		if (stat(path, &there) < 0 || !S_ISDIR(there.st_mode))
			return err_config(err, "%s is not a folder", path);
		return 0;
	}
	if (chmod(path, mode) < 0 ||
	    (geteuid() == 0 && chown(path, uid, gid) < 0))
		return err_errno(err, "cannot set the owner of %s", path);
	return 0;
}

static int
folder_remove_one(const char *path, const struct stat *stat, int flag,
		  struct FTW *place)
{
	/* Go on after a failure: the rest shall go all the same. */
	if (remove(path) < 0 && errno != ENOENT)
		return 0;
	return 0;
}

int
folder_remove(const char *path)
{
	nftw(path, folder_remove_one, FOLDER_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
	return access(path, F_OK) == 0 ? -1 : 0;
}

int
folder_clear(const char *path, const char *prefix)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int result = 0;

	if (folder == NULL)
		return -1;
	while ((entry = readdir(folder)) != NULL) {
		char *full;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (prefix != NULL &&
		    strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		full = mem_printf(NULL, "%s/%s", path, entry->d_name);
		if (folder_remove(full) < 0)
			result = -1;
		mem_free(full);
	}
	closedir(folder);
	return result;
}

int64_t
folder_size(const char *path, int64_t enough)
{
	char *paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	int64_t size = 0;
	FTSENT *entry;

	if (walk == NULL)
		return 0;
	while (size <= enough && (entry = fts_read(walk)) != NULL) {
		int64_t blocks = entry->fts_info == FTS_F
					 ? entry->fts_statp->st_blocks * 512
					 : 0;

		if (entry->fts_level > 0 && entry->fts_info != FTS_DP)
			size += blocks > FOLDER_BLOCK ? blocks : FOLDER_BLOCK;
	}
	fts_close(walk);
	return size;
}
