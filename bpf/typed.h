/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TYPED_H
#define BPFVIEW_TYPED_H

#include "buf.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Typed values.  A BTF type is compiled once into a flat plan; rendering a value is then a walk
 * over the plan, with no look-up in BTF and no recursion.
 *
 * A plan renders as compact JSON, with the choices of bpftool's "formatted" values:
 *
 *   integers, pointers      a number, however large
 *   bool                    true, false
 *   INT with CHAR encoding  a string of one character
 *   enum, enum64            the enumerator's name as a string, else the number (signed)
 *   array of `char`         a string when there is a NUL behind printable ASCII, else an array
 *                           (an array of a typedef of char is always an array)
 *   128-bit integers        a hex string, "0xff"
 *   bitfields of any type   a hex string of the bits, not sign-extended
 *   struct, union           an object; the key of an anonymous member is ""
 *   DATASEC                 {".data":[{"variable":value},...]}; a flexible array at a variable's
 * end has the elements that the variable's memory has room for
 *
 * It differs where bpftool prints no JSON, or a number that is not what is in memory:
 *
 *   float, double           a number; NaN and the infinities are strings ("NaN", "Inf", "-Inf")
 *   FWD, VOID, FUNC         null
 *   CHAR '"' and controls   escaped
 *   anonymous members       when there are several in one struct, the last has the key "" (which is
 *                           what jq shows of bpftool's), those before it "#0", "#1", ... by member
 *   enum of 1 or 2 bytes    enumerators above the signed range are found by name too
 *   bool of several bytes   true when any byte of it is not 0
 */
struct plan;

/* Compiles a type; the plan is then independent of btf.  0; -EINVAL for a type that BTF does not
 * have or that is malformed; -E2BIG for one that is nested too deep or has too many members;
 * -ENOMEM. */
int plan_compile(const struct btf *btf, uint32_t type_id, struct plan **out);

/* The same for a value of a struct_ops map, where the kernel shows the ids of programs for pointers
 * to functions.  They render as bpftool shows them, as strings: "u32 (struct sock *) NAME", where
 * `program` appends NAME (no JSON escapes) for an id; for no program NAME is 0. */
int plan_compile_ops(const struct btf *btf, uint32_t type_id,
		     void (*program)(uint32_t prog_id, struct buf *out), struct plan **out);
void plan_free(struct plan *p);

/* Size in bytes of a value of the type. */
size_t plan_size(const struct plan *p);

/* Whether a value may be longer: it ends in a flexible array. */
bool plan_is_flexible(const struct plan *p);

/*
 * Appends the value in `data` as JSON.  What lies beyond `size` bytes is never read: scalars there
 * are null, array elements there are left out.  Where the value ends in a flexible array and `size`
 * is larger than the type, the array has the elements that lie between.
 */
void plan_render(const struct plan *p, const void *data, size_t size, struct buf *out);

/* Whether the rendering of a value, given as JSON, says all there is in it: padding, what lies
 * behind the end of a text and the like are not shown. */
bool plan_is_exact(const struct plan *p, const void *data, size_t size, const char *json,
		   size_t len);

#endif
