// SPDX-License-Identifier: GPL-2.0-or-later
#include "perf_open.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int perf_open(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	struct perf_event_attr whole = *attr;
	long fd;

	whole.size = sizeof(whole);
	whole.disabled = 1;
	fd = syscall(SYS_perf_event_open, &whole, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

int perf_link(int event, int prog_fd, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = cookie);
	int link, err;

	if (event < 0)
		return event;
	link = bpf_link_create(prog_fd, event, BPF_PERF_EVENT, &opts);
	if (link >= 0 && ioctl(event, PERF_EVENT_IOC_ENABLE, 0)) {
		err = -errno;
		close(link);
		link = err;
	}
	close(event);
	return link;
}
