// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature_config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

/* --- sysctls --- */

static const struct {
	const char *key;
	const char *path;
	const char *words[3]; /* of the values 0, 1, 2 */
} sysctls[FEATURE_SYSCTLS] = {
    {"unprivileged_bpf_disabled",
     "/proc/sys/kernel/unprivileged_bpf_disabled",
     {"everybody may call bpf()", "only the privileged may call bpf(), until the next boot",
      "only the privileged may call bpf()"}},
    {"bpf_jit_enable",
     "/proc/sys/net/core/bpf_jit_enable",
     {"off", "on", "on, and traced in the kernel's log"}},
    {"bpf_jit_harden",
     "/proc/sys/net/core/bpf_jit_harden",
     {"off", "for programs of the unprivileged", "for all programs"}},
    {"bpf_jit_kallsyms", "/proc/sys/net/core/bpf_jit_kallsyms", {"off", "for root"}},
    {"bpf_jit_limit", "/proc/sys/net/core/bpf_jit_limit", {}},
};

void feature_sysctls(int64_t out[FEATURE_SYSCTLS])
{
	for (size_t i = 0; i < FEATURE_SYSCTLS; i++) {
		FILE *f = fopen(sysctls[i].path, "re");
		long long v;

		out[i] = f && fscanf(f, "%lld", &v) == 1 ? v : -1;
		if (f)
			fclose(f);
	}
}

static void describe_sysctl(struct doc *d, size_t i, int64_t v)
{
	const char *word = v >= 0 && v < 3 ? sysctls[i].words[v] : NULL;
	char text[80];

	if (v < 0)
		snprintf(text, sizeof(text), "cannot be read");
	else if (word)
		snprintf(text, sizeof(text), "%lld (%s)", (long long)v, word);
	else
		snprintf(text, sizeof(text), "%lld", (long long)v);
	doc_said(d, sysctls[i].key, v, text);
}

/* --- the kernel's configuration --- */

/* Those that bpftool shows, in its order, then others that decide what BPF can do. */
static const char *const options[] = {
    "CONFIG_BPF",
    "CONFIG_BPF_SYSCALL",
    "CONFIG_HAVE_EBPF_JIT",
    "CONFIG_BPF_JIT",
    "CONFIG_BPF_JIT_ALWAYS_ON",
    "CONFIG_DEBUG_INFO_BTF",
    "CONFIG_DEBUG_INFO_BTF_MODULES",
    "CONFIG_CGROUPS",
    "CONFIG_CGROUP_BPF",
    "CONFIG_CGROUP_NET_CLASSID",
    "CONFIG_SOCK_CGROUP_DATA",
    "CONFIG_BPF_EVENTS",
    "CONFIG_KPROBE_EVENTS",
    "CONFIG_UPROBE_EVENTS",
    "CONFIG_TRACING",
    "CONFIG_FTRACE_SYSCALLS",
    "CONFIG_FUNCTION_ERROR_INJECTION",
    "CONFIG_BPF_KPROBE_OVERRIDE",
    "CONFIG_NET",
    "CONFIG_XDP_SOCKETS",
    "CONFIG_LWTUNNEL_BPF",
    "CONFIG_NET_ACT_BPF",
    "CONFIG_NET_CLS_BPF",
    "CONFIG_NET_CLS_ACT",
    "CONFIG_NET_SCH_INGRESS",
    "CONFIG_XFRM",
    "CONFIG_IP_ROUTE_CLASSID",
    "CONFIG_IPV6_SEG6_BPF",
    "CONFIG_BPF_LIRC_MODE2",
    "CONFIG_BPF_STREAM_PARSER",
    "CONFIG_NETFILTER_XT_MATCH_BPF",
    "CONFIG_TEST_BPF",
    "CONFIG_HZ",
    "CONFIG_BPF_JIT_DEFAULT_ON",
    "CONFIG_BPF_UNPRIV_DEFAULT_OFF",
    "CONFIG_BPF_LSM",
    "CONFIG_NETFILTER_BPF_LINK",
    "CONFIG_NETKIT",
    "CONFIG_NET_SCH_BPF",
    "CONFIG_SCHED_CLASS_EXT",
    "CONFIG_HID_BPF",
    "CONFIG_FPROBE",
    "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static char *values[OPTIONS];
static pthread_once_t config_once = PTHREAD_ONCE_INIT;

/* Takes a line `CONFIG_NAME=value`. */
static void take_line(char *line)
{
	char *value = strchr(line, '=');

	if (!value || line[0] == '#')
		return;
	*value++ = '\0';
	value[strcspn(value, "\n")] = '\0';
	for (size_t i = 0; i < OPTIONS; i++)
		if (!values[i] && !strcmp(line, options[i]))
			values[i] = strdup(value);
}

/* zlib reads what is not compressed as it is. */
static void load_config(void)
{
	struct utsname kernel;
	char path[sizeof("/boot/config-") + sizeof(kernel.release)];
	char line[1024];
	gzFile f = NULL;

	if (!uname(&kernel)) {
		snprintf(path, sizeof(path), "/boot/config-%s", kernel.release);
		f = gzopen(path, "re");
	}
	if (!f)
		f = gzopen("/proc/config.gz", "re");
	while (f && gzgets(f, line, sizeof(line)))
		take_line(line);
	if (f)
		gzclose(f);
}

static const char *option_value(size_t i)
{
	pthread_once(&config_once, load_config);
	return values[i];
}

const char *feature_config_option(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (!strcmp(options[i], name))
			return option_value(i);
	return NULL;
}

void describe_system_config(struct doc *d, const int64_t v[FEATURE_SYSCTLS])
{
	doc_object(d, "system_config");
	for (size_t i = 0; i < FEATURE_SYSCTLS; i++)
		describe_sysctl(d, i, v[i]);
	for (size_t i = 0; i < OPTIONS; i++)
		if (option_value(i))
			doc_str(d, options[i], option_value(i));
		else
			doc_none(d, options[i], "not set");
	doc_close(d);
}
