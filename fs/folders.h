/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FOLDERS_H
#define BPFVIEW_FOLDERS_H

/*
 * The kinds of folders, parents before their children: FOLDER_NAME is the number of name_folder,
 * which stands in the file of its topic.
 */
// clang-format off
#define FOLDERS(X) \
	X(ROOT, root) \
	X(PROG, prog) \
	X(PROG_ID, prog_id) \
	X(PROG_MAPS, prog_maps) \
	X(PROG_LINKS, prog_links) \
	X(PROG_ATTACHED_BY, prog_attached_by) \
	X(PROG_TEST_RUN, prog_test_run) \
	X(PROG_BY_NAME, prog_by_name) \
	X(PROG_BY_TAG, prog_by_tag) \
	X(PROG_TAG, prog_tag) \
	X(PROG_BY_TYPE, prog_by_type) \
	X(PROG_TYPE, prog_type) \
	X(MAP, map) \
	X(MAP_ID, map_id) \
	X(MAP_PROGS, map_progs) \
	X(MAP_INNER, map_inner) \
	X(MAP_ENTRIES, map_entries) \
	X(MAP_BY_NAME, map_by_name) \
	X(MAP_BY_TYPE, map_by_type) \
	X(MAP_TYPE, map_type) \
	X(LINK, link) \
	X(LINK_ID, link_id) \
	X(LINK_BY_TYPE, link_by_type) \
	X(LINK_TYPE, link_type) \
	X(BTF, btf) \
	X(BTF_ID, btf_id) \
	X(BTF_PROGS, btf_progs) \
	X(BTF_MAPS, btf_maps) \
	X(BTF_TYPE, btf_type) \
	X(BTF_BY_NAME, btf_by_name) \
	X(PID, pid) \
	X(PID_ID, pid_id) \
	X(PID_PROG, pid_prog) \
	X(PID_MAP, pid_map) \
	X(PID_LINK, pid_link) \
	X(PID_BTF, pid_btf) \
	X(FEATURE, feature) \
	X(FEATURE_MACROS, feature_macros) \
	X(FEATURE_DEV, feature_dev) \
	X(FEATURE_LIST, feature_list) \
	X(TOKEN, token) \
	X(NET, net) \
	X(NET_FLOW_DISSECTOR, net_flow_dissector) \
	X(NET_NETFILTER, net_netfilter) \
	X(NET_SK_LOOKUP, net_sk_lookup) \
	X(NET_IF, net_if) \
	X(NET_XDP, net_xdp) \
	X(NET_TCX_INGRESS, net_tcx_ingress) \
	X(NET_TCX_EGRESS, net_tcx_egress) \
	X(NET_NETKIT_PRIMARY, net_netkit_primary) \
	X(NET_NETKIT_PEER, net_netkit_peer) \
	X(NET_TC_INGRESS, net_tc_ingress) \
	X(NET_TC_EGRESS, net_tc_egress) \
	X(NAMESPACES, namespaces) \
	X(NAMESPACE, namespace) \
	X(NETNS, netns) \
	X(NETNS_FLOW_DISSECTOR, netns_flow_dissector) \
	X(NETNS_NETFILTER, netns_netfilter) \
	X(NETNS_SK_LOOKUP, netns_sk_lookup) \
	X(NETNS_IF, netns_if) \
	X(NETNS_XDP, netns_xdp) \
	X(NETNS_TCX_INGRESS, netns_tcx_ingress) \
	X(NETNS_TCX_EGRESS, netns_tcx_egress) \
	X(NETNS_NETKIT_PRIMARY, netns_netkit_primary) \
	X(NETNS_NETKIT_PEER, netns_netkit_peer) \
	X(NETNS_TC_INGRESS, netns_tc_ingress) \
	X(NETNS_TC_EGRESS, netns_tc_egress) \
	X(CGROUP, cgroup) \
	X(CGROUP_NESTED, cgroup_nested) \
	X(CGROUP_TYPE, cgroup_type) \
	X(PERF, perf) \
	X(STRUCT_OPS, struct_ops) \
	X(STRUCT_OPS_ID, struct_ops_id) \
	X(ITER, iter) \
	X(ITER_LINKS, iter_links) \
	X(OBJECT, object) \
	X(OBJECT_NAME, object_name) \
	X(OBJECT_MAPS, object_maps) \
	X(OBJECT_MAP, object_map) \
	X(OBJECT_PROGS, object_progs) \
	X(OBJECT_PROG, object_prog) \
	X(OBJECT_VARS, object_vars) \
	X(OBJECT_LINKS, object_links) \
	X(PIN, pin) \
	X(PIN_NESTED, pin_nested)
// clang-format on

#endif
