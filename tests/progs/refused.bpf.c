// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that some kernels refuse: each is loaded alone, and skipped with the kernel's errno. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct file;
struct socket;

struct rq {
	unsigned int nr_running;
} __attribute__((preserve_access_index));

extern const struct rq runqueues __ksym;

SEC("kprobe/vfs_read")
int on_kprobe(void *ctx)
{
	return 0;
}

SEC("fentry/vfs_read")
int BPF_PROG(on_fentry, struct file *file)
{
	return 0;
}

SEC("fexit/vfs_read")
int BPF_PROG(on_fexit, struct file *file)
{
	return 0;
}

SEC("fmod_ret/security_file_open")
int BPF_PROG(on_fmod_ret, struct file *file)
{
	return 0;
}

/* For a function that is chosen at loading. */
SEC("freplace")
int on_freplace(int a, int b, int c)
{
	return a - b - c;
}

SEC("lsm_cgroup/socket_post_create")
int BPF_PROG(on_lsm_cgroup, struct socket *sock, int family, int type, int protocol, int kern)
{
	return 1;
}

SEC("lsm/file_open")
int BPF_PROG(on_lsm, struct file *file)
{
	return 0;
}

SEC("socket")
int on_kernel_variable(struct __sk_buff *skb)
{
	const struct rq *queue = bpf_this_cpu_ptr(&runqueues);

	return (int)queue->nr_running;
}

char _license[] SEC("license") = "GPL";
