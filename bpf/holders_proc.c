// SPDX-License-Identifier: GPL-2.0-or-later
#include "holders_proc.h"

#include "holders_record.h"
#include "procfiles.h"

#include <string.h>

static void add_record(const struct procfile *f, void *records)
{
	struct holders_record record = {.kind = kind_of_file(f->target), .pid = f->pid};

	if (record.kind == KIND_COUNT)
		return;
	record.id = procfile_id(f, record.kind);
	memcpy(record.comm, f->comm, sizeof(record.comm));
	if (record.id)
		buf_add(records, &record, sizeof(record));
}

int holders_walk_proc(struct buf *records)
{
	int err = procfiles_walk(add_record, records);

	return err ? err : records->err;
}
