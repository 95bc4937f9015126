/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon remembers, over restarts, damage and full disks. */
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "memory.h"

static char *folder, *path;

static struct digest
digest_number(unsigned number)
{
	struct digest digest = { { 0 } };

	memcpy(digest.bytes, &number, sizeof(number));
	return digest;
}

static unsigned
note(struct memory *memory, unsigned number, const char *reason)
{
	struct digest digest = digest_number(number);

	return memory_note(memory, &digest, 1000 + number, reason);
}

static bool
knows(struct memory *memory, unsigned number)
{
	struct digest digest = digest_number(number);

	return memory_find(memory, &digest, NULL);
}

static char *
file_text(void)
{
	char text[65536];
	FILE *file = fopen(path, "re");
	size_t n = fread(text, 1, sizeof(text), file);

	fclose(file);
	return mem_strndup(NULL, text, n);
}

static void
write_file(const char *text, const char *mode)
{
	FILE *file = fopen(path, mode);

	fputs(text, file);
	fclose(file);
}

static void
test_restart(void)
{
	struct digest digest = digest_number(1);
	struct memory *memory = memory_open(path);
	struct memory_entry entry;
	struct digest_key key = *memory_key(memory);
	struct stat stat_;

	tap_ok(!memory_has_size(memory, 1001) && !knows(memory, 1),
	       "it begins empty");
	tap_is_int(note(memory, 1, "crash"), 1, "noted once");
	tap_is_int(note(memory, 1, "hang"), 2, "and again");
	note(memory, 2, "crash");
	tap_ok(memory_has_size(memory, 1001) && !memory_has_size(memory, 1003),
	       "sizes are known");
	tap_ok(stat(path, &stat_) == 0 && (stat_.st_mode & 07777) == 0600,
	       "the file is private");
	memory_close(memory);

	memory = memory_open(path);
	tap_ok(memory_find(memory, &digest, &entry), "known after a restart");
	tap_is_int(entry.count, 2, "how often");
	tap_is(entry.reason, "hang", "why");
	tap_is_int((long long)entry.size, 1001, "its size");
	tap_ok(memcmp(memory_key(memory), &key, sizeof(key)) == 0,
	       "under the same key");
	memory_forget(memory, &digest);
	tap_ok(!knows(memory, 1) && knows(memory, 2), "one is forgotten");
	memory_close(memory);
	memory = memory_open(path);
	tap_ok(!knows(memory, 1) && knows(memory, 2), "for good");
	memory_close(memory);
}

static void
test_bounds(void)
{
	struct memory *memory = memory_open(path);
	struct stat stat_;

	memory_bound(memory, 10, 3600);
	for (unsigned i = 100; i < 3100; i++)
		note(memory, i, "crash");
	tap_ok(knows(memory, 3099) && !knows(memory, 100), "the newest stay");
	tap_ok(stat(path, &stat_) == 0 && stat_.st_size < 100000,
	       "the file is bounded");
	memory_close(memory);
	memory = memory_open(path);
	memory_bound(memory, 10, 3600);
	tap_ok(knows(memory, 3099), "also after a restart");
	memory_bound(memory, 10, -1);
	tap_ok(!knows(memory, 3099), "old ones expire");
	memory_close(memory);
}

static void
test_clock(void)
{
	struct digest digest = digest_number(7);
	char line[200], hex[DIGEST_HEX + 1];
	struct memory_entry entry;
	struct memory *memory = memory_open(path);

	memory_close(memory);
	digest_print(digest.bytes, hex);
	snprintf(line, sizeof(line), "%s 10 %lld %lld 1 crash\n", hex,
		 (long long)clock_wall(), (long long)clock_wall() + 1000000);
	write_file(line, "ae");
	memory = memory_open(path);
	tap_ok(memory_find(memory, &digest, &entry) &&
		       entry.last <= clock_wall(),
	       "what comes from the future is from now");
	memory_close(memory);
}

static void
test_damage(const char *damage, const char *mode, bool is_bad,
	    const char *name)
{
	struct memory *memory;

	unlink(path);
	memory = memory_open(path);
	note(memory, 5, "crash");
	memory_close(memory);
	write_file(damage, mode);
	memory = memory_open(path);
	tap_ok(knows(memory, 5) != is_bad, "%s", name);
	note(memory, 6, "crash");
	memory_close(memory);
	memory = memory_open(path);
	tap_ok(knows(memory, 6), "and it goes on");
	memory_close(memory);
}

