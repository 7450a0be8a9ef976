// SPDX-License-Identifier: GPL-2.0-or-later
#include "kbtf.h"

#include "kind.h"
#include "shared.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static int load_vmlinux(void **out)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return errno == ESRCH ? -ENOENT : -errno;
	/* libbpf reads the file into memory of its own first, which is as large. */
	malloc_trim(0);
	*out = btf;
	return 0;
}

static void unload_vmlinux(void *btf)
{
	btf__free(btf);
}

static struct shared vmlinux = {
    .load = load_vmlinux,
    .unload = unload_vmlinux,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

int kbtf_get(struct btf **out)
{
	void *value;
	int err = shared_get(&vmlinux, &value);

	if (!err)
		*out = value;
	return err;
}

void kbtf_put(struct btf *btf)
{
	shared_put(&vmlinux, btf);
}

/* Whether a BTF object is the kernel's own, or is split off that (a module's). */
static int ask_origin(uint32_t id, bool *is_vmlinux, bool *is_split)
{
	char name[64] = "";
	struct bpf_btf_info info = {.name = (uintptr_t)name, .name_len = sizeof(name)};
	uint32_t len = sizeof(info);
	int fd = kind_open(KIND_BTF, id);
	int err;

	if (fd < 0)
		return fd;
	err = bpf_btf_get_info_by_fd(fd, &info, &len);
	close(fd);
	/* A name longer than ours is cut off, which hides nothing here. */
	if (err && err != -ENOSPC)
		return err;
	*is_vmlinux = info.kernel_btf && !strcmp(name, "vmlinux");
	*is_split = info.kernel_btf && !*is_vmlinux;
	return 0;
}

int btf_open(uint32_t id, struct btf_ref *out)
{
	bool is_vmlinux, is_split;
	struct btf_ref ref = {};
	int err = ask_origin(id, &is_vmlinux, &is_split);

	if (err)
		return err;
	if (is_vmlinux || is_split) {
		err = kbtf_get(&ref.base);
		if (err)
			return err;
	}
	ref.btf = is_vmlinux ? ref.base : btf__load_from_kernel_by_id_split(id, ref.base);
	if (!ref.btf) {
		err = -errno;
		kbtf_put(ref.base);
		return err;
	}
	*out = ref;
	return 0;
}

void btf_close(struct btf_ref *ref)
{
	if (ref->btf != ref->base)
		btf__free(ref->btf);
	kbtf_put(ref->base);
	*ref = (struct btf_ref){};
}

/* The name of the first enumerator with that prefix and value. */
static const char *enumerator(const struct btf *btf, const struct btf_type *t, const char *prefix,
			      uint64_t value)
{
	size_t n = strlen(prefix);

	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		bool wide = btf_is_enum64(t);
		uint64_t v =
		    wide ? btf_enum64_value(btf_enum64(t) + i) : (uint32_t)btf_enum(t)[i].val;
		uint32_t at = wide ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off;
		const char *name = btf__name_by_offset(btf, at);

		if (v == value && name && !strncmp(name, prefix, n))
			return name + n;
	}
	return NULL;
}

char *kbtf_enum_word(const char *enum_name, const char *prefix, uint64_t value)
{
	const char *name = NULL;
	struct btf *btf;
	char *word = NULL;
	int id;

	if (kbtf_get(&btf))
		return NULL;
	id = btf__find_by_name_kind(btf, enum_name, BTF_KIND_ENUM);
	if (id < 0)
		id = btf__find_by_name_kind(btf, enum_name, BTF_KIND_ENUM64);
	if (id > 0)
		name = enumerator(btf, btf__type_by_id(btf, id), prefix, value);
	if (name)
		word = strdup(name);
	for (char *c = word; c && *c; c++)
		*c = tolower((unsigned char)*c);
	kbtf_put(btf);
	return word;
}
