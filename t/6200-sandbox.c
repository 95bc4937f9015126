/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cage, tried from inside: each attempt is made by a process of its own
 * that has entered it as an inspector does, and must either fail or end that
 * process. Root, if that is who runs the test, is no exception.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/frame.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "wrap/regex.h"
#include "wrap/sandbox.h"

static char outside[64], scratch[80], other[80]; /* folders; a file outside */
static pid_t bystander;
static int ends[2]; /* of a pair of sockets */
static int held; /* a memfd that came from elsewhere */

/* Each returns less than 0, with errno, if it is refused. */

static int
try_exec(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return execve("/bin/true", argv, environ);
}

static int
try_execveat(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return (int)syscall(SYS_execveat, held, "", argv, environ,
			    AT_EMPTY_PATH);
}

static int
try_read_outside(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int
try_read_sideways(void)
{
	int folder = open(scratch, O_RDONLY | O_DIRECTORY);

	return openat(folder, "../other", O_RDONLY);
}

static int
try_list_outside(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static int
try_write_outside(void)
{
	return open(other, O_WRONLY | O_APPEND);
}

static int
try_create_outside(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/new", outside);
	return open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static int
try_truncate_outside(void)
{
	return truncate(other, 0);
}

static int
try_unlink_outside(void)
{
	return unlink(other);
}

static int
try_rename_outside(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/moved", scratch);
	return rename(other, path);
}

static int
try_mkdir_outside(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/folder", outside);
	return mkdir(path, 0700);
}

static int
try_link(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/link", scratch);
	return link(other, path);
}

static int
try_symlink(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/link", scratch);
	return symlink("/etc/passwd", path);
}

static int
try_device(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/fifo", scratch);
	return mkfifo(path, 0600);
}

static int
try_chmod(void)
{
	return chmod(other, 0666);
}

static int
try_chown(void)
{
	return chown(other, 0, 0);
}

static int
try_chroot(void)
{
	return chroot(scratch);
}

static int
try_parent_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)getppid());
	return open(path, O_RDONLY);
}

static int
try_parent_vm(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &held, 1 };

	return (int)syscall(SYS_process_vm_readv, getppid(), &here, 1, &there,
			    1, 0);
}

static int
try_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
try_inet6_udp(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0);
}

static int
try_unix_stream(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
try_unix_datagram(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int
try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int
try_connect(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};

	return connect(held, (struct sockaddr *)&address, sizeof(address));
}

static int
try_bind(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	return bind(held, (struct sockaddr *)&address, sizeof(address));
}

static int
try_ptrace(void)
{
	return (int)ptrace(PTRACE_ATTACH, bystander, NULL, NULL);
}

static int
try_kill(void)
{
	return kill(bystander, SIGTERM);
}

static int
try_tgkill(void)
{
	return (int)syscall(SYS_tgkill, bystander, bystander, SIGTERM);
}

static int
try_pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, bystander, 0);
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int
try_vfork(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static int
try_clone3(void)
{
	uint64_t args[8] = { [4] = SIGCHLD };

	return (int)syscall(SYS_clone3, args, sizeof(args));
}

static void *
thread_run(void *argument)
{
	return argument;
}

static int
try_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, thread_run, NULL);
	return errno == 0 ? 0 : -1;
}

static int
try_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
try_setuid(void)
{
	return setuid(0);
}

static int
try_setgroups(void)
{
	return (int)syscall(SYS_setgroups, 0, NULL);
}

static int
try_mount(void)
{
	return mount("none", scratch, "tmpfs", 0, NULL);
}

static int
try_raise_limit(void)
{
	struct rlimit more = { 4096, 4096 };

	return setrlimit(RLIMIT_NOFILE, &more);
}

static int
try_limit_other(void)
{
	struct rlimit less = { 1, 1 };

	return (int)syscall(SYS_prlimit64, bystander, RLIMIT_CPU, &less, NULL);
}

static int
try_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int
try_survive_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static int
try_bpf(void)
{
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0);
}

static int
try_io_uring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int
try_userfaultfd(void)
{
	return (int)syscall(SYS_userfaultfd, 0);
}

