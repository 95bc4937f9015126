/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Time that never jumps (deadlines, durations) and time of day. */

#include <stdint.h>

int64_t clock_ms(void); /* monotonic, milliseconds */
int64_t clock_us(void); /* monotonic, microseconds */
int64_t clock_ns(void); /* the same, nanoseconds */
/* clock_us() as it was up to ten milliseconds ago; costs next to nothing. */
int64_t clock_about_us(void);
/* Milliseconds left until a clock_ms() deadline, at least 0; fits poll(2). */
int clock_left(int64_t deadline);
int64_t clock_wall(void); /* seconds since 1970 */
/* CPU time of this thread in microseconds. */
int64_t clock_cpu_us(void);

#endif
