// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel tells only a program in it: a BPF iterator over the open files of all processes,
 * which writes a record for each that is a BPF object with an id, and one over all links, which
 * writes where in networking a link is.
 *
 * An object's file is known by where it lives (the file system of anonymous inodes, where only the
 * kernel makes files) and by its name there, just as /proc/PID/fd shows it.  The addresses of the
 * files' operations would do as well, but few kernels tell them: they are data symbols, which
 * /proc/kallsyms has with CONFIG_KALLSYMS_ALL only.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/magic.h>
#include <stdbool.h>

#include "holders_record.h"
#include "kind_enum.h"
#include "netplace_record.h"

/* The parts of the kernel's types that are looked at; CO-RE finds them wherever they are. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct task_struct {
	struct task_struct *group_leader;
	struct pid *thread_pid;
	char comm[16];
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};

struct bpf_prog_aux {
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct bpf_map {
	__u32 id;
};

struct bpf_link {
	__u32 id;
	enum bpf_link_type type;
	struct bpf_prog *prog;
};

struct btf {
	__u32 id;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	char name[16];
	int ifindex;
	possible_net_t nd_net;
};

struct bpf_nf_link {
	struct bpf_link link;
	struct net *net;
	__u32 dead; /* detached */
};

struct bpf_xdp_link {
	struct bpf_link link;
	struct net_device *dev;
};

struct tcx_link {
	struct bpf_link link;
	struct net_device *dev;
};

struct netkit_link {
	struct bpf_link link;
	struct net_device *dev;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct file *file;
};

struct bpf_iter__bpf_link {
	struct bpf_iter_meta *meta;
	struct bpf_link *link;
};

#pragma clang attribute pop

char LICENSE[] SEC("license") = "GPL";

/* Compares 8 bytes of a zero-filled name: the compiler makes that one comparison with a constant. A
 * loop would make it, and thus libbpf, create a map to keep the words in. */
#define IS_NAMED(name, word) (!__builtin_memcmp(name, word "\0\0\0\0\0", 8))

/* Kind and id of the object behind a file; false when it is none. */
static bool identify(struct file *file, struct holders_record *record)
{
	void *object = file->private_data;
	char name[16] __attribute__((aligned(8))) = {};

	if (file->f_inode->i_sb->s_magic != ANON_INODE_FS_MAGIC)
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (name[8])
		return false;
	if (IS_NAMED(name, "bpf-prog")) {
		record->kind = KIND_PROG;
		record->id = BPF_CORE_READ((struct bpf_prog *)object, aux, id);
	} else if (IS_NAMED(name, "bpf-map")) {
		record->kind = KIND_MAP;
		record->id = BPF_CORE_READ((struct bpf_map *)object, id);
	} else if (IS_NAMED(name, "bpf-link") || IS_NAMED(name, "bpf_link")) {
		record->kind = KIND_LINK;
		record->id = BPF_CORE_READ((struct bpf_link *)object, id);
	} else if (IS_NAMED(name, "btf")) {
		record->kind = KIND_BTF;
		record->id = BPF_CORE_READ((struct btf *)object, id);
	} else {
		return false;
	}
	return true;
}

/* The process's number in the pid namespace of whoever reads the iterator. */
static int pid_of(struct task_struct *leader)
{
	struct task_struct *reader = (void *)bpf_get_current_task();
	unsigned int level = BPF_CORE_READ(reader, thread_pid, level);
	struct pid *pid = leader->thread_pid;
	int nr = 0;

	bpf_probe_read_kernel(&nr, sizeof(nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				  level * bpf_core_type_size(struct upid) +
				  bpf_core_field_offset(struct upid, nr));
	return nr;
}

SEC("iter/task_file")
int bpfview_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct holders_record record = {};

	/* Threads that share their leader's files are left out by the kernel. */
	if (!task || !file || !identify(file, &record))
		return 0;
	record.pid = pid_of(task->group_leader);
	bpf_probe_read_kernel_str(record.comm, sizeof(record.comm), task->group_leader->comm);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* The device of a link, NULL when it has gone.  A kernel without such a link has no type of it. */
static struct net_device *device_of(struct bpf_link *link)
{
	if (link->type == BPF_LINK_TYPE_XDP && bpf_core_type_exists(struct bpf_xdp_link))
		return BPF_CORE_READ((struct bpf_xdp_link *)link, dev);
	if (link->type == BPF_LINK_TYPE_TCX && bpf_core_type_exists(struct tcx_link))
		return BPF_CORE_READ((struct tcx_link *)link, dev);
	if (link->type == BPF_LINK_TYPE_NETKIT && bpf_core_type_exists(struct netkit_link))
		return BPF_CORE_READ((struct netkit_link *)link, dev);
	return NULL;
}

static struct net *netfilter_net(struct bpf_nf_link *link)
{
	return BPF_CORE_READ(link, dead) ? NULL : BPF_CORE_READ(link, net);
}

static struct net *net_of(struct bpf_link *link, struct netplace_record *record)
{
	struct net_device *dev = device_of(link);

	if (link->type == BPF_LINK_TYPE_NETFILTER && bpf_core_type_exists(struct bpf_nf_link))
		return netfilter_net((struct bpf_nf_link *)link);
	if (!dev)
		return NULL;
	record->ifindex = BPF_CORE_READ(dev, ifindex);
	BPF_CORE_READ_STR_INTO(&record->devname, dev, name);
	return BPF_CORE_READ(dev, nd_net.net);
}

SEC("iter/bpf_link")
int bpfview_links(struct bpf_iter__bpf_link *ctx)
{
	struct netplace_record record = {};
	struct bpf_link *link = ctx->link;
	struct net *net = link ? net_of(link, &record) : NULL;

	if (!net)
		return 0;
	record.link_id = link->id;
	record.prog_id = BPF_CORE_READ(link, prog, aux, id);
	record.ns_ino = BPF_CORE_READ(net, ns.inum);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
