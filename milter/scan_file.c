/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the first process: files are opened, handed over, and waited for. What is
 * printed comes in their order.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"
#include "core/report.h"
#include "core/wire.h"
#include "inputs.h"
#include "scan.h"

#define SCAN_STDIN_MAX (1024u * 1024 * 1024)
#define SCAN_ANSWER_MAX (256u * 1024 * 1024)

/* The process that looked into a mail may be the mail's by now. */
static void
scan_write(struct slice text)
{
	struct buf out = BUF(NULL);

	report_shown(&out, text);
	fwrite(out.data, 1, out.len, stdout);
	mem_free(out.data);
}

static void
scan_print(const struct scan *scan, const char *file,
	   const struct verdict *verdict)
{
	struct buf out = BUF(NULL);

	scan_report(scan, file, verdict, 0, &out);
	scan_write(buf_view(&out));
	mem_free(out.data);
}

/* A file that cannot be read still has its line. */
void
scan_unreadable(void *arg, const char *file, const char *why)
{
	struct scan *scan = arg;
	struct verdict *verdict = verdict_new(scan->mem);

	scan_finish(scan);
	verdict_error(verdict, "cannot be read: %s", why);
	verdict_find(verdict, "UNCHECKED");
	if (scan->format == SCAN_JSON)
		scan_print(scan, file, verdict);
	fprintf(stderr, "ispfilter: %s: %s\n", file, why);
	scan->unreadable = true;
	mem_free(verdict);
}

/* The first of those that wait has been told of. */
static void
scan_drop_first(struct scan *scan)
{
	close(scan->items[0].fd);
	mem_free(scan->items[0].file);
	scan->item_count--;
	memmove(scan->items, scan->items + 1,
		scan->item_count * sizeof(*scan->items));
	scan->sent -= scan->sent > 0;
	scan->careful -= scan->careful > 0;
}

/*
 * The process has ended over a message; the next one gets another. If it had
 * several, they are given to it again one by one, to see which it was.
 */
static void
scan_lost(struct scan *scan)
{
	struct verdict *verdict = verdict_new(scan->mem);
	char *how = caged_end(&scan->caged, verdict);
	const char *file = scan->items[0].file;

	if (scan->sent > 1) {
		scan->careful = scan->sent;
		scan->sent = 0;
		mem_free(verdict);
		return;
	}
	verdict_error(verdict, "the inspection ended: %s", how);
	verdict_find(verdict, "UNCHECKED");
	scan_print(scan, file, verdict);
	fprintf(stderr, "ispfilter: %s: the inspection ended: %s\n", file,
		how);
	scan->trouble = true;
	scan_drop_first(scan);
	mem_free(verdict);
}

/* What is to print of the first messages; false: it makes no sense. */
static bool
scan_take(struct scan *scan, struct slice answers)
{
	struct wire wire = { .rest = answers };

	while (wire.rest.len > 0) {
		int64_t flags = wire_number(&wire), len = wire_number(&wire);

		if (wire.bad || len < 0 || (size_t)len > wire.rest.len ||
		    scan->sent == 0)
			return false;
		scan->found |= (flags & SCAN_FOUND) != 0;
		scan->trouble |= (flags & SCAN_TROUBLE) != 0;
		scan_write(slice_cut(wire.rest, 0, (size_t)len));
		wire.rest = slice_from(wire.rest, (size_t)len);
		scan_drop_first(scan);
	}
	return true;
}

/* What the process says until a message is done; false: it ended. */
static bool
scan_hear(struct scan *scan, void *mem)
{
	struct dns *dns = dns_new(mem, policy_dns(scan->policy),
				  scan->dns_time);
	struct frame frame;
	struct err err;

	dns_begin(dns);
	while (frame_receive(scan->caged.sock, mem, SCAN_ANSWER_MAX, false,
			     FRAME_NEVER, &frame, &err) == 1) {
		if (frame.kind == SCAN_DONE)
			return scan_take(scan, frame.data);
		if (dns_serve(dns, scan->caged.sock, &frame, &err) < 0)
			break;
	}
	return false;
}

/* Hands over as many as may be under way; false: there is no process. */
static bool
scan_send(struct scan *scan)
{
	size_t most = scan->careful > 0 ? 1 : scan->ahead;
	struct err err;

	if (scan->caged.pid <= 0 &&
	    caged_start(&scan->caged, policy_config(scan->policy), scan_work,
			scan, &err) < 0) {
		fprintf(stderr, "ispfilter: %s: %s\n", scan->items[0].file,
			err.text);
		return false;
	}
	for (; scan->sent < most && scan->sent < scan->item_count; scan->sent++)
		if (frame_send(scan->caged.sock, SCAN_MAIL,
			       slice_of(scan->items[scan->sent].file),
			       scan->items[scan->sent].fd, FRAME_NEVER,
			       &err) < 0)
			break; /* it has ended, as will be heard */
	return true;
}

/* Until no more than so many wait for an answer. */
static void
scan_wait(struct scan *scan, size_t most)
{
	while (scan->item_count > most) {
		void *mem = mem_context(scan->mem, "answers");

		if (!scan_send(scan)) {
			scan->trouble = true;
			scan_drop_first(scan);
		} else if (!scan_hear(scan, mem)) {
			scan_lost(scan);
		}
		mem_free(mem);
	}
}

void
scan_finish(struct scan *scan)
{
	scan_wait(scan, 0);
}

/* The descriptor is closed when it has been told of. */
static void
scan_open_file(struct scan *scan, const char *file, int fd)
{
	scan->items[scan->item_count++] = (struct scan_item){
		mem_strdup(scan->mem, file), fd
	};
	if (scan->item_count == scan->ahead)
		scan_wait(scan, scan->ahead / 2);
}

/* Standard input as a file that exists in memory only. */
static int
scan_read_stdin(struct err *err)
{
	int fd = memfd_create("stdin", MFD_CLOEXEC);
	size_t all = 0, n;
	char block[65536];

	if (fd < 0)
		return err_errno(err, "cannot make a file in memory");
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0 &&
	       (all += n) < SCAN_STDIN_MAX)
		if (write(fd, block, n) != (ssize_t)n)
			break;
	if (n == 0 && !ferror(stdin))
		return fd;
	close(fd);
	return ferror(stdin) || all < SCAN_STDIN_MAX
		       ? err_errno(err, "standard input")
		       : err_permanent(err, "too long");
}

void
scan_stdin(struct scan *scan)
{
	struct err err;
	int fd = scan_read_stdin(&err);

	if (fd < 0) {
		scan_unreadable(scan, "-", err.text);
		return;
	}
	scan_open_file(scan, "-", fd);
}

void
scan_file(void *arg, const char *file)
{
	struct scan *scan = arg;
	struct err err;
	int fd = inputs_open(file, &err);

	if (fd < 0) {
		scan_unreadable(scan, file, err.text);
		return;
	}
	scan_open_file(scan, file, fd);
}
