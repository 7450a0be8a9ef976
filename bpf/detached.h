/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_DETACHED_H
#define BPFVIEW_DETACHED_H

/* Opens a file of one of the kernel's own file systems ("tracefs") without its being mounted
 * anywhere, with O_RDONLY | O_NONBLOCK; a descriptor or -errno (-ENODEV: no such file system). */
int detached_open(const char *fs, const char *path);

#endif
