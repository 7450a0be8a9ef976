/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_KBTF_H
#define BPFVIEW_KBTF_H

#include <bpf/btf.h>
#include <stdint.h>

/* vmlinux BTF, parsed once and shared; 0 and a reference in *out, or -errno (-ENOENT: this kernel
 * has none). */
int kbtf_get(struct btf **out);
void kbtf_put(struct btf *btf);

/* The BTF object with an id, read-only: the objects used last are kept, and shared.  Module BTF is
 * read on top of vmlinux BTF, which is then held until btf_close().  0, or -errno with *out
 * untouched (-ENOENT: no such object). */
struct btf_ref {
	struct btf *btf;
	struct btf *base; /* a reference to vmlinux BTF, or NULL */
	/* where btf_close() gives it back to; NULL: it is this reference's own */
	struct kept_btf *kept;
	struct btf_cache *cache;
};
int btf_open(uint32_t id, struct btf_ref *out);
/* The same of a btf_vmlinux_id of struct bpf_map_info: kernels before 6.9 do not tell any (0), and
 * mean vmlinux BTF. */
int btf_open_kernels(uint32_t id, struct btf_ref *out);
void btf_close(struct btf_ref *ref);

/* BTF types by their kernel names: the word an enumerator NAME of enum `enum_name` stands for with
 * `prefix` cut off and in lower case, in a malloc'ed string; NULL when vmlinux BTF has none of that
 * value.  kbtf_enum_word("bpf_map_type", "BPF_MAP_TYPE_", 33) is "arena". */
char *kbtf_enum_word(const char *enum_name, const char *prefix, uint64_t value);

/* One more than the greatest value of such an enum's enumerators with that prefix; 0 when vmlinux
 * BTF has none. */
uint32_t kbtf_enum_count(const char *enum_name, const char *prefix);

#endif
