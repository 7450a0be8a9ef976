// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink messages, namespaces by name, and the order and words of what is attached. */
#include "bpf/iterators.h"
#include "bpf/net.h"
#include "bpf/netfilter.h"
#include "bpf/netlink.h"
#include "bpf/netplace.h"
#include "bpf/netns.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- netlink --- */

static void test_attributes(void **state)
{
	char room[256] __attribute__((aligned(8)));
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	const struct nlattr *tb[9];
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_u8(h, 1, 200);
	mnl_attr_put_u16(h, 2, 60000);
	mnl_attr_put_u32(h, 3, 4000000000);
	mnl_attr_put_u64(h, 4, 1ULL << 60);
	mnl_attr_put(h, 5, 3, "abc"); /* no NUL */
	mnl_attr_put_strz(h, 6, "word");
	nest = mnl_attr_nest_start(h, 7);
	mnl_attr_put_u8(h, 2, 9);
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u8(h, 100, 1); /* a newer kernel's */
	netlink_attrs(h, 0, tb, 9);
	assert_int_equal(netlink_uint(tb[1]), 200);
	assert_int_equal(netlink_uint(tb[2]), 60000);
	assert_int_equal(netlink_uint(tb[3]), 4000000000);
	assert_int_equal(netlink_uint(tb[4]), 1ULL << 60);
	assert_int_equal(netlink_uint(tb[5]), 0);
	assert_int_equal(netlink_uint(tb[8]), 0);
	assert_null(netlink_str(tb[5]));
	assert_null(netlink_str(tb[8]));
	assert_string_equal(netlink_str(tb[6]), "word");
	nest = (struct nlattr *)(uintptr_t)tb[7];
	netlink_nested(nest, tb, 9);
	assert_int_equal(netlink_uint(tb[2]), 9);
	assert_null(tb[1]);
	netlink_nested(NULL, tb, 9);
	assert_null(tb[2]);
	/* shorter than its header should be */
	netlink_attrs(h, sizeof(room), tb, 9);
	assert_null(tb[1]);
}

static int note_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);

	*(int *)arg |= i->ifi_index == 1;
	return 0;
}

static int stop_at_once(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
	return -ECANCELED;
}

static int ask_links(struct netlink *nl, int index, uint16_t flags,
		     int (*fn)(const struct nlmsghdr *h, void *arg), void *arg)
{
	struct ifinfomsg *i =
	    mnl_nlmsg_put_extra_header(netlink_request(nl, RTM_GETLINK, flags), sizeof(*i));

	i->ifi_index = index;
	return netlink_ask(nl, fn, arg);
}

static void test_ask(void **state)
{
	struct netlink *nl;
	int found = 0;

	(void)state;
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl), 0);
	assert_int_equal(ask_links(nl, 0, NLM_F_DUMP, note_link, &found), 0);
	assert_int_equal(found, 1);
	found = 0;
	assert_int_equal(ask_links(nl, 1, 0, note_link, &found), 0);
	assert_int_equal(found, 1);
	assert_int_equal(ask_links(nl, 0x7ffffff0, 0, note_link, &found), -ENODEV);
	assert_int_equal(ask_links(nl, 0, NLM_F_DUMP, stop_at_once, NULL), -ECANCELED);
	netlink_close(nl);
}

static void test_family(void **state)
{
	struct netlink *nl;
	uint16_t id = 0;

	(void)state;
	assert_int_equal(netlink_open(NETLINK_GENERIC, &nl), 0);
	assert_int_equal(netlink_family(nl, "nlctrl", &id), 0);
	assert_int_equal(id, 16);
	assert_int_equal(netlink_family(nl, "no such one", &id), -ENOENT);
	assert_int_equal(id, 16);
	netlink_close(nl);
}

/* --- namespaces --- */

/* Two namespaces named `one` and `two`, and other things next to them, that nobody else sees. */
static int make_namespaces(void **state)
{
	static const char *const names[] = {"/run/netns/one", "/run/netns/two"};
	int home;

	(void)state;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) || mkdir("/run/netns", 0755))
		return -1;
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < 2; i++)
		if (mknod(names[i], S_IFREG | 0644, 0) || unshare(CLONE_NEWNET) ||
		    mount("/proc/thread-self/ns/net", names[i], NULL, MS_BIND, NULL))
			return -1;
	if (setns(home, CLONE_NEWNET) || mknod("/run/netns/plain", S_IFREG | 0644, 0) ||
	    mkfifo("/run/netns/fifo", 0644))
		return -1;
	return close(home);
}

