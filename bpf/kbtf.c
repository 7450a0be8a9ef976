// SPDX-License-Identifier: GPL-2.0-or-later
#include "kbtf.h"

#include "shared.h"

#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>

static int load_vmlinux(void **out)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return errno == ESRCH ? -ENOENT : -errno;
	/* libbpf reads the file into memory of its own first, which is as large. */
	malloc_trim(0);
	/* libbpf notes the answer in the object, which is not to change once it is shared */
	btf__pointer_size(btf);
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

/* An enumerator of an enum or enum64. */
static uint64_t value_at(const struct btf_type *t, uint16_t i)
{
	return btf_is_enum64(t) ? btf_enum64_value(btf_enum64(t) + i)
				: (uint32_t)btf_enum(t)[i].val;
}

/* Its name without the prefix, NULL when it has another. */
static const char *name_at(const struct btf *btf, const struct btf_type *t, uint16_t i,
			   const char *prefix)
{
	uint32_t at = btf_is_enum64(t) ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off;
	const char *name = btf__name_by_offset(btf, at);
	size_t n = strlen(prefix);

	return name && !strncmp(name, prefix, n) ? name + n : NULL;
}

static const struct btf_type *find_enum(const struct btf *btf, const char *enum_name)
{
	int id = btf__find_by_name_kind(btf, enum_name, BTF_KIND_ENUM);

	if (id < 0)
		id = btf__find_by_name_kind(btf, enum_name, BTF_KIND_ENUM64);
	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

char *kbtf_enum_word(const char *enum_name, const char *prefix, uint64_t value)
{
	const struct btf_type *t;
	const char *name = NULL;
	struct btf *btf;
	char *word = NULL;

	if (kbtf_get(&btf))
		return NULL;
	t = find_enum(btf, enum_name);
	for (uint16_t i = 0; t && !name && i < btf_vlen(t); i++)
		name = value_at(t, i) == value ? name_at(btf, t, i, prefix) : NULL;
	if (name)
		word = strdup(name);
	for (char *c = word; c && *c; c++)
		*c = tolower((unsigned char)*c);
	kbtf_put(btf);
	return word;
}

uint32_t kbtf_enum_count(const char *enum_name, const char *prefix)
{
	const struct btf_type *t;
	uint32_t count = 0;
	struct btf *btf;

	if (kbtf_get(&btf))
		return 0;
	t = find_enum(btf, enum_name);
	for (uint16_t i = 0; t && i < btf_vlen(t); i++)
		if (name_at(btf, t, i, prefix) && value_at(t, i) >= count)
			count = (uint32_t)value_at(t, i) + 1;
	kbtf_put(btf);
	return count;
}
