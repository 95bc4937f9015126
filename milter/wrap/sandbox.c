/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libseccomp, and the order in which the cage closes: what looks at files comes
 * first, the filter of system calls last.
 */
#include "wrap/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/landlock.h"
#include "base/sanitizer.h"

#define SANDBOX_NEW_NAMESPACES                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* What reading, computing and answering needs. */
static const int sandbox_allowed[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64),
	SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
	SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendto),
	SCMP_SYS(recvfrom), SCMP_SYS(shutdown),
	/* files: where they may lie is Landlock's to say */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(fstat), SCMP_SYS(stat64),
	SCMP_SYS(lstat64), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getdents),
	SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(fadvise64),
	SCMP_SYS(fadvise64_64), SCMP_SYS(flock), SCMP_SYS(umask),
	SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	/* memory; mmap and mprotect have rules of their own */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	/* itself, time, signals */
	SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
	SCMP_SYS(getrusage), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What libraries try and can do without. */
static const int sandbox_refused[] = {
	SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
	SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown),
	SCMP_SYS(fchownat), SCMP_SYS(utimensat), SCMP_SYS(utime),
	SCMP_SYS(utimes), SCMP_SYS(symlink), SCMP_SYS(symlinkat),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(chdir), SCMP_SYS(fchdir),
	SCMP_SYS(getxattr),
	SCMP_SYS(creat), SCMP_SYS(truncate), SCMP_SYS(pipe),
	SCMP_SYS(membarrier), SCMP_SYS(copy_file_range), SCMP_SYS(sendfile),
	SCMP_SYS(pipe2),
};

/* What the nursery does beside that. */
static const int sandbox_nursery[] = {
	SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(kill), SCMP_SYS(tgkill),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address),
	/* the inspectors' own cages */
	SCMP_SYS(seccomp), SCMP_SYS(prctl), SCMP_SYS(setrlimit),
	SCMP_SYS(prlimit64),
	SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule),
	SCMP_SYS(landlock_restrict_self),
};

#define SANDBOX_COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SANDBOX_MASKED(arg, mask, value)                                       \
	SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask),                \
		 (scmp_datum_t)(value))
#define SANDBOX_IS(arg, value) SCMP_CMP(arg, SCMP_CMP_EQ, (scmp_datum_t)(value))

struct sandbox_filter {
	scmp_filter_ctx context;
	int failure; /* the first one, as -errno */
};

static void
sandbox_rules(struct sandbox_filter *filter, uint32_t action, const int *calls,
	      size_t count)
{
	for (size_t i = 0; i < count && filter->failure == 0; i++)
		filter->failure = seccomp_rule_add(filter->context, action,
						   calls[i], 0);
}

#define SANDBOX_RULE(filter, action, call, ...)                                \
	do {                                                                   \
		const struct scmp_arg_cmp args[] = { __VA_ARGS__ };            \
		if ((filter)->failure == 0)                                    \
			(filter)->failure = seccomp_rule_add_array(            \
				(filter)->context, action, SCMP_SYS(call),     \
				SANDBOX_COUNT(args), args);                    \
	} while (0)

/* Private memory alone, so that RLIMIT_DATA counts it, and never new code. */
static void
sandbox_memory_rules(struct sandbox_filter *filter)
{
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, mmap,
		     SANDBOX_MASKED(2, PROT_EXEC, 0),
		     SANDBOX_MASKED(3, MAP_TYPE, MAP_PRIVATE));
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(EACCES), mmap,
		     SANDBOX_MASKED(2, PROT_EXEC, PROT_EXEC));
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(EACCES), mmap,
		     SANDBOX_MASKED(2, PROT_EXEC, 0),
		     SANDBOX_MASKED(3, MAP_TYPE, MAP_SHARED));
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, mprotect,
		     SANDBOX_MASKED(2, PROT_EXEC, 0));
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(EACCES), mprotect,
		     SANDBOX_MASKED(2, PROT_EXEC, PROT_EXEC));
}

/*
 * Libraries that would compute in several threads are told that there are none
 * on this system, upon which they do it in the one they have: Debian 13's
 * libclamav does so for pictures. (clone3(2) tells a filter nothing of what it is
 * to do; the C library then asks clone(2).)
 */
static void
sandbox_thread_rules(struct sandbox_filter *filter)
{
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(ENOSYS), clone3);
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(ENOSYS), clone,
		     SANDBOX_MASKED(0, SANDBOX_NEW_NAMESPACES | CLONE_VM,
				    CLONE_VM));
}

/* syslog(3) opens its socket again when the log server was away; it may fail,
 * but not kill. isatty(3) is a question. */
