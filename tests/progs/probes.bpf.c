// SPDX-License-Identifier: GPL-2.0-or-later
/* Probes whose sections say what of the kernel, or of a file, they are for. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

__u32 watched;
__u64 entries, returns, several, calls, notes;

static __always_inline void count(__u64 *counter)
{
	if (watched == bpf_get_current_pid_tgid() >> 32)
		__sync_fetch_and_add(counter, 1);
}

SEC("kprobe/vfs_read")
int on_entry(void *ctx)
{
	count(&entries);
	return 0;
}

SEC("kretprobe/vfs_read")
int on_return(void *ctx)
{
	count(&returns);
	return 0;
}

SEC("kprobe.multi/vfs_read*")
int on_several(void *ctx)
{
	count(&several);
	return 0;
}

SEC("ksyscall/getppid")
int on_call(void *ctx)
{
	count(&calls);
	return 0;
}

/* Found along PATH. */
SEC("usdt/probed:probed:letter")
int on_note(struct pt_regs *ctx)
{
	long letter = 0;

	if (!bpf_usdt_arg(ctx, 0, &letter) && letter == '1')
		count(&notes);
	return 0;
}

char _license[] SEC("license") = "GPL";