static ino_t own_namespace(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

static int note_namespace(void *arg)
{
	*(ino_t *)arg = own_namespace();
	return -EXDEV;
}

static int add_name(const char *name, uint64_t ino, void *arg)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_ino, ino);
	strcat(strcat(arg, name), " ");
	return 0;
}

static int stop_at_name(const char *name, uint64_t ino, void *arg)
{
	(void)name;
	(void)ino;
	return ++*(int *)arg;
}

static void test_namespaces(void **state)
{
	static const char *const none[] = {"plain", "fifo", "three", "", ".", "..", "../netns/one"};
	ino_t home = own_namespace(), one = 0, two = 0, ours = 0;
	struct stat st;
	char names[64] = "";
	int calls = 0;

	(void)state;
	assert_int_equal(netns_run("one", note_namespace, &one), -EXDEV);
	assert_int_equal(netns_run("two", note_namespace, &two), -EXDEV);
	assert_int_equal(netns_run(NULL, note_namespace, &ours), -EXDEV);
	assert_int_equal(stat("/run/netns/one", &st), 0);
	assert_int_equal(one, st.st_ino);
	assert_int_not_equal(one, two);
	assert_int_equal(ours, home);
	assert_int_equal(own_namespace(), home);
	assert_int_equal(netns_find("two"), 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(netns_find(none[i]), -ENOENT);
		assert_int_equal(netns_run(none[i], note_namespace, &one), -ENOENT);
	}
	assert_int_equal(netns_each(add_name, names), 0);
	assert_int_equal(strlen(names), 8);
	assert_non_null(strstr(names, "one "));
	assert_non_null(strstr(names, "two "));
	assert_int_equal(netns_each(stop_at_name, &calls), 1);
	assert_int_equal(calls, 1);
	assert_int_equal(netns_own(), home);
}

/* --- what is attached --- */

static void test_empty_namespace(void **state)
{
	const struct net_scope all = {.netns = "one", .hooks = NET_ALL_HOOKS};
	const struct net_scope gone = {
	    .netns = "one", .ifindex = 0x7ffffff0, .hooks = 1 << NET_XDP};
	const struct net_scope nowhere = {.netns = "three", .hooks = NET_ALL_HOOKS};
	struct buf out __buf_free = {};
	struct net net;
	struct stat st;

	(void)state;
	assert_int_equal(net_read(&all, &net), 0);
	assert_int_equal(net.ndevices, 1);
	assert_string_equal(net.devices[0].name, "lo");
	assert_int_equal(net.nattached, 0);
	assert_int_equal(stat("/run/netns/one", &st), 0);
	assert_int_equal(net.ino, st.st_ino);
	net_free(&net);
	assert_int_equal(net_read(&gone, &net), -ENOENT);
	assert_int_equal(net_read(&nowhere, &net), -ENOENT);
	assert_int_equal(net_list("one", DOC_JSON, &out), 0);
	assert_string_equal(
	    buf_cstr(&out),
	    "[{\"xdp\":[],\"tc\":[],\"flow_dissector\":[],\"netfilter\":[],\"sk_lookup\":[]}]\n");
	assert_false(net_can_offload("one", 1));
	assert_int_equal(net_describe_device("one", 0x7ffffff0, DOC_JSON, &out), -ENOENT);
}

static void check_place(const struct net_attachment *a, const char *expected)
{
	struct buf out __buf_free = {};

	net_place(a, &out);
	assert_string_equal(buf_cstr(&out), expected);
}

static void test_places(void **state)
{
	struct net_attachment a = {.hook = NET_XDP, .xdp_mode = XDP_ATTACHED_HW};

	(void)state;
	check_place(&a, "xdp/offload");
	a.xdp_mode = 77;
	check_place(&a, "xdp/unknown");
	a = (struct net_attachment){.hook = NET_NETKIT_PEER};
	check_place(&a, "netkit/peer");
	a = (struct net_attachment){.hook = NET_TC_EGRESS, .tc.where = "clsact/egress"};
	check_place(&a, "clsact/egress");
	a = (struct net_attachment){.hook = NET_NETFILTER,
				    .netfilter = {.pf = NFPROTO_ARP, .hook = 2}};
	check_place(&a, "arp/forward");
	a.netfilter.pf = 99;
	check_place(&a, "99/2");
	a.netfilter.pf = NFPROTO_IPV4;
	a.netfilter.hook = NF_INET_POST_ROUTING;
	check_place(&a, "ip/postrouting");
	a.netfilter.hook = 50;
	check_place(&a, "ip/50");
}

static int count_messages(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	++*(int *)arg;
	return 0;
}

