// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse_impl.h"

#include "intern.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

/*
 * The kernel keeps a name that it has looked up for as long as it has memory to spare, and as long
 * we have to know what it stands for.  A walk over a folder of a hundred thousand files would stay
 * with us for hours, so the kernel is told to drop what nobody has used for a while.  All that
 * costs is that a name is looked up anew, which it is on each use anyway.  What is open stays known
 * until it is closed.
 */

/* FEW names are not worth it; MANY should not become more.  Between steps others get their turn. */
enum { FEW = 1000, MANY = 16384, STEP = 64, STEP_MS = 5, LOOK_MS = 1000 };
enum { UNUSED_SECONDS = 15, UNUSED_SECONDS_OF_MANY = 2 };

/*
 * The kernel takes the folder's lock for it, which those have who wait for an answer to a look-up
 * or a listing.  Therefore never where requests are answered, nor with a lock held; and only in
 * folders where nobody has asked for anything for a moment: a daemon that is killed while it waits
 * for such a lock can neither answer nor end.
 */
enum { SLOTS = 256, QUIET_SECONDS = 2 };

static atomic_uint last_asked[SLOTS]; /* second, by folder; several may share one */

static unsigned int second(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (unsigned int)t.tv_sec;
}

static atomic_uint *slot_of(fuse_ino_t dir)
{
	return &last_asked[dir * 0x9e3779b97f4a7c15 >> 56];
}

void folder_asked(fuse_ino_t dir)
{
	atomic_store_explicit(slot_of(dir), second(), memory_order_relaxed);
}

static bool is_quiet(fuse_ino_t dir)
{
	return second() - atomic_load_explicit(slot_of(dir), memory_order_relaxed) >= QUIET_SECONDS;
}

int forget_some(void)
{
	struct interned names[STEP];
	uint32_t known = intern_count();
	size_t n;

	if (known <= FEW)
		return -1;
	n = intern_unused(known > MANY ? UNUSED_SECONDS_OF_MANY : UNUSED_SECONDS, names, STEP);
	for (size_t i = 0; i < n; i++)
		if (is_quiet(names[i].parent))
			fuse_lowlevel_notify_inval_entry(fs.session, names[i].parent, names[i].name,
							 strlen(names[i].name));
	return n == STEP ? STEP_MS : LOOK_MS;
}
