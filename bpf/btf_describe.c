// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe.h"

#include "btf_info.h"
#include "index.h"

/* Ids of all objects of a kind that were loaded with this BTF. */
static void describe_users(struct doc *d, const char *key, enum kind kind, uint32_t id)
{
	const struct index *x;

	if (index_get(kind, &x))
		return;
	doc_array(d, key);
	for (size_t i = 0; i < x->n; i++)
		if (x->entries[i].btf_id == id)
			doc_u64(d, NULL, x->entries[i].id);
	doc_close(d);
	index_put(kind, x);
}

int describe_btf(struct doc *d, uint32_t id, const struct relations *r)
{
	struct buf name __buf_free = {};
	struct bpf_btf_info info;
	int err = btf_info_read(id, &info, &name);

	if (err)
		return err;
	doc_object(d, NULL);
	doc_u64(d, "id", info.id);
	doc_u64(d, "size", info.btf_size);
	describe_users(d, "prog_ids", KIND_PROG, id);
	describe_users(d, "map_ids", KIND_MAP, id);
	doc_bool(d, "kernel", info.kernel_btf != 0);
	if (name.len)
		doc_strn(d, "name", name.data, name.len);
	describe_relations(d, KIND_BTF, id, r);
	doc_close(d);
	return 0;
}
