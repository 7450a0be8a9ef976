/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folders for the networking of one namespace.  They are in two places of the tree and a kind
 * of folder is in one, so net.c includes this twice: NET_() makes the names, NET_KIND() the kinds
 * of the folders, and NET_ABOVE is the kind of the folder that `net` is in.
 */
static const struct row NET_(rows)[] = {
    {"list", ROW_FILE, "all that is attached, a line for each program", .form = DOC_TABLE,
     .show = show_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j net show", .form = DOC_JSON,
     .show = show_list},
    {"flow_dissector", ROW_FOLDER, "the program that dissects packets",
     .folder = NET_KIND(_FLOW_DISSECTOR)},
    {"netfilter", ROW_FOLDER, "programs at netfilter hooks", .folder = NET_KIND(_NETFILTER)},
    {"sk_lookup", ROW_FOLDER, "programs that choose sockets", .folder = NET_KIND(_SK_LOOKUP)},
};

static const struct generator NET_(interfaces) = {
    .row = {"IF", ROW_FOLDER, "a network interface", .folder = NET_KIND(_IF)},
    .open = open_interfaces,
    .next = names_next,
    .close = names_close,
    .find = find_interface,
};

const struct folder NET_(folder) = {
    .parent = NET_ABOVE, FOLDER_ROWS(NET_(rows)), .gen = &NET_(interfaces)};

const struct folder NET_(flow_dissector_folder) = HOOK_FOLDER(NET_KIND(), global_rows, "N-NAME",
							      NET_FLOW_DISSECTOR, "the program");

const struct folder NET_(netfilter_folder) = HOOK_FOLDER(NET_KIND(), netfilter_rows,
							 "FAMILY-HOOK-N-NAME", NET_NETFILTER,
							 "the Nth program at a hook");

const struct folder NET_(sk_lookup_folder) = HOOK_FOLDER(NET_KIND(), global_rows, "N-NAME",
							 NET_SK_LOOKUP, "the Nth program");

static const struct row NET_(if_rows)[] = {
    {"info", ROW_FILE, "the interface and all that is attached to it", .form = DOC_TEXT,
     .show = show_device},
    {"info.json", ROW_FILE, "the same, entries as in bpftool -j net show", .form = DOC_JSON,
     .show = show_device},
    {"offload", ROW_FILE, "what the device can run by itself, and what is bound to it",
     .form = DOC_TEXT, .exists = can_offload, .show = show_offload},
    {"offload.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .exists = can_offload,
     .show = show_offload},
    {"xdp", ROW_FOLDER, "XDP programs, one a mode", .folder = NET_KIND(_XDP)},
    {"tcx_ingress", ROW_FOLDER, "tcx programs for what comes in", .folder = NET_KIND(_TCX_INGRESS)},
    {"tcx_egress", ROW_FOLDER, "tcx programs for what goes out", .folder = NET_KIND(_TCX_EGRESS)},
    {"netkit_primary", ROW_FOLDER, "netkit programs of this end",
     .folder = NET_KIND(_NETKIT_PRIMARY)},
    {"netkit_peer", ROW_FOLDER, "netkit programs of the other end",
     .folder = NET_KIND(_NETKIT_PEER)},
    {"tc_ingress", ROW_FOLDER, "programs of classic filters for what comes in",
     .folder = NET_KIND(_TC_INGRESS)},
    {"tc_egress", ROW_FOLDER, "the same for what goes out: clsact, qdiscs, classes",
     .folder = NET_KIND(_TC_EGRESS)},
};

const struct folder NET_(if_folder) = {.parent = NET_KIND(), FOLDER_ROWS(NET_(if_rows))};

const struct folder NET_(xdp_folder) = HOOK_FOLDER(NET_KIND(_IF), xdp_rows, "MODE-NAME", NET_XDP,
						   "the program of a mode");

#define NET_CHAIN(rows, hook) HOOK_FOLDER(NET_KIND(_IF), rows, "N-NAME", hook, "the Nth program")

const struct folder NET_(tcx_ingress_folder) = NET_CHAIN(chain_rows, NET_TCX_INGRESS);
const struct folder NET_(tcx_egress_folder) = NET_CHAIN(chain_rows, NET_TCX_EGRESS);
const struct folder NET_(netkit_primary_folder) = NET_CHAIN(chain_rows, NET_NETKIT_PRIMARY);
const struct folder NET_(netkit_peer_folder) = NET_CHAIN(chain_rows, NET_NETKIT_PEER);
const struct folder NET_(tc_ingress_folder) = NET_CHAIN(classic_rows, NET_TC_INGRESS);
const struct folder NET_(tc_egress_folder) = NET_CHAIN(classic_rows, NET_TC_EGRESS);

#undef NET_CHAIN
#undef NET_
#undef NET_KIND
#undef NET_ABOVE
