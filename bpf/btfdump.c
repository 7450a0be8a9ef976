// SPDX-License-Identifier: GPL-2.0-or-later
#include "btfdump_impl.h"

#include "btf_info.h"
#include "kbtf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct btfdump {
	const struct btfdump_type *type;
	struct btf_ref ref;
	void *state;
};

/* --- the blob --- */

enum { BIN_STEP = 64 << 10 };

struct bin {
	int fd; /* of vmlinux BTF, which is large and a file too; -1 */
	struct buf blob;
	size_t done;
};

static void close_bin(void *state)
{
	struct bin *bin = state;

	if (bin->fd >= 0)
		close(bin->fd);
	buf_free(&bin->blob);
	free(bin);
}

static int open_bin(uint32_t id, void **state)
{
	struct buf name __buf_free = {};
	struct bpf_btf_info info;
	struct bin *bin = calloc(1, sizeof(*bin));
	int err = bin ? btf_info_read(id, &info, &name) : -ENOMEM;

	if (err) {
		free(bin);
		return err;
	}
	bin->fd = -1;
	if (info.kernel_btf && !strcmp(buf_cstr(&name), "vmlinux"))
		bin->fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	if (bin->fd < 0)
		err = btf_info_blob(id, &bin->blob);
	if (err)
		close_bin(bin);
	else
		*state = bin;
	return err;
}

static int step_bin(void *state, struct buf *out)
{
	struct bin *bin = state;
	size_t rest = bin->blob.len - bin->done;
	char *room;
	ssize_t n;

	if (bin->fd < 0) {
		n = (ssize_t)(rest < BIN_STEP ? rest : BIN_STEP);
		buf_add(out, bin->blob.data + bin->done, (size_t)n);
	} else {
		room = buf_room(out, BIN_STEP);
		n = room ? pread(bin->fd, room, BIN_STEP, (off_t)bin->done) : 0;
		if (n < 0)
			return -errno;
		out->len += (size_t)n;
	}
	bin->done += (size_t)n;
	return n > 0;
}

static const struct btfdump_type bin_type = {NULL, step_bin, close_bin};

/* --- all forms --- */

static int begin(const struct btf *btf, enum btfdump_form form, struct btfdump *d)
{
	d->type = form == BTFDUMP_C ? &btfdump_header : &btfdump_types;
	return d->type->open(btf, form, &d->state);
}

static int begin_id(uint32_t id, enum btfdump_form form, struct btfdump *d)
{
	int err;

	if (form == BTFDUMP_BIN) {
		d->type = &bin_type;
		return open_bin(id, &d->state);
	}
	err = btf_open(id, &d->ref);
	if (err)
		return err;
	err = begin(d->ref.btf, form, d);
	if (err)
		btf_close(&d->ref);
	return err;
}

int btfdump_open(uint32_t id, enum btfdump_form form, struct btfdump **out)
{
	struct btfdump *d = calloc(1, sizeof(*d));
	int err = d ? begin_id(id, form, d) : -ENOMEM;

	if (err)
		free(d);
	else
		*out = d;
	return err;
}

int btfdump_begin(const struct btf *btf, enum btfdump_form form, struct btfdump **out)
{
	struct btfdump *d = calloc(1, sizeof(*d));
	int err = d ? begin(btf, form, d) : -ENOMEM;

	if (err)
		free(d);
	else
		*out = d;
	return err;
}

int btfdump_more(struct btfdump *d, struct buf *out, size_t want)
{
	size_t start = out->len;
	int more;

	do
		more = d->type->step(d->state, out);
	while (more > 0 && !out->err && out->len - start < want);
	return out->err ? out->err : more;
}

void btfdump_close(struct btfdump *d)
{
	d->type->close(d->state);
	if (d->ref.btf)
		btf_close(&d->ref);
	free(d);
}
