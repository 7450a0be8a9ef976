// SPDX-License-Identifier: GPL-2.0-or-later
/* What a skeleton shows an application: variables of all sorts, maps, programs of several types. */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "skel_types.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_NO_SUCH_THING __kconfig __weak;

/* set by the application */
const volatile int pid;
const volatile char greeting[8] = "?1234567"; /* digits behind what a literal escapes */
const volatile enum mood moods[2] = {CURIOUS, CROSS};
long wanted SEC(".data.settings") = -1;
char letter SEC(".data.settings") = 'a';
const volatile short step SEC(".rodata.more") = 1;

/* laid out with gaps, some of them by what only this file knows */
char small = 1;
__attribute__((aligned(64))) long wide = 2;
static volatile int own = 3;
char after_own = 4;
struct point corner = {5, 6};
struct {
	int a;
	union {
		char b[3];
		short c;
	};
	unsigned int bits : 3, more : 7;
} nameless = {7, .c = 8, .bits = 5, .more = 99};
enum { FIRST, SECOND } choice[2] = {SECOND, FIRST};
int (*callback)(int, const char *);
void *anything;
struct point *corners[3];
__int128 huge = 9;
__attribute__((weak)) int weak = 10;
__attribute__((visibility("hidden"))) int hidden = 11;
char text[] = "a \"quoted\\\" line\?\?/\n\x80\xff"
	      "0";
int grid[2][3] = {{1, 2, 3}, {4, 5, 6}};

/* set by the programs */
__u64 hits, typed_hits;
int version;
bool such_a_thing;
long sum SEC(".bss.sums");

/* Its last elements are not in its type's size; nor may others follow it in C++. */
struct tail tail SEC(".data.tail") = {3, {12, 13, 14}};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} table SEC(".maps");

static __noinline long twice(long n)
{
	own++;
	return n * 2;
}

SEC("raw_tp/sys_enter")
int on_enter(struct bpf_raw_tracepoint_args *ctx)
{
	if ((int)(bpf_get_current_pid_tgid() >> 32) == pid && (long)ctx->args[1] == wanted)
		hits += step;
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter_typed, struct pt_regs *regs, long id)
{
	if ((int)(bpf_get_current_pid_tgid() >> 32) == pid && id == wanted)
		typed_hits++;
	return 0;
}

SEC("syscall")
int add(void *ctx)
{
	int key = letter;
	long value = twice(corner.x + corner.y);

	version = LINUX_KERNEL_VERSION;
	such_a_thing = CONFIG_NO_SUCH_THING;
	sum += value + moods[0] + greeting[0];
	bpf_map_update_elem(&table, &key, &value, BPF_ANY);
	return own;
}

SEC("iter/task")
int each_task(void *ctx)
{
	return 0;
}

SEC("?raw_tp/no_such_tracepoint")
int on_demand(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