static int
try_keys(void)
{
	return (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static int
try_memfd(void)
{
	return memfd_create("more", 0);
}

static int
try_terminal(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int
try_new_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : 0;
}

static int
try_turn_data_to_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int
try_uncounted_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : 0;
}

static int
try_32_bits(void)
{
#ifdef __x86_64__
	long result;

	/* getpid of i386, whose number is writev's here */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return (int)result;
#else
	errno = ENOSYS;
	return -1;
#endif
}

static const struct attempt {
	const char *name;
	int (*attempt)(void);
	bool by_landlock; /* alone; without it, it is possible */
} attempts[] = {
	{ "execve", try_exec, false },
	{ "execveat of a memfd", try_execveat, false },
	{ "reading /etc/passwd", try_read_outside, true },
	{ "reading beside the scratch folder", try_read_sideways, true },
	{ "listing /", try_list_outside, true },
	{ "writing outside", try_write_outside, true },
	{ "a new file outside", try_create_outside, true },
	{ "truncating outside", try_truncate_outside, false },
	{ "removing outside", try_unlink_outside, true },
	{ "moving in from outside", try_rename_outside, true },
	{ "a new folder outside", try_mkdir_outside, true },
	{ "a hard link", try_link, false },
	{ "a symbolic link", try_symlink, false },
	{ "a fifo", try_device, false },
	{ "chmod", try_chmod, false },
	{ "chown", try_chown, false },
	{ "chroot", try_chroot, false },
	{ "the parent's memory", try_parent_memory, true },
	{ "process_vm_readv of the parent", try_parent_vm, false },
	{ "a TCP socket", try_inet, false },
	{ "a UDP socket", try_inet6_udp, false },
	{ "a unix stream socket", try_unix_stream, false },
	{ "a unix datagram socket", try_unix_datagram, false },
	{ "a netlink socket", try_netlink, false },
	{ "connect", try_connect, false },
	{ "bind", try_bind, false },
	{ "ptrace", try_ptrace, false },
	{ "kill of another process", try_kill, false },
	{ "tgkill of another process", try_tgkill, false },
	{ "pidfd_open", try_pidfd, false },
	{ "fork", try_fork, false },
	{ "clone", try_vfork, false },
	{ "clone3", try_clone3, false },
	{ "a thread", try_thread, false },
	{ "unshare", try_unshare, false },
	{ "setuid", try_setuid, false },
	{ "setgroups", try_setgroups, false },
	{ "mount", try_mount, false },
	{ "another limit", try_raise_limit, false },
	{ "a limit for another process", try_limit_other, false },
	{ "becoming dumpable", try_dumpable, false },
	{ "surviving the parent", try_survive_parent, false },
	{ "bpf", try_bpf, false },
	{ "io_uring", try_io_uring, false },
	{ "userfaultfd", try_userfaultfd, false },
	{ "keyctl", try_keys, false },
	{ "memfd_create", try_memfd, false },
	{ "typing into the terminal", try_terminal, false },
	{ "memory to write and run", try_new_code, false },
	{ "data made executable", try_turn_data_to_code, false },
	{ "shared memory", try_uncounted_memory, false },
	{ "calls of another architecture", try_32_bits, false },
};

/* What an inspector does all day. Each returns less than 0 on failure. */

static int
can_use_scratch(void)
{
	char path[128], name[128], bytes[8] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/folder", scratch);
	snprintf(name, sizeof(name), "%s/folder/file", scratch);
	if (mkdir(path, 0700) < 0)
		return -1;
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 0600);
	if (write(fd, "bytes", 5) != 5 || pread(fd, bytes, 8, 0) != 5 ||
	    close(fd) < 0)
		return -1;
	fd = open(name, O_RDONLY);
	if (fd < 0 || close(fd) < 0 || folder_size(scratch, 1 << 20) <= 0)
		return -1;
	return folder_clear(scratch, NULL) < 0 || access(path, F_OK) == 0 ? -1
									   : 0;
}

static int
can_read_what_it_holds(void)
{
	const char *map = mmap(NULL, 5, PROT_READ, MAP_PRIVATE, held, 0);

	return map != MAP_FAILED && memcmp(map, "held\n", 5) == 0 ? 0 : -1;
}

static int
can_have_memory(void)
{
	char *bytes = mem_array(NULL, char, 64 << 20);

	memset(bytes, 1, 64 << 20);
	bytes = mem_resize(NULL, bytes, (size_t)128 << 20);
	mem_free(bytes);
	return 0;
}

static int
can_tell_time(void)
{
	struct timespec now;
	struct tm tm;
	char text[64];

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	localtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Z", &tm);
	localtime_r(&now.tv_sec, &tm);
	return strcmp(tm.tm_zone, "TST") == 0 && tm.tm_gmtoff == 18000 ? 0 : -1;
}

static int
can_send(void)
{
	struct frame frame;
	struct err err;

	if (frame_send(ends[0], 7, SLICE("verdict"), -1, FRAME_NEVER, &err) < 0)
		return -1;
	return frame_receive(ends[1], NULL, 100, true, FRAME_NEVER, &frame,
			     &err) == 1
		       ? 0
		       : -1;
}

