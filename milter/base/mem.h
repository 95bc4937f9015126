/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_MEM_H
#define BASE_MEM_H

/*
 * Memory owned by scope: every allocation hangs below an owner and goes with
 * it. A function that allocates takes the owner first, as `mem`. Running out
 * of memory ends the process (limits on size come first), so no caller checks.
 *
 * This is talloc under names of our own. One tree must be used by one thread
 * at a time.
 */

#include <stddef.h>

#define mem_new(mem, type) ((type *)mem_zero((mem), sizeof(type), 1, #type))
#define mem_array(mem, type, n)                                                \
	((type *)mem_zero((mem), sizeof(type), (n), #type))
/* For what is written before it is read: not zeroed. */
#define mem_room(mem, type, n) mem_resize((mem), (type *)NULL, (n))
/* Grows or shrinks an array; new elements are not zeroed. */
#define mem_resize(mem, array, n)                                              \
	((__typeof__(array))mem_realloc((mem), (array), sizeof(*(array)), (n)))

/* An empty owner to hang things below; parent may be NULL. */
void *mem_context(void *parent, const char *name);
/*
 * The same with so many bytes in store, from which all that hangs below it is
 * taken as long as they last; they come back when all of it is gone, or the
 * last of it. For many short lives, one after the other.
 */
void *mem_pool(void *parent, size_t size);
void *mem_zero(void *mem, size_t size, size_t count, const char *name);
void *mem_realloc(void *mem, void *old, size_t size, size_t count);
char *mem_strdup(void *mem, const char *s);           /* NULL gives NULL */
char *mem_strndup(void *mem, const char *s, size_t n); /* adds a NUL */
void *mem_copy(void *mem, const void *data, size_t n);
char *mem_printf(void *mem, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Frees ptr and all below it; NULL does nothing. */
void mem_free(void *ptr);
/* Gives ptr a new owner; returns ptr. */
void *mem_steal(void *mem, void *ptr);
/* destroy(ptr) runs when ptr is freed: the bytes of *ptr are still there, what
 * hangs below it may be gone already. */
void mem_on_free(void *ptr, void (*destroy)(void *ptr));
/* Bytes of ptr and all below it. */
size_t mem_total(const void *ptr);

/* Makes room for one more element of a list that doubles: 8, 16, 32 ... */
#define mem_grow(mem, array, used)                                             \
	do {                                                                   \
		if (((used) & ((used) - 1)) == 0 &&                    \
		    ((used) == 0 || (used) >= 8))                      \
			(array) = mem_resize((mem), (array),                   \
					     (used) ? 2 * (used) : 8);         \
	} while (0)

#endif