static void
sandbox_probe_rules(struct sandbox_filter *filter)
{
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(EPERM), socket,
		     SANDBOX_IS(0, AF_UNIX),
		     SANDBOX_MASKED(1, ~(unsigned)(SOCK_CLOEXEC |
						 SOCK_NONBLOCK),
				    SOCK_DGRAM));
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, ioctl, SANDBOX_IS(1, TCGETS));
	SANDBOX_RULE(filter, SCMP_ACT_ERRNO(EPERM), ioctl,
		     SCMP_CMP(1, SCMP_CMP_NE, TCGETS));
}

static void
sandbox_nursery_rules(struct sandbox_filter *filter)
{
	sandbox_rules(filter, SCMP_ACT_ALLOW, sandbox_nursery,
		      SANDBOX_COUNT(sandbox_nursery));
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, socketpair,
		     SANDBOX_IS(0, AF_UNIX));
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, clone,
		     SANDBOX_MASKED(0, SANDBOX_NEW_NAMESPACES | CLONE_VM, 0));
}

/* An inspector may die of its own will, and set the time for the next mail. */
static void
sandbox_reader_rules(struct sandbox_filter *filter)
{
	static const int refused[] = { SCMP_SYS(prctl) };

	sandbox_rules(filter, SCMP_ACT_ERRNO(EPERM), refused, 1);
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, tgkill, SANDBOX_IS(0, getpid()));
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, prlimit64, SANDBOX_IS(0, 0),
		     SANDBOX_IS(1, RLIMIT_CPU));
	SANDBOX_RULE(filter, SCMP_ACT_ALLOW, prlimit64, SANDBOX_IS(0, 0),
		     SANDBOX_IS(2, 0));
}

/* A command has nobody else to end a child that takes too long. */
static void
sandbox_command_rules(struct sandbox_filter *filter)
{
	static const int allowed[] = { SCMP_SYS(alarm), SCMP_SYS(setitimer) };

	sandbox_reader_rules(filter);
	sandbox_rules(filter, SCMP_ACT_ALLOW, allowed, SANDBOX_COUNT(allowed));
}

static int
sandbox_filter(enum sandbox_role role, struct err *err)
{
	struct sandbox_filter filter = {
		.context = seccomp_init(SCMP_ACT_KILL_PROCESS),
	};

	if (filter.context == NULL)
		return err_temporary(err, "libseccomp cannot make a filter");
	filter.failure = seccomp_attr_set(filter.context,
					  SCMP_FLTATR_ACT_BADARCH,
					  SCMP_ACT_KILL_PROCESS);
	sandbox_rules(&filter, SCMP_ACT_ALLOW, sandbox_allowed,
		      SANDBOX_COUNT(sandbox_allowed));
	sandbox_rules(&filter, SCMP_ACT_ERRNO(EPERM), sandbox_refused,
		      SANDBOX_COUNT(sandbox_refused));
	sandbox_memory_rules(&filter);
	sandbox_probe_rules(&filter);
	sandbox_thread_rules(&filter);
	if (role == SANDBOX_NURSERY)
		sandbox_nursery_rules(&filter);
	else if (role == SANDBOX_COMMAND)
		sandbox_command_rules(&filter);
	else
		sandbox_reader_rules(&filter);
	if (filter.failure == 0)
		filter.failure = seccomp_load(filter.context);
	seccomp_release(filter.context);
	errno = -filter.failure;
	if (filter.failure != 0)
		return err_errno(err, "cannot filter system calls");
	return 0;
}

/*
 * Compilers of patterns leave pages that can be written to and run. When all is
 * compiled, what can be run need not be written to any more.
 */
static int
sandbox_seal_code(struct err *err)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512], rights[8];
	int result = 0;

	if (maps == NULL)
		return err_errno(err, "cannot read /proc/self/maps");
	while (result == 0 && fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3 &&
		    strncmp(rights, "rwx", 3) == 0 &&
		    mprotect((void *)start, end - start,
			     PROT_READ | PROT_EXEC) < 0)
			result = err_errno(err, "cannot seal compiled code");
	fclose(maps);
	return result;
}

bool
sandbox_is_built(void)
{
	return !IS_SANITIZED;
}

bool
sandbox_is_full(void)
{
	return landlock_is_there();
}

/* Without TZ the C library looks whether /etc/localtime has changed, and takes
 * UTC when it cannot look. */
void
sandbox_prepare(void)
{
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
}

int
sandbox_enter(const struct sandbox *sandbox, struct err *err)
{
	if (IS_SANITIZED)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_errno(err, "cannot give up privileges");
	if (sandbox->role != SANDBOX_INSPECTOR && sandbox_seal_code(err) < 0)
		return -1;
	if (!sandbox->no_landlock && landlock_is_there() &&
	    landlock_confine(sandbox->scratch, err) < 0)
		return -1;
	return sandbox_filter(sandbox->role, err);
}
