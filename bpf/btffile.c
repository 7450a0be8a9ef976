// SPDX-License-Identifier: GPL-2.0-or-later
#include "btffile.h"

#include "btfdump.h"

#include <errno.h>
#include <string.h>

#define KERNEL_BTF "/sys/kernel/btf/"

static int complain(const char *path, int err, struct problem *why)
{
	switch (err) {
	case -ENOENT:
	case -EACCES:
	case -EPERM:
	case -EISDIR:
	case -EIO:
	case -ENOMEM: return problem_errno(why, err, path);
	case -ENODATA: return problem(why, err, NULL, "%s has no BTF: no .BTF section", path);
	default:
		return problem(why, -EINVAL, NULL,
			       "%s is neither BTF nor an ELF file with BTF, or is split BTF", path);
	}
}

static int parse(const char *path, struct btf *base, struct btf **out, struct problem *why)
{
	*out = btf__parse_split(path, base);
	return *out ? 0 : complain(path, -errno, why);
}

static const char *default_base(const char *path)
{
	size_t n = strlen(KERNEL_BTF);

	if (strncmp(path, KERNEL_BTF, n) != 0 || !strcmp(path + n, "vmlinux"))
		return NULL;
	return KERNEL_BTF "vmlinux";
}

int btf_file_open(const char *path, const char *base_path, struct btf_file *out,
		  struct problem *why)
{
	int err = 0;

	*out = (struct btf_file){};
	if (!base_path)
		base_path = default_base(path);
	if (base_path)
		err = parse(base_path, NULL, &out->base, why);
	if (!err)
		err = parse(path, out->base, &out->btf, why);
	if (err)
		btf_file_close(out);
	return err;
}

void btf_file_close(struct btf_file *f)
{
	btf__free(f->btf);
	btf__free(f->base);
	*f = (struct btf_file){};
}

int btf_file_header(const struct btf_file *f, struct buf *out)
{
	struct btfdump *dump;
	int err = btfdump_begin(f->btf, BTFDUMP_C, &dump);

	if (err)
		return err;
	err = btfdump_more(dump, out, SIZE_MAX);
	btfdump_close(dump);
	return err;
}
