/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library for LD_PRELOAD that has the Nth call of a function fail once, and
 * moves the wall clock. What and when stands in a page of a file that the test
 * writes and all processes see; it is named by $FAULTS. With
 * $FAULTS_NO_LANDLOCK the kernel looks as if it had none. For tests alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum fault_call {
	FAULT_MALLOC = 1, FAULT_READ, FAULT_WRITE, FAULT_OPEN, FAULT_MMAP,
	FAULT_POLL, FAULT_SENDMSG, FAULT_RECVMSG, FAULT_MEMFD, FAULT_THREAD,
	FAULT_FORK, FAULT_SOCKETPAIR, FAULT_PREAD, FAULT_FSYNC, FAULT_SEND,
	FAULT_RECV, FAULT_FSTAT, FAULT_FCNTL,
};

enum fault_role { FAULT_DAEMON = 1, FAULT_NURSERY, FAULT_INSPECTOR };

struct fault_page {
	volatile int32_t role, call, countdown, fired;
	volatile int64_t clock; /* seconds that the wall clock is ahead */
};

static struct fault_page *fault_page;
static pid_t fault_nursery; /* 0: this is the daemon */

static __attribute__((constructor)) void
fault_open(void)
{
	const char *path = getenv("FAULTS");
	char line[256] = "";
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	FILE *file;
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	file = fopen("/proc/self/cmdline", "re");
	if (file != NULL) {
		size_t n = fread(line, 1, sizeof(line) - 1, file);

		fclose(file);
		for (size_t i = 0; i + 1 < n; i++)
			if (line[i] == '\0')
				line[i] = ' ';
	}
	if (strstr(line, " nursery ") != NULL)
		fault_nursery = getpid();
	if (map != MAP_FAILED)
		fault_page = map;
}

static int
fault_role(void)
{
	if (fault_nursery == 0)
		return FAULT_DAEMON;
	return fault_nursery == getpid() ? FAULT_NURSERY : FAULT_INSPECTOR;
}

/* True if this call is the one that fails. */
static int
fault_now(enum fault_call call)
{
	struct fault_page *page = fault_page;

	if (page == NULL || page->call != (int32_t)call ||
	    page->role != fault_role() ||
	    __atomic_sub_fetch(&page->countdown, 1, __ATOMIC_SEQ_CST) != 0)
		return 0;
	page->fired = 1;
	return 1;
}

#define FAULT_REAL(name)                                                       \
	static __typeof__(&name) real;                                         \
	if (real == NULL)                                                      \
	real = (__typeof__(real))dlsym(RTLD_NEXT, #name)

#define FAULT(call, error, result)                                             \
	if (fault_now(call)) {                                                 \
		errno = (error);                                               \
		return result;                                                 \
	}

extern void *__libc_malloc(size_t n);

void *
malloc(size_t n)
{
	FAULT(FAULT_MALLOC, ENOMEM, NULL);
	return __libc_malloc(n);
}

extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t n);

void *
calloc(size_t n, size_t size)
{
	FAULT(FAULT_MALLOC, ENOMEM, NULL);
	return __libc_calloc(n, size);
}

void *
realloc(void *old, size_t n)
{
	FAULT(FAULT_MALLOC, ENOMEM, NULL);
	return __libc_realloc(old, n);
}

ssize_t
read(int fd, void *data, size_t n)
{
	FAULT_REAL(read);
	FAULT(FAULT_READ, EIO, -1);
	return real(fd, data, n);
}

ssize_t
recv(int sock, void *data, size_t n, int flags)
{
	FAULT_REAL(recv);
	FAULT(FAULT_RECV, ENOMEM, -1);
	return real(sock, data, n, flags);
}

ssize_t
send(int sock, const void *data, size_t n, int flags)
{
	FAULT_REAL(send);
	FAULT(FAULT_SEND, ENOBUFS, -1);
	return real(sock, data, n, flags);
}

ssize_t
pread(int fd, void *data, size_t n, off_t at)
{
	FAULT_REAL(pread);
	FAULT(FAULT_PREAD, EIO, -1);
	return real(fd, data, n, at);
}

ssize_t
write(int fd, const void *data, size_t n)
{
	FAULT_REAL(write);
	FAULT(FAULT_WRITE, ENOSPC, -1);
	return real(fd, data, n);
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	FAULT_REAL(open);
	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	FAULT(FAULT_OPEN, EMFILE, -1);
	return real(path, flags, mode);
}

void *
mmap(void *at, size_t n, int rights, int flags, int fd, off_t offset)
{
	FAULT_REAL(mmap);
	FAULT(FAULT_MMAP, ENOMEM, MAP_FAILED);
	return real(at, n, rights, flags, fd, offset);
}

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	FAULT_REAL(poll);
	FAULT(FAULT_POLL, ENOMEM, -1);
	return real(fds, n, timeout);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	FAULT_REAL(sendmsg);
	FAULT(FAULT_SENDMSG, ENOBUFS, -1);
	return real(fd, message, flags);
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	FAULT_REAL(recvmsg);
	FAULT(FAULT_RECVMSG, ENOMEM, -1);
	return real(fd, message, flags);
}

int
fstat(int fd, struct stat *info)
{
	FAULT_REAL(fstat);
	FAULT(FAULT_FSTAT, EIO, -1);
	return real(fd, info);
}

int
fcntl(int fd, int command, ...)
{
	va_list args;
	void *arg;

	FAULT_REAL(fcntl);
	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	FAULT(FAULT_FCNTL, EINVAL, -1);
	return real(fd, command, arg);
}

int
memfd_create(const char *name, unsigned flags)
{
	FAULT_REAL(memfd_create);
	FAULT(FAULT_MEMFD, EMFILE, -1);
	return real(name, flags);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
	       void *(*run)(void *), void *arg)
{
	FAULT_REAL(pthread_create);
	FAULT(FAULT_THREAD, EAGAIN, EAGAIN);
	return real(thread, attributes, run, arg);
}

pid_t
fork(void)
{
	FAULT_REAL(fork);
	FAULT(FAULT_FORK, EAGAIN, -1);
	return real();
}

int
socketpair(int domain, int type, int protocol, int pair[2])
{
	FAULT_REAL(socketpair);
	FAULT(FAULT_SOCKETPAIR, EMFILE, -1);
	return real(domain, type, protocol, pair);
}

int
fsync(int fd)
{
	FAULT_REAL(fsync);
	FAULT(FAULT_FSYNC, EIO, -1);
	return real(fd);
}

long
syscall(long number, ...)
{
	long a[6];
	va_list args;

	FAULT_REAL(syscall);
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_landlock_create_ruleset &&
	    getenv("FAULTS_NO_LANDLOCK") != NULL) {
		errno = ENOSYS;
		return -1;
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result;

	FAULT_REAL(clock_gettime);
	result = real(clock, now);
	if (result == 0 && clock == CLOCK_REALTIME && fault_page != NULL)
		now->tv_sec += fault_page->clock;
	return result;
}

time_t
time(time_t *where)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (where != NULL)
		*where = now.tv_sec;
	return now.tv_sec;
}
