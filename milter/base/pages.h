/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

/*
 * Memory that was filled once and is then read by many processes for long:
 * rules, signatures, compiled patterns. In large pages the processor finds it
 * with fewer look-ups of addresses, and fork(2) has less to copy.
 */

/*
 * Moves the private memory of this process to large pages, where the kernel
 * has them and can do that (Linux 6.1); elsewhere nothing happens. It takes a second
 * or two for a gigabyte.
 */
void pages_enlarge(void);

#endif
