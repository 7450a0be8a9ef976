/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FEATURE_CONFIG_H
#define BPFVIEW_FEATURE_CONFIG_H

#include "doc.h"
#include "feature_probe.h"

#include <stdint.h>

/* The sysctls that bpf(2) and the JIT obey (Documentation/admin-guide/sysctl/{kernel,net}.rst); -1
 * for one that cannot be read. */
void feature_sysctls(int64_t out[FEATURE_SYSCTLS]);

/* The value of an option in the kernel's configuration as it stands there ("y", "250"); NULL when
 * it is not set or no configuration is to be found.  Read once, from /boot or /proc/config.gz;
 * lives for ever. Only options that describe_system_config() shows are known. */
const char *feature_config_option(const char *name);

/* The object `system_config` of `bpftool -j feature probe`, with more options. */
void describe_system_config(struct doc *d, const int64_t sysctls[FEATURE_SYSCTLS]);

#endif
