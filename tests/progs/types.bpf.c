// SPDX-License-Identifier: GPL-2.0-or-later
/* Maps whose keys and values are of every sort of type; the tests fill them. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

typedef unsigned char uchar_t;
typedef const volatile uchar_t layered_t;
typedef int (*callback_t)(int);

enum animal { CAT, DOG = 7, EEL = -3 };
enum mask { LOW = 1, HIGH = 0x80000000U };

struct integers {
	__s8 s8;
	__u8 u8;
	__s16 s16;
	__u16 u16;
	__s32 s32;
	__u32 u32;
	__s64 s64;
	__u64 u64;
	_Bool yes;
	char letter;
	layered_t layered;
};

struct bits {
	__u32 one : 1;
	__u32 three : 3;
	__s32 minus : 5;
	__u32 : 7;
	__u32 sixteen : 16;
	__u64 wide : 33;
	__s64 wide_minus : 20;
	enum animal pet : 4;
	_Bool flag : 1;
};

struct point {
	__s16 x, y;
};

struct nested {
	struct point from;
	struct {
		__u8 a;
		struct point to;
	};
	union {
		__u32 word;
		__u8 bytes[4];
	};
	union {
		__u16 half;
		struct point spot;
	} named;
	struct point path[2];
	__u8 grid[2][3];
	struct point deep[2][1];
};

struct texts {
	char name[8];
	char full[4];
	char table[2][4];
	__u8 raw[4];
	__s8 levels[2];
};

struct others {
	void *pointer;
	callback_t call;
	struct never_defined *unknown;
	enum animal animal;
	enum mask mask;
	enum animal odd;
	__u32 empty[0];
};

struct key {
	__u16 port;
	__u8 proto;
	__u8 pad;
	char name[4];
};

struct floats {
	float f;
	double d;
};

struct huge {
	__int128 s;
	unsigned __int128 u;
};

#define MAP(name, keytype, valuetype)                                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, 64);                                                           \
		__type(key, keytype);                                                              \
		__type(value, valuetype);                                                          \
	} name SEC(".maps")

MAP(t_integers, __u32, struct integers);
MAP(t_bits, __s32, struct bits);
MAP(t_nested, enum animal, struct nested);
MAP(t_texts, struct key, struct texts);
MAP(t_others, __u64, struct others);
MAP(t_floats, __s8, struct floats);
MAP(t_huge, __u16, struct huge);
MAP(t_plain, __s64, __s16);
MAP(t_string, struct point, __u64);

char _license[] SEC("license") = "GPL";
