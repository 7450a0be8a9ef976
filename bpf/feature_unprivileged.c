// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature_probe.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Gives up, for good, what bpf(2) asks for. */
static int drop_capabilities(void)
{
	static const unsigned int unwanted[] = {CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON};
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		struct __user_cap_data_struct *d = &data[CAP_TO_INDEX(unwanted[i])];

		d->effective &= ~CAP_TO_MASK(unwanted[i]);
		d->permitted &= ~CAP_TO_MASK(unwanted[i]);
		d->inheritable &= ~CAP_TO_MASK(unwanted[i]);
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* The child: keeps nothing that its parent has open, and answers in memory that both see. */
__attribute__((noreturn)) static void child(const struct feature_limits *limits,
					    struct features *answer)
{
	close_range(3, ~0U, 0);
	if (drop_capabilities())
		_exit(1);
	feature_probe(limits, 0, answer);
	_exit(0);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

/* Not a thread, which could drop capabilities too: what libbpf finds missing it remembers for the
 * whole process. */
int feature_probe_unprivileged(const struct feature_limits *limits, struct features *out)
{
	const size_t size = sizeof(struct features);
	struct features *answer;
	pid_t pid;
	int err;

	/* cppcheck-suppress invalidFunctionArg ; -1 is what portable programs pass */
	answer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED)
		return -errno;
	pid = fork();
	if (!pid)
		child(limits, answer);
	err = pid < 0 ? -errno : wait_for(pid);
	if (!err)
		*out = *answer;
	munmap(answer, size);
	return err;
}
