// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that are a part of functions of the kernel's or of another program's. */
#include <linux/bpf.h>
#include <linux/errno.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define DENIED 255 /* a protocol that IPv4 has for raw sockets, and nobody uses */

struct file;

__u32 watched;
__u64 cookie;
__u64 entries, exits, changes, decisions, in_cgroup, before, after;

static __always_inline int is_watched(void)
{
	return watched == bpf_get_current_pid_tgid() >> 32;
}

static __always_inline void count(__u64 *counter, __u64 by)
{
	__sync_fetch_and_add(counter, 1);
	cookie = by;
}

SEC("fentry/vfs_read")
int BPF_PROG(on_entry, struct file *file)
{
	if (is_watched())
		count(&entries, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("fexit/vfs_read")
int BPF_PROG(on_exit, struct file *file)
{
	if (is_watched())
		count(&exits, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("fmod_ret/security_file_open")
int BPF_PROG(on_change, struct file *file)
{
	if (is_watched())
		count(&changes, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("lsm/socket_create")
int BPF_PROG(on_decision, int family, int type, int protocol, int kern)
{
	if (!is_watched() || protocol != DENIED)
		return 0;
	count(&decisions, bpf_get_attach_cookie(ctx));
	return -EACCES;
}

SEC("lsm_cgroup/socket_create")
int BPF_PROG(in_a_cgroup, int family, int type, int protocol, int kern)
{
	if (protocol != DENIED)
		return 1;
	__sync_fetch_and_add(&in_cgroup, 1);
	return 0;
}

/* For a function of a program, which is chosen before loading. */
SEC("?fentry")
int BPF_PROG(on_program, struct __sk_buff *skb)
{
	__sync_fetch_and_add(&before, 1);
	return 0;
}

SEC("?fexit")
int BPF_PROG(on_program_exit, struct __sk_buff *skb, int result)
{
	__sync_fetch_and_add(&after, 1);
	return 0;
}

/* In the place of global_sum() in calls.bpf.c. */
SEC("?freplace")
int difference(int a, int b, int c)
{
	return a - b - c;
}

char _license[] SEC("license") = "GPL";
