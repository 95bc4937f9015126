/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the first process: files are opened, handed over, and waited for. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"
#include "inputs.h"
#include "scan.h"

#define SCAN_STDIN_MAX (1024u * 1024 * 1024)
#define SCAN_ANSWER_MAX (256u * 1024 * 1024)

static void
scan_print(const struct scan *scan, const char *file,
	   const struct verdict *verdict)
{
	struct buf out = BUF(NULL);

	scan_report(scan, file, verdict, 0, &out);
	fwrite(out.data, 1, out.len, stdout);
	mem_free(out.data);
}

/* A file that cannot be read still has its line. */
void
scan_unreadable(void *arg, const char *file, const char *why)
{
	struct scan *scan = arg;
	struct verdict *verdict = verdict_new(scan->mem);

	verdict_error(verdict, "cannot be read: %s", why);
	verdict_find(verdict, "UNCHECKED");
	if (scan->format == SCAN_JSON)
		scan_print(scan, file, verdict);
	fprintf(stderr, "ispfilter: %s: %s\n", file, why);
	scan->unreadable = true;
	mem_free(verdict);
}

/* The process has ended over a message; the next one gets another. */
static void
scan_lost(struct scan *scan, const char *file)
{
	struct verdict *verdict = verdict_new(scan->mem);
	char *how = caged_end(&scan->caged, verdict);

	verdict_error(verdict, "the inspection ended: %s", how);
	verdict_find(verdict, "UNCHECKED");
	scan_print(scan, file, verdict);
	fprintf(stderr, "ispfilter: %s: the inspection ended: %s\n", file,
		how);
	scan->trouble = true;
	mem_free(verdict);
}

/* What the process says until the message is done; false: it ended. */
static bool
scan_hear(struct scan *scan, void *mem, struct dns *dns)
{
	struct frame frame;
	struct err err;

	while (frame_receive(scan->caged.sock, mem, SCAN_ANSWER_MAX, false,
			     FRAME_NEVER, &frame, &err) == 1) {
		if (frame.kind == SCAN_DONE && frame.data.len > 0) {
			scan->found |= (frame.data.data[0] & SCAN_FOUND) != 0;
			scan->trouble |=
				(frame.data.data[0] & SCAN_TROUBLE) != 0;
			fwrite(frame.data.data + 1, 1, frame.data.len - 1,
			       stdout);
			return true;
		}
		if (dns_serve(dns, scan->caged.sock, &frame, &err) < 0)
			break;
	}
	return false;
}

static void
scan_open_file(struct scan *scan, const char *file, int fd)
{
	void *mem = mem_context(scan->mem, "mail");
	struct dns *dns = dns_new(mem, policy_dns(scan->policy),
				  scan->dns_time);
	struct err err;
	bool there = scan->caged.pid > 0 ||
		     caged_start(&scan->caged, policy_config(scan->policy),
				 scan_work, scan, &err) == 0;

	dns_begin(dns);
	if (!there) {
		fprintf(stderr, "ispfilter: %s: %s\n", file, err.text);
		scan->trouble = true;
	} else if (frame_send(scan->caged.sock, SCAN_MAIL, slice_of(file), fd,
			      FRAME_NEVER, &err) < 0 ||
		   !scan_hear(scan, mem, dns)) {
		scan_lost(scan, file);
	}
	mem_free(mem);
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
	close(fd);
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
	close(fd);
}