/* What the kernel refuses it explains; the next request has words of its own. */
static void test_words_of_the_kernel(void **state)
{
	struct netlink *nl;
	struct nlmsghdr *h;
	struct ifinfomsg *i;
	struct tcmsg *t;
	int n = 0;

	(void)state;
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl), 0);
	assert_string_equal(netlink_said(nl), "");
	h = netlink_request(nl, RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE);
	t = mnl_nlmsg_put_extra_header(h, sizeof(*t));
	t->tcm_ifindex = 1;
	t->tcm_parent = 0x12340001; /* a class of no qdisc */
	mnl_attr_put_strz(h, TCA_KIND, "bpf");
	assert_true(netlink_ask(nl, count_messages, &n) < 0);
	assert_int_equal(n, 0);
	assert_true(strlen(netlink_said(nl)) > 0);
	h = netlink_request(nl, RTM_GETLINK, NLM_F_ACK);
	i = mnl_nlmsg_put_extra_header(h, sizeof(*i));
	i->ifi_index = 1;
	assert_string_equal(netlink_said(nl), "");
	/* the answer, and then the kernel's word that this was all */
	assert_int_equal(netlink_ask(nl, count_messages, &n), 0);
	assert_int_equal(n, 1);
	netlink_close(nl);
}

/* A link to the loopback device, whose number is the same in all namespaces. */
struct on_loopback {
	enum bpf_prog_type prog_type;
	enum bpf_attach_type attach_type;
	int fd; /* or -errno */
	struct bpf_link_info info;
	struct netplace at; /* as is found there without a table */
};

static int attach_to_loopback(void *arg)
{
	static const struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2},
						{.code = BPF_JMP | BPF_EXIT}};
	struct on_loopback *l = arg;
	uint32_t len = sizeof(l->info);
	int prog = bpf_prog_load(l->prog_type, "loopback", "GPL", insns, 2, NULL);

	assert_true(prog >= 0);
	l->fd = bpf_link_create(prog, 1, l->attach_type, NULL);
	close(prog);
	if (l->fd < 0)
		return l->fd;
	assert_int_equal(bpf_link_get_info_by_fd(l->fd, &l->info, &len), 0);
	return netplaces_find(NULL, &l->info, &l->at);
}

static void check_loopback(const struct on_loopback *l, ino_t ino)
{
	struct bpf_link_info other = l->info;
	struct netplaces *p = NULL;
	struct netplace at;

	assert_int_equal(l->at.netns_ino, ino);
	assert_int_equal(l->at.ifindex, 1);
	assert_string_equal(l->at.devname, "lo");
	/* seen from another namespace, it is not on the device of that number */
	assert_int_equal(netplaces_find(NULL, &l->info, &at), -ENOENT);
	if (netplaces_read(&p)) /* no iterators here */
		return;
	assert_int_equal(netplaces_find(p, &l->info, &at), 0);
	assert_memory_equal(&at, &l->at, sizeof(at));
	assert_int_equal(netplaces_link_at(p, ino, 1, l->info.prog_id), l->info.id);
	assert_int_equal(netplaces_link_at(p, netns_own(), 1, l->info.prog_id), 0);
	other.id = UINT32_MAX;
	assert_int_equal(netplaces_find(p, &other, &at), -ENOENT);
	netplaces_free(p);
	iterators_exit();
}

static void test_links_to_devices(void **state)
{
	struct on_loopback links[] = {
	    {.prog_type = BPF_PROG_TYPE_XDP, .attach_type = BPF_XDP},
	    {.prog_type = BPF_PROG_TYPE_SCHED_CLS, .attach_type = BPF_TCX_EGRESS}};
	ino_t one = 0;

	(void)state;
	netns_run("one", note_namespace, &one);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		int err = netns_run("one", attach_to_loopback, &links[i]);

		if (links[i].fd < 0) {
			print_message("this kernel: link %zu: %s\n", i, strerror(-links[i].fd));
			continue;
		}
		assert_int_equal(err, 0);
		check_loopback(&links[i], one);
		close(links[i].fd);
	}
}

static void test_links_to_nothing(void **state)
{
	const struct bpf_link_info none = {
	    .id = UINT32_MAX, .type = BPF_LINK_TYPE_XDP, .xdp.ifindex = 1};
	struct netplace at;

	(void)state;
	assert_int_equal(netplaces_find(NULL, &none, &at), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_attributes),
	    cmocka_unit_test(test_ask),
	    cmocka_unit_test(test_family),
	    cmocka_unit_test(test_namespaces),
	    cmocka_unit_test(test_empty_namespace),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_links_to_devices),
	    cmocka_unit_test(test_links_to_nothing),
	    cmocka_unit_test(test_words_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, make_namespaces, NULL);
}
