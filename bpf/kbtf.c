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
