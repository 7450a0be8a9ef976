// SPDX-License-Identifier: GPL-2.0-or-later
#include "root.h"

#include "../bpf/describe.h"
#include "../bpf/holders.h"
#include "../bpf/netns.h"
#include "../bpf/object.h"
#include "../bpf/iterators.h"
#include "../bpf/opcodes.h"
#include "../bpf/shared.h"
#include "../bpf/teststage.h"
#include "../bpf/tracefs.h"
#include "batch.h"
#include "fuse.h"
#include "manual.h"
#include "object.h"
#include "tree.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* --- README --- */

static int show_readme(const struct place *p, struct buf *out)
{
	(void)p;
	manual_readme(out);
	return 0;
}

/* --- version --- */

void version_text(struct buf *out)
{
	struct utsname kernel;

	buf_printf(out, "bpfview: %s\n", BPFVIEW_VERSION);
	buf_printf(out, "libbpf: %s\n",
		   libbpf_version_string() + strspn(libbpf_version_string(), "v"));
	buf_printf(out, "libfuse: %s\n", fuse_library_version());
	buf_str(out, "BFD: ");
	opcodes_version(out);
	buf_char(out, '\n');
	if (!uname(&kernel))
		buf_printf(out, "kernel: %s\n", kernel.release);
	buf_printf(out, "built in: disassembler for %s\n", opcodes_machine());
}

static int show_version(const struct place *p, struct buf *out)
{
	(void)p;
	version_text(out);
	return 0;
}

/* --- summary --- */

static int show_summary(const struct place *p, struct buf *out)
{
	return describe_summary((enum doc_form)p->row->form, out);
}

/* --- error_log --- */

static int show_error_log(const struct place *p, struct buf *out)
{
	(void)p;
	error_log_show(out);
	return 0;
}

static int clear_error_log(const struct place *p, struct command *c)
{
	(void)p, (void)c;
	error_log_clear();
	return 0;
}

/* --- stats_enabled: run statistics are on while the descriptor is open --- */

static pthread_mutex_t stats_lock = PTHREAD_MUTEX_INITIALIZER;
static int stats_fd = -1;

static int hold_stats(bool hold)
{
	int err = 0;

	pthread_mutex_lock(&stats_lock);
	if (hold && stats_fd < 0) {
		stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		err = stats_fd < 0 ? stats_fd : 0;
	} else if (!hold && stats_fd >= 0) {
		close(stats_fd);
		stats_fd = -1;
	}
	pthread_mutex_unlock(&stats_lock);
	return err;
}

static int show_stats_enabled(const struct place *p, struct buf *out)
{
	(void)p;
	pthread_mutex_lock(&stats_lock);
	buf_printf(out, "%d\n", stats_fd >= 0);
	pthread_mutex_unlock(&stats_lock);
	return 0;
}

static int set_stats_enabled(const struct place *p, struct command *c)
{
	int err;

	(void)p;
	if (strcmp(c->line, "0") != 0 && strcmp(c->line, "1") != 0)
		return problem(&c->why, -EINVAL, c->line, "0 or 1 is expected");
	err = hold_stats(*c->line == '1');
	return err ? problem_errno(&c->why, err, "BPF_ENABLE_STATS") : 0;
}

/* --- trace_pipe --- */

static int open_trace(const struct place *p, void **state)
{
	int fd = tracefs_open(p->row->name);

	if (fd < 0)
		return fd;
	*state = (void *)(intptr_t)fd;
	return 0;
}

static int fill_trace(void *state, struct buf *out, size_t room)
{
	char *to = buf_room(out, room);
	ssize_t n = to ? read((int)(intptr_t)state, to, room) : 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	out->len += (size_t)n;
	return 0;
}

static void close_trace(void *state)
{
	close((int)(intptr_t)state);
}

/* poll(2) on the kernel's file waits until its buffer is half full (buffer_percent): look instead
 */
static const struct pipe_type trace = {
    .open = open_trace, .fill = fill_trace, .close = close_trace, .interval_ms = 20};

static const struct row rows[] = {
    {"README", ROW_FILE, "this list", .quick = true, .show = show_readme},
    {"version", ROW_FILE, "versions of bpfview, its libraries and the kernel", .quick = true,
     .show = show_version},
    {"summary", ROW_FILE, "how many objects there are, and their memory", .form = DOC_TEXT,
     .show = show_summary},
    {"summary.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = show_summary},
    {"error_log", ROW_FILE, "the last failed writes, with reasons; a write clears it",
     .quick = true, .show = show_error_log, .command = clear_error_log},
    {"batch", ROW_FILE, "commands for many files, one after the other", .command = batch_run,
     .usage = "PATH TEXT\n# comment", .whole = true},
    {"stats_enabled", ROW_FILE, "1 while bpfview keeps run statistics on; write 1 or 0",
     .quick = true, .show = show_stats_enabled, .command = set_stats_enabled},
    {"trace_pipe", ROW_PIPE, "bpf_printk output as it comes; each line is read once",
     .pipe = &trace},
    {"prog", ROW_FOLDER, "programs", .folder = FOLDER_PROG},
    {"map", ROW_FOLDER, "maps", .folder = FOLDER_MAP},
    {"link", ROW_FOLDER, "links: what attaches programs", .folder = FOLDER_LINK},
    {"btf", ROW_FOLDER, "type information (BTF)", .folder = FOLDER_BTF},
    {"cgroup", ROW_FOLDER, "the cgroup2 tree, with the programs attached to it",
     .folder = FOLDER_CGROUP},
    {"perf", ROW_FOLDER, "tracing attachments", .folder = FOLDER_PERF},
    {"pid", ROW_FOLDER, "processes that hold objects", .folder = FOLDER_PID},
    {"feature", ROW_FOLDER, "what the kernel can do with BPF", .folder = FOLDER_FEATURE},
    {"token", ROW_FOLDER, "BPF tokens", .folder = FOLDER_TOKEN},
    {"net", ROW_FOLDER, "what is attached to networking", .folder = FOLDER_NET},
    {"netns", ROW_FOLDER, "the same in each network namespace of /run/netns",
     .folder = FOLDER_NAMESPACES},
    {"struct_ops", ROW_FOLDER, "implementations of the kernel's interfaces",
     .folder = FOLDER_STRUCT_OPS},
    {"iter", ROW_FOLDER, "iterators", .folder = FOLDER_ITER},
    {"object", ROW_FOLDER, "object files: opened, configured, loaded, attached",
     .folder = FOLDER_OBJECT},
    {"pin", ROW_FOLDER, "the objects pinned in bpffs", .folder = FOLDER_PIN},
};

const struct folder root_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(rows)};

static int complain(const char *what, int err)
{
	if (err)
		fprintf(stderr, "bpfview: %s: %s\n", what, strerror(-err));
	return err;
}

int root_init(const struct options *o)
{
	int err = o->netns ? complain(o->netns, netns_enter(o->netns)) : 0;

	if (!err && o->stats)
		err = complain("stats", hold_stats(true));
	if (!err && o->load)
		err = complain(o->load, object_load_folder(o->load));
	return err;
}

void root_exit(void)
{
	hold_stats(false);
	outcomes_free();
	objects_exit();
	teststage_free();
	shared_sweep(0);
	iterators_exit();
}
