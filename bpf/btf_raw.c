// SPDX-License-Identifier: GPL-2.0-or-later
#include "btfdump_impl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * A type is said once, as fields, and written in one of two ways:
 *
 *   [11] STRUCT 'point' size=4 vlen=2
 *   	'x' type_id=12 bits_offset=0
 *
 *   {"id":11,"kind":"STRUCT","name":"point","size":4,"vlen":2,"members":[{"name":"x",...},...]}
 */
struct raw {
	const struct btf *btf;
	uint32_t next, end, first;
	bool json;
	struct buf *out;
	bool begun; /* something has been written that a field must be set off from */
};

static const char *const kinds[] = {
    [BTF_KIND_UNKN] = "UNKNOWN",      [BTF_KIND_INT] = "INT",
    [BTF_KIND_PTR] = "PTR",	      [BTF_KIND_ARRAY] = "ARRAY",
    [BTF_KIND_STRUCT] = "STRUCT",     [BTF_KIND_UNION] = "UNION",
    [BTF_KIND_ENUM] = "ENUM",	      [BTF_KIND_FWD] = "FWD",
    [BTF_KIND_TYPEDEF] = "TYPEDEF",   [BTF_KIND_VOLATILE] = "VOLATILE",
    [BTF_KIND_CONST] = "CONST",	      [BTF_KIND_RESTRICT] = "RESTRICT",
    [BTF_KIND_FUNC] = "FUNC",	      [BTF_KIND_FUNC_PROTO] = "FUNC_PROTO",
    [BTF_KIND_VAR] = "VAR",	      [BTF_KIND_DATASEC] = "DATASEC",
    [BTF_KIND_FLOAT] = "FLOAT",	      [BTF_KIND_DECL_TAG] = "DECL_TAG",
    [BTF_KIND_TYPE_TAG] = "TYPE_TAG", [BTF_KIND_ENUM64] = "ENUM64",
};

static const char *kind_word(const struct btf_type *t)
{
	unsigned int kind = btf_kind(t);

	return kind < sizeof(kinds) / sizeof(*kinds) ? kinds[kind] : kinds[BTF_KIND_UNKN];
}

static const char *name_at(const struct raw *r, uint32_t offset)
{
	const char *name = offset ? btf__name_by_offset(r->btf, offset) : "(anon)";

	return name ? name : "(invalid)";
}

static const char *linkage_word(uint32_t linkage)
{
	static const char *const words[] = {"static", "global", "extern"};

	return linkage < 3 ? words[linkage] : "(unknown)";
}

/* --- fields --- */

static void put_key(struct raw *r, const char *key)
{
	if (r->begun)
		buf_char(r->out, r->json ? ',' : ' ');
	r->begun = true;
	if (r->json)
		buf_char(r->out, '"');
	buf_str(r->out, key);
	if (r->json)
		buf_add(r->out, "\":", 2);
	else
		buf_char(r->out, '=');
}

static void put_u64(struct raw *r, const char *key, uint64_t v)
{
	put_key(r, key);
	buf_u64(r->out, v);
}

static void put_i64(struct raw *r, const char *key, int64_t v)
{
	put_key(r, key);
	buf_i64(r->out, v);
}

static void put_word(struct raw *r, const char *key, const char *word)
{
	put_key(r, key);
	if (r->json)
		buf_json_str(r->out, word, strlen(word));
	else
		buf_str(r->out, word);
}

/* What stands in the text only. */
static void put_text(struct raw *r, const char *text)
{
	if (!r->json)
		buf_str(r->out, text);
}

static void put_name(struct raw *r, const char *name)
{
	if (r->json) {
		put_word(r, "name", name);
		return;
	}
	buf_char(r->out, '\'');
	buf_str(r->out, name);
	buf_char(r->out, '\'');
	r->begun = true;
}

/* A type's members, each between begin_item() and end_item(). */
static void begin_items(struct raw *r, const char *key)
{
	if (!r->json)
		return;
	put_key(r, key);
	buf_char(r->out, '[');
}

static void begin_item(struct raw *r, unsigned int index)
{
	if (!r->json)
		buf_add(r->out, "\n\t", 2);
	else
		buf_str(r->out, index ? ",{" : "{");
	r->begun = false;
}

static void end_item(struct raw *r)
{
	if (r->json)
		buf_char(r->out, '}');
}

static void end_items(struct raw *r)
{
	if (r->json)
		buf_char(r->out, ']');
	r->begun = true;
}

/* --- kinds --- */

static void put_int(struct raw *r, const struct btf_type *t)
{
	unsigned int encoding = btf_int_encoding(t);

	put_u64(r, "size", t->size);
	put_u64(r, "bits_offset", btf_int_offset(t));
	put_u64(r, "nr_bits", btf_int_bits(t));
	put_word(r, "encoding",
		 encoding == 0		      ? "(none)"
		 : encoding == BTF_INT_SIGNED ? "SIGNED"
		 : encoding == BTF_INT_CHAR   ? "CHAR"
		 : encoding == BTF_INT_BOOL   ? "BOOL"
					      : "UNKN");
}

static void put_array(struct raw *r, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);

	put_u64(r, "type_id", a->type);
	put_u64(r, "index_type_id", a->index_type);
	put_u64(r, "nr_elems", a->nelems);
}

