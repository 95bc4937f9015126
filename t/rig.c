/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The faults of ispfilter-rigged, which is the program with these in place of
 * nothing: see milter/core/rig.h. `X-Rig: how@place`, where place is parse, the
 * name of a stage, report or answer.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/rig.h"

#define RIG_FIELD "\nX-Rig: "
#define RIG_LOOK 8192 /* bytes of the header that are looked at */
#define RIG_BLOCK ((size_t)1 << 20)
#define RIG_WORK 300 /* milliseconds of the processor */

static volatile unsigned rig_number;

static void
rig_eat(void)
{
	for (;;) {
		volatile char *block = malloc(RIG_BLOCK);

		/* As base/mem.h ends a process that gets none. */
		if (block == NULL)
			_exit(75);
		for (size_t i = 0; i < RIG_BLOCK; i += 4096)
			block[i] = 1;
	}
}

static void
rig_recurse(volatile char *above)
{
	volatile char frame[4096];

	frame[0] = *above;
	rig_recurse(frame);
	rig_number += (unsigned)frame[0];
}

/* As a mail that is large, and good. */
static void
rig_work(void)
{
	clock_t end = clock() + RIG_WORK * CLOCKS_PER_SEC / 1000;

	while (clock() < end)
		rig_number++;
}

static void
rig_fail(struct slice how)
{
	volatile char byte = 0;

	if (slice_is(how, "crash"))
		raise(SIGSEGV);
	else if (slice_is(how, "null"))
		*(volatile char *)(uintptr_t)rig_number = 1;
	else if (slice_is(how, "abort"))
		abort();
	else if (slice_is(how, "stack"))
		rig_recurse(&byte);
	else if (slice_is(how, "call"))
		syscall(SYS_ptrace, 0, 0, 0, 0);
	else if (slice_is(how, "exit"))
		_exit(1);
	else if (slice_is(how, "eat"))
		rig_eat();
	else if (slice_is(how, "loop"))
		for (;;)
			rig_number++;
	else if (slice_is(how, "work"))
		rig_work();
	else if (slice_is(how, "hang"))
		for (;;)
			sleep(1);
}

void
rig_at(const char *place, struct slice message)
{
	struct slice head = slice_cut(message, 0, RIG_LOOK);
	size_t at = slice_search(head, 0, SLICE(RIG_FIELD)), cut;
	struct slice value;

	if (at == head.len)
		return;
	value = slice_from(head, at + strlen(RIG_FIELD));
	value = slice_trim(slice_cut(value, 0, slice_find(value, 0, '\n')));
	cut = slice_find(value, 0, '@');
	if (slice_is(slice_from(value, cut + 1), place))
		rig_fail(slice_cut(value, 0, cut));
}
