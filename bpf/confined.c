// SPDX-License-Identifier: GPL-2.0-or-later
#include "confined.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Who owns nothing: the kernel's overflow id, and nobody's in every distribution. */
enum { NOBODY = 65534, MEMORY = 1 << 30, STEP = 64 << 10 };

/* Exit codes of the child before it is the program. */
enum { EXIT_PRIVILEGES = 125, EXIT_MISSING = 127 };

/* --- in the child: system calls only, as other threads' locks may be held --- */

static bool drop_privileges(void)
{
	/* glibc's functions would do it for all threads, and there are none any more */
	return !syscall(SYS_setgroups, 0, NULL) &&
	       !syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) &&
	       !syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) &&
	       !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static bool limit(int what, rlim_t most)
{
	return !setrlimit(what, &(struct rlimit){most, most});
}

/* A daemon without standard streams may have got their numbers for these. */
static int out_of_the_way(int fd)
{
	return fcntl(fd, F_DUPFD, 3);
}

static bool set_streams(int in, int out)
{
	int null = out_of_the_way(open("/dev/null", O_WRONLY));

	in = out_of_the_way(in);
	out = out_of_the_way(out);
	return dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(null, 2) == 2 &&
	       !syscall(SYS_close_range, 3, ~0U, 0) && !chdir("/");
}

static void be_program(const char *const *argv, const struct confined_limits *limits, int in,
		       int out)
{
	char *const environment[] = {NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (!set_streams(in, out) || !drop_privileges() || !limit(RLIMIT_CORE, 0) ||
	    !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_AS, MEMORY) ||
	    !limit(RLIMIT_CPU, limits->ms / 1000 + 1))
		_exit(EXIT_PRIVILEGES);
	execve(argv[0], (char *const *)(uintptr_t)argv, environment);
	_exit(EXIT_MISSING);
}

/* --- in the parent --- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Waits until there is something to read, or the process of a pidfd has ended. */
static int wait_for(int fd, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	do {
		int64_t left = deadline - now_ms();

		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n ? 0 : -ETIMEDOUT;
}

/* All that comes until the other end is closed. */
static int collect(int fd, int64_t deadline, size_t most, struct buf *out)
{
	size_t start = out->len;

	for (;;) {
		char *to = buf_room(out, STEP);
		int err = to ? wait_for(fd, deadline) : -ENOMEM;
		ssize_t n;

		if (err)
			return err;
		n = read(fd, to, STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		out->len += (size_t)n;
		if (out->len - start > most)
			return -EFBIG;
	}
}

/* Waits for the end of the program, or makes it end; `err` is what has gone wrong so far. */
static int finish(pid_t pid, int64_t deadline, int err)
{
	int pidfd = pidfd_open(pid, 0), status = 0;

	if (!err)
		err = pidfd < 0 ? -errno : wait_for(pidfd, deadline);
	if (err)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (pidfd >= 0)
		close(pidfd);
	if (err || !status)
		return err;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PRIVILEGES ? -EPERM : -EIO;
}

/* A file in memory, to be read from its beginning. */
static int input_file(const struct buf *input)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < input->len) {
		ssize_t n = write(fd, input->data + done, input->len - done);

		if (n < 0) {
			n = -errno;
			close(fd);
			return (int)n;
		}
		done += (size_t)n;
	}
	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int run(const char *const *argv, int in, const struct confined_limits *limits,
	       struct buf *out)
{
	int64_t deadline = now_ms() + limits->ms;
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		be_program(argv, limits, in, ends[1]);
	err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!err) {
		err = collect(ends[0], deadline, limits->output, out);
		err = finish(pid, deadline, err);
	}
	close(ends[0]);
	return err;
}

int confined_run(const char *const *argv, const struct buf *input,
		 const struct confined_limits *limits, struct buf *out)
{
	size_t before = out->len;
	int in = input_file(input), err;

	if (in < 0)
		return in;
	err = run(argv, in, limits, out);
	close(in);
	if (err)
		out->len = before;
	return err;
}