static int
can_match(void)
{
	struct err err;
	struct regex_scratch *own = regex_scratch_new(NULL);
	struct regex *regex = regex_compile(NULL, SLICE("a+b"), 0, &err);

	return regex_match(regex, own, SLICE("xaab"), 0) == REGEX_YES ? 0 : -1;
}

static int
can_set_its_time(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CPU, &limit) < 0)
		return -1;
	limit.rlim_cur = 1000;
	return setrlimit(RLIMIT_CPU, &limit);
}

static const struct attempt abilities[] = {
	{ "files in the scratch folder", can_use_scratch, false },
	{ "a message it was given", can_read_what_it_holds, false },
	{ "memory", can_have_memory, false },
	{ "clock and time zone", can_tell_time, false },
	{ "frames over a socket", can_send, false },
	{ "regular expressions", can_match, false },
	{ "the time for one mail", can_set_its_time, false },
};

#define CAGE_FAILED 99

static void
enter(enum sandbox_role role, bool no_landlock)
{
	const struct sandbox sandbox = {
		.role = role,
		.scratch = scratch,
		.no_landlock = no_landlock,
	};
	struct err err;

	if (sandbox_enter(&sandbox, &err) == 0)
		return;
	tap_note("%s", err.text);
	_exit(CAGE_FAILED);
}

_Noreturn static void
run_inside(const struct attempt *attempt, bool no_landlock, bool nested)
{
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t pid = 0;

	setrlimit(RLIMIT_CORE, &none);
	if (nested) {
		enter(SANDBOX_NURSERY, no_landlock);
		pid = fork();
		if (pid > 0 && waitpid(pid, &status, 0) == pid) {
			if (WIFSIGNALED(status))
				kill(getpid(), WTERMSIG(status));
			_exit(WEXITSTATUS(status));
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	enter(SANDBOX_INSPECTOR, no_landlock);
	errno = 0;
	status = attempt->attempt();
	_exit(status >= 0 ? 0 : errno == 0 ? 98 : errno);
}

/* How it ended: 0 it was done, > 0 errno, < 0 a signal. */
static int
outcome(const struct attempt *attempt, bool no_landlock, bool nested)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		run_inside(attempt, no_landlock, nested);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
check_refused(const struct attempt *attempt, bool no_landlock, bool nested)
{
	int got = no_landlock && attempt->by_landlock
			  ? 0
			  : outcome(attempt, no_landlock, nested);
	bool refused = got == -SIGSYS || got == EPERM || got == EACCES ||
		       got == EXDEV || got == ENOSYS;

	if (no_landlock && attempt->by_landlock)
		return;
	tap_ok(refused, "%s is refused: %s", attempt->name,
	       got == -SIGSYS ? "it ends the process" : strerror(abs(got)));
}

static void
check_all(const char *what, bool no_landlock, bool nested)
{
	tap_note("%s", what);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
		check_refused(&attempts[i], no_landlock, nested);
	for (size_t i = 0; i < sizeof(abilities) / sizeof(*abilities); i++) {
		int got = outcome(&abilities[i], no_landlock, nested);

		tap_ok(got == 0, "%s: there (%d)", abilities[i].name, got);
	}
}

/* Without a cage each attempt that needs no rights succeeds: the test can
 * tell the difference. */
static void
check_outside(void)
{
	tap_ok(try_read_outside() >= 0 && try_inet() >= 0 &&
		       try_new_code() >= 0,
	       "outside the cage it can be done");
	tap_is_int(access(other, F_OK), 0, "the file outside is still there");
	tap_is_int(kill(bystander, 0), 0, "so is the other process");
}

static void
make_world(void)
{
	int fd;

	snprintf(outside, sizeof(outside), "/tmp/isp-sandbox-XXXXXX");
	if (mkdtemp(outside) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	snprintf(scratch, sizeof(scratch), "%s/scratch", outside);
	snprintf(other, sizeof(other), "%s/other", outside);
	mkdir(scratch, 0700);
	fd = open(other, O_WRONLY | O_CREAT, 0600);
	close(fd);
	held = memfd_create("message", 0);
	if (write(held, "held\n", 5) != 5)
		abort();
	bystander = fork();
	if (bystander == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	setenv("TZ", "TST-5", 1);
}

int
main(void)
{
	if (!sandbox_is_built()) {
		tap_skip("sanitizers do not bear a sandbox");
		return tap_done();
	}
	make_world();
	sandbox_prepare();
	regex_freeze();
	if (landlock_is_there()) {
		check_all("an inspector below its nursery", false, true);
		check_all("an inspector alone", false, false);
	} else {
		tap_skip("this kernel has no Landlock");
	}
	check_all("on a kernel without Landlock", true, true);
	check_outside();
	kill(bystander, SIGKILL);
	waitpid(bystander, NULL, 0);
	folder_remove(outside);
	return tap_done();
}
