/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/disk.h"

#define DISK_SIGN(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/* ECMA-167 2/8.3: descriptors of volumes stand from here on, one a sector. */
#define DISK_VOLUMES 32768
#define DISK_SECTOR 2048
#define DISK_VOLUMES_MAX 64
#define DISK_FOOT 512

static bool
disk_has(struct slice bytes, size_t at, struct slice sign)
{
	return slice_equal(slice_cut(bytes, at, at + sign.len), sign);
}

static bool
disk_is_iso(struct slice bytes)
{
	return disk_has(bytes, DISK_VOLUMES + 1, DISK_SIGN("CD001"));
}

static bool
disk_is_udf(struct slice bytes)
{
	size_t at = DISK_VOLUMES + 1;

	for (size_t i = 0; i < DISK_VOLUMES_MAX; i++, at += DISK_SECTOR)
		if (disk_has(bytes, at, DISK_SIGN("NSR0")) ||
		    disk_has(bytes, at, DISK_SIGN("BEA01")))
			return true;
	return false;
}

/* The first sector of a file system, or of a table of partitions. */
static bool
disk_boots(struct slice bytes)
{
	return disk_has(bytes, 510, DISK_SIGN("\x55\xaa")) &&
	       (disk_has(bytes, 54, DISK_SIGN("FAT1")) ||
		disk_has(bytes, 82, DISK_SIGN("FAT32")) ||
		disk_has(bytes, 3, DISK_SIGN("NTFS    ")) ||
		disk_has(bytes, 3, DISK_SIGN("EXFAT   ")) ||
		disk_has(bytes, DISK_FOOT, DISK_SIGN("EFI PART")));
}

static bool
disk_is_virtual(struct slice bytes)
{
	size_t foot = bytes.len < DISK_FOOT ? bytes.len
					    : bytes.len - DISK_FOOT;

	return disk_has(bytes, 0, DISK_SIGN("vhdxfile")) ||
	       disk_has(bytes, 0, DISK_SIGN("conectix")) ||
	       disk_has(bytes, foot, DISK_SIGN("conectix")) ||
	       disk_has(bytes, 0, DISK_SIGN("KDMV")) ||
	       disk_has(bytes, 0, DISK_SIGN("QFI\xfb")) ||
	       disk_has(bytes, foot, DISK_SIGN("koly"));
}

bool
disk_is(struct slice bytes)
{
	return disk_is_iso(bytes) || disk_is_udf(bytes) ||
	       disk_is_virtual(bytes) || disk_boots(bytes);
}

bool
disk_is_unread(struct slice bytes)
{
	return disk_is_udf(bytes) || disk_is_virtual(bytes) ||
	       disk_boots(bytes);
}
