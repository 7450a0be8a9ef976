// SPDX-License-Identifier: GPL-2.0-or-later
/* Global variables of all sections. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum colour { RED, GREEN = 5, BLUE = -2 };

struct point {
	__s32 x, y;
};

struct shape {
	enum colour colour;
	struct point corners[3];
	char label[12];
	union {
		__u32 radius;
		__u8 bytes[4];
	};
};

struct list {
	__u32 n;
	__u16 items[];
};

const volatile __u16 port = 8080;
const volatile char greeting[16] = "hello, world";
const volatile _Bool verbose = 1;
__s64 balance = -1234567890123LL;
__u8 mask = 0xf0;
enum colour favourite = BLUE;
struct shape triangle = {
    .colour = GREEN,
    .corners = {{1, -1}, {2, -2}, {3, -3}},
    .label = "triangle",
    .radius = 0x01020304,
};
__u32 matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
struct list tail = {.n = 3, .items = {7, 8, 9}};
__u64 counter;
struct point origin;
static volatile __u32 hidden;

SEC("socket")
int use_globals(struct __sk_buff *skb)
{
	counter += skb->len;
	hidden++;
	balance -= port;
	origin.x = triangle.corners[1].y + (__s32)matrix[1][2] + tail.items[1];
	return greeting[0] + mask + favourite + verbose;
}

char _license[] SEC("license") = "GPL";