static void put_members(struct raw *r, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);

	put_u64(r, "size", t->size);
	put_u64(r, "vlen", btf_vlen(t));
	begin_items(r, "members");
	for (unsigned int i = 0; i < btf_vlen(t); i++, m++) {
		begin_item(r, i);
		put_name(r, name_at(r, m->name_off));
		put_u64(r, "type_id", m->type);
		put_u64(r, "bits_offset", btf_member_bit_offset(t, i));
		if (btf_member_bitfield_size(t, i))
			put_u64(r, "bitfield_size", btf_member_bitfield_size(t, i));
		end_item(r);
	}
	end_items(r);
}

/* An enumerator of either kind; only the text tells 64-bit ones by a suffix. */
static void put_enumerator(struct raw *r, const struct btf_type *t, unsigned int i)
{
	bool wide = btf_is_enum64(t), is_signed = btf_kflag(t);
	uint64_t v = wide	 ? btf_enum64_value(btf_enum64(t) + i)
		     : is_signed ? (uint64_t)btf_enum(t)[i].val
				 : (uint32_t)btf_enum(t)[i].val;

	put_name(r, name_at(r, wide ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off));
	if (is_signed)
		put_i64(r, "val", (int64_t)v);
	else
		put_u64(r, "val", v);
	if (wide)
		put_text(r, is_signed ? "LL" : "ULL");
}

static void put_enum(struct raw *r, const struct btf_type *t)
{
	put_word(r, "encoding", btf_kflag(t) ? "SIGNED" : "UNSIGNED");
	put_u64(r, "size", t->size);
	put_u64(r, "vlen", btf_vlen(t));
	begin_items(r, "values");
	for (unsigned int i = 0; i < btf_vlen(t); i++) {
		begin_item(r, i);
		put_enumerator(r, t, i);
		end_item(r);
	}
	end_items(r);
}

static void put_proto(struct raw *r, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);

	put_u64(r, "ret_type_id", t->type);
	put_u64(r, "vlen", btf_vlen(t));
	begin_items(r, "params");
	for (unsigned int i = 0; i < btf_vlen(t); i++, p++) {
		begin_item(r, i);
		put_name(r, name_at(r, p->name_off));
		put_u64(r, "type_id", p->type);
		end_item(r);
	}
	end_items(r);
}

static void put_section(struct raw *r, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = btf_var_secinfos(t);

	put_u64(r, "size", t->size);
	put_u64(r, "vlen", btf_vlen(t));
	begin_items(r, "vars");
	for (unsigned int i = 0; i < btf_vlen(t); i++, v++) {
		const struct btf_type *var = btf__type_by_id(r->btf, v->type);

		begin_item(r, i);
		put_u64(r, "type_id", v->type);
		put_u64(r, "offset", v->offset);
		put_u64(r, "size", v->size);
		if (var && !r->json)
			buf_printf(r->out, " (%s '%s')", kind_word(var), name_at(r, var->name_off));
		end_item(r);
	}
	end_items(r);
}

static void put_details(struct raw *r, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT: put_int(r, t); break;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_TYPE_TAG: put_u64(r, "type_id", t->type); break;
	case BTF_KIND_ARRAY: put_array(r, t); break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: put_members(r, t); break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: put_enum(r, t); break;
	case BTF_KIND_FWD: put_word(r, "fwd_kind", btf_kflag(t) ? "union" : "struct"); break;
	case BTF_KIND_FUNC:
		put_u64(r, "type_id", t->type);
		put_word(r, "linkage", linkage_word(btf_vlen(t)));
		break;
	case BTF_KIND_FUNC_PROTO: put_proto(r, t); break;
	case BTF_KIND_VAR:
		put_u64(r, "type_id", t->type);
		put_text(r, ",");
		put_word(r, "linkage", linkage_word(btf_var(t)->linkage));
		break;
	case BTF_KIND_DATASEC: put_section(r, t); break;
	case BTF_KIND_FLOAT: put_u64(r, "size", t->size); break;
	case BTF_KIND_DECL_TAG:
		put_u64(r, "type_id", t->type);
		put_i64(r, "component_idx", btf_decl_tag(t)->component_idx);
		break;
	default: break;
	}
}

static void put_type(struct raw *r, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(r->btf, id);

	r->begun = false;
	if (r->json) {
		buf_str(r->out, id == r->first ? "{" : ",{");
		put_u64(r, "id", id);
		put_word(r, "kind", kind_word(t));
	} else {
		buf_char(r->out, '[');
		buf_u64(r->out, id);
		buf_str(r->out, "] ");
		buf_str(r->out, kind_word(t));
		buf_char(r->out, ' ');
	}
	put_name(r, name_at(r, t->name_off));
	put_details(r, t);
	buf_char(r->out, r->json ? '}' : '\n');
}

/* --- the stream --- */

static int open_raw(const struct btf *btf, enum btfdump_form form, void **state)
{
	struct raw *r = calloc(1, sizeof(*r));
	const struct btf *base = btf__base_btf(btf);

	if (!r)
		return -ENOMEM;
	r->btf = btf;
	r->first = r->next = base ? btf__type_cnt(base) : 1;
	r->end = btf__type_cnt(btf);
	r->json = form == BTFDUMP_JSON;
	*state = r;
	return 0;
}

static int step_raw(void *state, struct buf *out)
{
	struct raw *r = state;

	r->out = out;
	if (r->json && r->next == r->first)
		buf_str(out, "{\"types\":[");
	if (r->next < r->end)
		put_type(r, r->next++);
	if (r->next < r->end)
		return 1;
	if (r->json)
		buf_str(out, "]}\n");
	return 0;
}

const struct btfdump_type btfdump_types = {open_raw, step_raw, free};