static void
test_damages(void)
{
	struct digest_key key = { { 0 } };
	char hex[DIGEST_HEX + 1], text[100];

	digest_print(key.bytes, hex);
	test_damage("rubbish\n", "ae", true, "a line that makes no sense");
	test_damage("0123", "ae", false, "a line that was cut off is dropped");
	test_damage("", "we", true, "an empty file");
	test_damage("\n\n\n", "we", true, "empty lines");
	test_damage("rubbish and no end", "we", true, "one half line");
	snprintf(text, sizeof(text), "ispfilter-memory-1 0.0.0-other %s\n",
		 hex);
	test_damage(text, "we", true, "another version's");
	tap_ok(access(mem_printf(NULL, "%s.bad", path), F_OK) == 0,
	       "a bad file is put aside");
	unlink(path);
	mkdir(path, 0700);
	memory_close(memory_open(path));
	tap_ok(true, "a folder in its place is survived");
	rmdir(path);
}

static void
test_without_file(void)
{
	struct memory *memory = memory_open("/nonexistent/poison");
	char *text;

	note(memory, 1, "crash");
	tap_ok(knows(memory, 1), "it works without a file");
	memory_close(memory);

	memory = memory_open(path);
	note(memory, 1, "crash");
	unlink(path);
	note(memory, 2, "crash");
	memory_close(memory);
	memory = memory_open(path);
	tap_ok(knows(memory, 1) && knows(memory, 2),
	       "a file that was removed is written again");
	memory_close(memory);
	text = file_text();
	tap_ok(strncmp(text, "ispfilter-memory-1 ", 19) == 0, "as it was");
	mem_free(text);
}

static void
test_full_disk(void)
{
	struct memory *memory = memory_open(path);
	struct rlimit none = { 10, RLIM_INFINITY }, all;
	struct stat stat_;
	bool known;

	getrlimit(RLIMIT_FSIZE, &all);
	setrlimit(RLIMIT_FSIZE, &none);
	note(memory, 77, "crash");
	known = knows(memory, 77);
	setrlimit(RLIMIT_FSIZE, &all);
	tap_ok(known, "with a full disk it still knows");
	note(memory, 78, "crash");
	memory_close(memory);
	tap_ok(stat(mem_printf(NULL, "%s.new", path), &stat_) < 0,
	       "no draft stays behind");
	memory = memory_open(path);
	tap_ok(knows(memory, 77) && knows(memory, 78),
	       "and writes it down when there is room again");
	memory_close(memory);
}

static void
test_admin(void *mem)
{
	struct memory *memory, *peek;
	struct memory_entry *entries;
	struct err err;
	size_t count;

	unlink(path);
	tap_ok(memory_peek(path, &err) == NULL, "nothing to list");
	memory = memory_open(path);
	note(memory, 1, "crash");
	note(memory, 2, "loop");
	peek = memory_peek(path, &err);
	count = memory_list(peek, mem, &entries);
	tap_is_int((long long)count, 2, "an admin lists two");
	for (size_t i = 0; i < count; i++)
		if (entries[i].size == 1001)
			tap_is_int(memory_tell_forget(path, &entries[i], &err),
				   0, "and has one forgotten");
	memory_close(peek);
	tap_ok(!knows(memory, 1) && knows(memory, 2), "the daemon has read it");
	tap_is_int(note(memory, 1, "crash"), 1, "it may come again");
	memory_close(memory);
}

static void *
thread(void *arg)
{
	struct memory *memory = arg;

	for (unsigned i = 0; i < 2000; i++) {
		struct digest digest = digest_number(i % 50);

		note(memory, i % 50, "crash");
		memory_has_size(memory, i);
		if (i % 7 == 0)
			memory_forget(memory, &digest);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct memory *memory;
	pthread_t threads[4];

	unlink(path);
	memory = memory_open(path);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, thread, memory);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	memory_close(memory);
	memory = memory_open(path);
	tap_ok(knows(memory, 48), "four threads leave a file that is well");
	memory_close(memory);
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");
	char template[] = "/tmp/ispfilter-memory-XXXXXX";

	signal(SIGXFSZ, SIG_IGN);
	folder = mkdtemp(template);
	path = mem_printf(mem, "%s/poison", folder);
	test_restart();
	test_bounds();
	test_clock();
	test_damages();
	test_without_file();
	test_full_disk();
	test_admin(mem);
	test_threads();
	unlink(path);
	unlink(mem_printf(mem, "%s.bad", path));
	tap_ok(rmdir(folder) == 0, "nothing is left behind");
	mem_free(mem);
	return tap_done();
}
