# SPDX-License-Identifier: GPL-2.0-or-later
"""net/ and netns/: what is attached to networking, compared with bpftool in the same namespace."""
import contextlib
import errno
import json
import os
import shutil
import socket
import subprocess

import pytest

import kernel
import oracle
from daemon import View
from kernel import wait_until
from netns import (F_BEFORE, FLOW_DISSECTOR, FLOW_DISSECTOR_HOOK, NETFILTER_HOOK, NETFILTER_PROG,
                   NETKIT_PEER, NETKIT_PRIMARY, RETURN, SCHED_CLS, TCX_EGRESS, TCX_INGRESS,
                   XDP_LINK, Netns, Refused, classifier, xdp)

pytestmark = pytest.mark.guest

HOOKS = ("xdp", "tcx_ingress", "tcx_egress", "netkit_primary", "netkit_peer", "tc_ingress",
         "tc_egress")


@pytest.fixture
def ns():
    with Netns() as made:
        made.veth("v0", "v1")
        yield made


@pytest.fixture
def pinned(bpffs):
    """Pins a program, for tools that know it by its path only; returns the path."""
    paths = []

    def pin(fd):
        paths.append(os.path.join(bpffs, "net-" + os.urandom(4).hex()))
        kernel.pin(fd, paths[-1])
        return paths[-1]

    yield pin
    for path in paths:
        os.unlink(path)


def or_skip(what, *words):
    """Runs what(*words), or skips with the kernel's reason."""
    try:
        return what(*words)
    except Refused as err:
        pytest.skip(str(err))
    except OSError as err:
        pytest.skip(f"{what.__name__} {words}: {err}")


def shown(view, ns):
    return view.json("netns", ns.name, "net", "list.json")


def check(ns, actual):
    """Compares with bpftool, which also has the netfilter links of other namespaces."""
    expected = ns.bpftool()
    mine = {entry["id"] for entry in actual[0]["netfilter"]}
    expected[0]["netfilter"] = [e for e in expected[0]["netfilter"] if e["id"] in mine]
    oracle.check(expected, actual)
    return actual[0]


def programs(view, ns, *parts):
    """A folder of programs in order: (name, program's id)."""
    links = view.links_only("netns", ns.name, "net", *parts)
    return [(name, int(os.path.basename(target))) for name, target in sorted(links.items())]


def chain(*progs):
    return [(f"{i + 1:02}-{name}", prog.id) for i, (name, prog) in enumerate(progs)]


def test_nothing(view, ns):
    assert check(ns, shown(view, ns)) == {"xdp": [], "tc": [], "flow_dissector": [],
                                         "netfilter": [], "sk_lookup": []}
    assert view.text("netns", ns.name, "net", "list").split("\n")[1:] == [""]
    assert sorted(view.list("netns", ns.name, "net")) == [
        "flow_dissector", "list", "list.json", "lo", "netfilter", "sk_lookup", "v0", "v1"]
    folder = view.list("netns", ns.name, "net", "v0")
    assert sorted(folder) == sorted(HOOKS + ("info", "info.json"))
    for hook in HOOKS:
        assert sorted(view.list("netns", ns.name, "net", "v0", hook)) == [
            "attach", "detach", "info", "info.json"]


@pytest.mark.parametrize("mode,option", [("generic", "xdpgeneric"), ("driver", "xdpdrv")])
def test_xdp(view, ns, keep, pinned, mode, option):
    prog = keep(xdp("pass_it"))
    ns.ip("link", "set", "dev", "v0", option, "pinned", pinned(prog.fd))
    assert check(ns, shown(view, ns))["xdp"] == [{
        "devname": "v0", "ifindex": ns.index("v0"), "mode": mode, "id": prog.id,
        "name": "pass_it"}]
    assert programs(view, ns, "v0", "xdp") == [(f"{mode}-pass_it", prog.id)]
    assert view.target("netns", ns.name, "net", "v0", "xdp", f"{mode}-pass_it") \
        == f"prog/{prog.id}"
    assert programs(view, ns, "v1", "xdp") == []


def test_xdp_link(view, ns, keep):
    prog = keep(xdp("by_link"))
    with ns.link(prog, ns.index("v1"), XDP_LINK):
        assert check(ns, shown(view, ns))["xdp"][0]["id"] == prog.id
        assert programs(view, ns, "v1", "xdp") == [("driver-by_link", prog.id)]
    assert check(ns, shown(view, ns))["xdp"] == []
    assert programs(view, ns, "v1", "xdp") == []


@pytest.fixture
def offloading(ns):
    """A simulated device that programs can be offloaded to."""
    number = str(os.getpid())

    if not os.path.exists("/sys/bus/netdevsim"):
        pytest.skip("this kernel has no netdevsim")

    def write(file, text):
        with open(f"/sys/bus/netdevsim/{file}", "w", encoding="ascii") as to:
            to.write(text)

    ns.run(lambda: write("new_device", f"{number} 1"))
    try:
        yield ns.run(lambda: set(socket.if_nameindex())).difference(
            {(ns.index(name), name) for name in ("lo", "v0", "v1")}).pop()
    finally:
        write("del_device", number)


def test_offload(view, ns, keep, pinned, offloading):
    """Such devices alone take programs in two modes at a time."""
    index, name = offloading
    ours = keep(xdp("in_driver"))
    theirs = keep(ns.run(lambda: kernel.Prog(RETURN[2], kernel.XDP, "in_device", ifindex=index)))
    ns.ip("link", "set", "dev", name, "xdpoffload", "pinned", pinned(theirs.fd))
    assert check(ns, shown(view, ns))["xdp"][0]["mode"] == "offload"
    ns.ip("link", "set", "dev", name, "xdpdrv", "pinned", pinned(ours.fd))
    entry, = check(ns, shown(view, ns))["xdp"]
    assert entry["multi_attachments"] == [
        {"mode": "driver", "id": ours.id, "name": "in_driver"},
        {"mode": "offload", "id": theirs.id, "name": "in_device"}]
    assert programs(view, ns, name, "xdp") == [("driver-in_driver", ours.id),
                                              ("offload-in_device", theirs.id)]
    assert "offload" in view.list("netns", ns.name, "net", name)
    info = view.json("netns", ns.name, "net", name, "offload.json")
    assert info["devname"] == name and "hw-offload" in info["xdp_feature_names"]
    assert info["prog_ids"] == [theirs.id] and info["map_ids"] == []
    assert f"prog_ids: {theirs.id}\n" in view.text("netns", ns.name, "net", name, "offload")


def test_tcx_chain(view, ns, keep):
    index = ns.index("v0")
    first, second, third = [keep(classifier(name)) for name in ("first", "second", "third")]
    ns.attach(second, index, TCX_INGRESS)
    link = keep(ns.link(third, index, TCX_INGRESS))
    ns.attach(first, index, TCX_INGRESS, F_BEFORE)
    ns.attach(third, index, TCX_EGRESS)
    tc = check(ns, shown(view, ns))["tc"]
    assert [(e["kind"], e["prog_id"], e["link_id"]) for e in tc] == [
        ("tcx/ingress", first.id, 0), ("tcx/ingress", second.id, 0),
        ("tcx/ingress", third.id, link.id), ("tcx/egress", third.id, 0)]
    expected = chain(("first", first), ("second", second), ("third", third))
    assert programs(view, ns, "v0", "tcx_ingress") == expected
    assert programs(view, ns, "v0", "tcx_egress") == chain(("third", third))

    info = view.json("netns", ns.name, "net", "v0", "tcx_ingress", "info.json")
    assert info["tc"] == tc[:3]
    before = info["revision"]
    link.close()
    info = view.json("netns", ns.name, "net", "v0", "tcx_ingress", "info.json")
    assert info["tc"] == tc[:2] and info["revision"] > before


def test_full_names(view, ns, keep, loaded, pinned):
    """The kernel keeps 15 characters, and these programs begin alike."""
    progs = loaded("attach").progs
    names = ["lets_everything_through_first", "lets_everything_through_second"]
    for name in names:
        prog = keep(kernel.Fd(os.dup(progs[name])))
        keep(ns.link(prog, ns.index("v0"), TCX_EGRESS))
    ns.ip("link", "set", "dev", "v0", "xdpgeneric", "pinned",
          pinned(progs["lets_every_frame_through"]))
    assert [e["name"] for e in check(ns, shown(view, ns))["tc"]] == names
    assert [name for name, _ in programs(view, ns, "v0", "tcx_egress")] == [
        "01-" + names[0], "02-" + names[1]]
    assert [name for name, _ in programs(view, ns, "v0", "xdp")] == [
        "generic-lets_every_frame_through"]


def test_nameless_program(view, ns, keep):
    prog = keep(kernel.Prog(RETURN[0], SCHED_CLS))
    ns.attach(prog, ns.index("v0"), TCX_INGRESS)
    check(ns, shown(view, ns))
    assert programs(view, ns, "v0", "tcx_ingress") == [(f"01-{prog.id}", prog.id)]


def test_netkit(view, ns, keep):
    or_skip(ns.ip, "link", "add", "kit", "type", "netkit")
    primary, peer = keep(classifier("at_this_end")), keep(classifier("at_the_other"))
    index = ns.index("kit")
    ns.attach(primary, index, NETKIT_PRIMARY)
    link = keep(ns.link(peer, index, NETKIT_PEER))
    tc = check(ns, shown(view, ns))["tc"]
    assert [(e["kind"], e["prog_id"], e["link_id"]) for e in tc] == [
        ("netkit/primary", primary.id, 0), ("netkit/peer", peer.id, link.id)]
    assert programs(view, ns, "kit", "netkit_primary") == chain(("at_this_end", primary))
    assert programs(view, ns, "kit", "netkit_peer") == chain(("at_the_other", peer))


def test_clsact(view, ns, keep, pinned):
    first, second, out = [keep(classifier(name)) for name in ("one", "two", "out")]
    ns.tc("qdisc", "add", "dev", "v0", "clsact")
    for prog, prio in ((second, 20), (first, 10)):
        ns.tc("filter", "add", "dev", "v0", "ingress", "prio", prio, "bpf", "da",
              "object-pinned", pinned(prog.fd))
    ns.tc("filter", "add", "dev", "v0", "egress", "protocol", "ip", "prio", 7, "handle", 3, "bpf",
          "object-pinned", pinned(out.fd), "action", "mirred", "egress", "mirror", "dev", "v1")
    tc = check(ns, shown(view, ns))["tc"]
    assert [(e["kind"], e["id"], e["prio"], e["direct_action"]) for e in tc] == [
        ("clsact/ingress", first.id, 10, True), ("clsact/ingress", second.id, 20, True),
        ("clsact/egress", out.id, 7, False)]
    assert tc[2]["act"] == [] and tc[2]["handle"] == 3 and tc[2]["protocol"] == "ip"
    assert programs(view, ns, "v0", "tc_ingress") == chain(("one", first), ("two", second))
    assert programs(view, ns, "v0", "tc_egress") == chain(("out", out))


def test_old_ingress_qdisc(view, ns, keep, pinned):
    """bpftool shows its filters four times: it asks for them in four ways."""
    prog = keep(classifier("old"))
    ns.tc("qdisc", "add", "dev", "v0", "ingress")
    ns.tc("filter", "add", "dev", "v0", "ingress", "bpf", "da", "object-pinned", pinned(prog.fd))
    tc = shown(view, ns)[0]["tc"]
    assert [(e["kind"], e["id"]) for e in tc] == [("ingress", prog.id)]
    oracle.check(ns.bpftool()[0]["tc"][:1], tc)
    assert programs(view, ns, "v0", "tc_ingress") == chain(("old", prog))


def test_classes(view, ns, keep, pinned):
    names = ("at_clsact", "at_root", "at_inner", "at_leaf")
    progs = {name: keep(classifier(name)) for name in names}
    path = {name: pinned(prog.fd) for name, prog in progs.items()}
    or_skip(ns.tc, "qdisc", "add", "dev", "v0", "root", "handle", "1:", "htb")
    ns.tc("class", "add", "dev", "v0", "parent", "1:", "classid", "1:1", "htb", "rate", "2mbit")
    ns.tc("class", "add", "dev", "v0", "parent", "1:1", "classid", "1:10", "htb", "rate", "1mbit")
    ns.tc("qdisc", "add", "dev", "v0", "parent", "1:10", "handle", "10:", "htb")
    ns.tc("qdisc", "add", "dev", "v0", "clsact")
    for parent, name in (("1:", "at_root"), ("1:1", "at_inner"), ("10:", "at_leaf")):
        ns.tc("filter", "add", "dev", "v0", "parent", parent, "bpf", "object-pinned", path[name])
    ns.tc("filter", "add", "dev", "v0", "egress", "bpf", "object-pinned", path["at_clsact"])
    # a second interface with the same numbers
    ns.tc("qdisc", "add", "dev", "v1", "root", "handle", "2:", "htb")
    ns.tc("filter", "add", "dev", "v1", "parent", "2:", "bpf", "object-pinned", path["at_root"])
    tc = shown(view, ns)[0]["tc"]
    expected = ns.bpftool()
    oracle.check([e for i, e in enumerate(expected[0]["tc"]) if e not in expected[0]["tc"][:i]], tc)
    places = {(e["devname"], e["kind"], e["parent"], e["id"]) for e in tc}
    assert places == {
        ("v0", "htb", "1:", progs["at_root"].id), ("v0", "htb", "1:1", progs["at_inner"].id),
        ("v0", "htb", "10:", progs["at_leaf"].id),
        ("v0", "clsact/egress", "ffff:fff3", progs["at_clsact"].id),
        ("v1", "htb", "2:", progs["at_root"].id)}
    found = programs(view, ns, "v0", "tc_egress")
    assert found[0] == ("01-at_clsact", progs["at_clsact"].id)
    assert {name[3:] for name, _ in found} == set(names)
    assert programs(view, ns, "v0", "tc_ingress") == []


def test_actions(view, ns, keep, pinned):
    """Programs that are actions, of a filter of ours and of another kind."""
    match, act = keep(classifier("match")), keep(kernel.Prog(RETURN[0], 4, "act"))
    path = pinned(act.fd)
    ns.tc("qdisc", "add", "dev", "v0", "clsact")
    or_skip(ns.tc, "filter", "add", "dev", "v0", "ingress", "prio", 1, "bpf", "object-pinned",
            pinned(match.fd), "action", "bpf", "object-pinned", path)
    assert check(ns, shown(view, ns))["tc"][0]["act"][0]["id"] == act.id
    assert programs(view, ns, "v0", "tc_ingress") == chain(("match", match), ("act", act))
    or_skip(ns.tc, "filter", "add", "dev", "v0", "ingress", "prio", 2, "protocol", "ip", "u32",
            "match", "u32", 0, 0, "action", "bpf", "object-pinned", path)
    entry = shown(view, ns)[0]["tc"][1]
    assert entry["filter"] == "u32" and "id" not in entry and entry["act"][0]["id"] == act.id


def test_other_filters_are_left_out(view, ns):
    ns.tc("qdisc", "add", "dev", "v0", "clsact")
    or_skip(ns.tc, "filter", "add", "dev", "v0", "ingress", "protocol", "ip", "u32", "match", "u32",
            0, 0, "action", "mirred", "egress", "mirror", "dev", "v1")
    assert check(ns, shown(view, ns))["tc"] == []


def test_flow_dissector(view, ns, keep):
    prog = keep(kernel.Prog(RETURN[0], FLOW_DISSECTOR, "dissect"))
    ns.attach(prog, 0, FLOW_DISSECTOR_HOOK)
    assert check(ns, shown(view, ns))["flow_dissector"] == [{"id": prog.id, "name": "dissect"}]
    assert programs(view, ns, "flow_dissector") == chain(("dissect", prog))
    assert view.json("netns", ns.name, "net", "flow_dissector", "info.json") == {
        "hook": "flow_dissector", "flow_dissector": [{"id": prog.id, "name": "dissect"}]}


def test_flow_dissector_link(view, ns, keep):
    prog = keep(kernel.Prog(RETURN[0], FLOW_DISSECTOR, "dissect"))
    with Netns() as other, ns.flow_dissector_link(prog) as link:
        assert check(ns, shown(view, ns))["flow_dissector"] == [
            {"id": prog.id, "name": "dissect", "link_id": link.id}]
        assert shown(view, other)[0]["flow_dissector"] == []
        assert programs(view, other, "flow_dissector") == []


def test_netfilter(view, ns, keep):
    def filter_prog():
        return keep(kernel.Prog(RETURN[1], NETFILTER_PROG, "accept", attach=NETFILTER_HOOK))

    ip, ip6, local_in = 2, 10, 1
    a, b, c = or_skip(filter_prog), filter_prog(), filter_prog()
    late = keep(or_skip(ns.netfilter_link, a, ip, local_in, 30))
    early = keep(ns.netfilter_link(b, ip, local_in, -30))
    keep(ns.netfilter_link(c, ip6, 4, 0))
    found = check(ns, shown(view, ns))["netfilter"]
    assert [(e["pf"], e["hook"], e["prio"], e["id"]) for e in found] == [
        (ip, local_in, -30, b.id), (ip, local_in, 30, a.id), (ip6, 4, 0, c.id)]
    assert [e["link_id"] for e in found[:2]] == [early.id, late.id]
    assert (found[2]["pf_name"], found[2]["hook_name"]) == ("ip6", "postrouting")
    link = view.json("link", late.id, "info.json")
    assert (link["netns_ino"], link["netns_name"]) == (ns.ino, ns.name)
    assert programs(view, ns, "netfilter") == [
        ("ip-input-01-accept", b.id), ("ip-input-02-accept", a.id),
        ("ip6-postrouting-01-accept", c.id)]
    with Netns() as other:
        assert shown(view, other)[0]["netfilter"] == []
        with other.netfilter_link(a, ip, local_in, 30) as link:
            assert [e["link_id"] for e in shown(view, other)[0]["netfilter"]] == [link.id]
            assert len(shown(view, ns)[0]["netfilter"]) == 3
        assert programs(view, other, "netfilter") == []
    late.close()
    assert [e["id"] for e in shown(view, ns)[0]["netfilter"]] == [b.id, c.id]


def test_device_info(view, ns, keep):
    prog = keep(classifier("counted"))
    ns.attach(prog, ns.index("v0"), TCX_INGRESS)
    info = view.json("netns", ns.name, "net", "v0", "info.json")
    assert (info["devname"], info["ifindex"], info["kind"]) == ("v0", ns.index("v0"), "veth")
    assert info["mtu"] == 1500 and "up" in info["flag_names"]
    assert info["tc"] == shown(view, ns)[0]["tc"] and info["xdp"] == []
    text = oracle.parse_text(view.text("netns", ns.name, "net", "v0", "info"))
    assert text["mtu"] == "1500" and f"prog_id={prog.id}" in text["tc"]
    assert view.json("netns", ns.name, "net", "v1", "info.json")["tc"] == []


def test_text_list(view, ns, keep, pinned):
    """A line for each program, aligned under the header."""
    prog = keep(classifier("lined_up"))
    frame = keep(xdp("framed"))
    link = keep(ns.link(prog, ns.index("v0"), TCX_INGRESS))
    ns.ip("link", "set", "dev", "v1", "xdpgeneric", "pinned", pinned(frame.fd))
    header, *lines = view.text("netns", ns.name, "net", "list").splitlines()
    rows = [dict(zip(header.split(), line.split())) for line in lines]
    assert sorted((r["hook"], r["devname"], r["prog_id"], r["name"], r["link_id"])
                  for r in rows) == [
        ("tcx/ingress", "v0", str(prog.id), "lined_up", str(link.id)),
        ("xdp/generic", "v1", str(frame.id), "framed", "-")]
    assert all(line[header.index("prog_id") - 1] == " " for line in lines)


def test_own_namespace(ns, keep, pinned):
    """net/ is about the namespace that the daemon is in; the line that bpftool's users know works."""
    prog = keep(xdp("own"))
    ns.ip("link", "set", "dev", "v0", "xdpgeneric", "pinned", pinned(prog.fd))
    view = ns.run(View)
    try:
        check(ns, view.json("net", "list.json"))
        assert view.links_only("net", "v0", "xdp") == {"generic-own": f"../../../prog/{prog.id}"}
        assert view.json("net", "v0", "info.json")["xdp"][0]["id"] == prog.id
        assert view.json("netns", ns.name, "net", "list.json") == view.json("net", "list.json")
        if shutil.which("jq"):
            line = '.[].xdp[]|select(.devname == "v0")|.id // .multi_attachments[].id'
            told = subprocess.run(["jq", line, view.at("net", "list.json")], capture_output=True,
                                  check=True)
            assert told.stdout.decode() == f"{prog.id}\n"
    finally:
        view.stop()


def namespaces_of(pid):
    """The network namespaces that a process's threads are in or hold by a descriptor."""
    found = {os.readlink(f"/proc/{pid}/task/{task}/ns/net")
             for task in os.listdir(f"/proc/{pid}/task")}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            if target.startswith("net:"):
                found.add(target)
    return found


def test_nothing_stays(view, keep):
    """Looking at a namespace neither moves the daemon nor keeps the namespace alive."""
    home = namespaces_of(view.pid)
    threads, fds = view.threads(), view.fds()
    with Netns() as witness:
        with Netns() as ns:
            ns.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", witness.name)
            for _ in range(3):
                view.list("netns", ns.name, "net", "v0")
                view.text("netns", ns.name, "net", "list")
                view.text("netns", ns.name, "net", "v0", "info")
        # a namespace's interfaces go with it, and their peers
        wait_until(lambda: "v1" not in witness.ip("link"))
        with pytest.raises(FileNotFoundError):
            view.list("netns", ns.name)
        assert ns.name not in view.list("netns")
        assert witness.name in view.list("netns")
    assert namespaces_of(view.pid) == home
    wait_until(lambda: view.threads() <= threads + 8 and view.fds() <= fds)


def test_interface_goes(view, ns):
    path = view.at("netns", ns.name, "net", "v0")
    with open(os.path.join(path, "info.json")) as file:
        before = json.load(file)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        ns.ip("link", "del", "v0")
        with pytest.raises(OSError) as failed:
            os.close(os.open("info.json", os.O_RDONLY, dir_fd=folder))
        assert failed.value.errno in (errno.ENOENT, errno.ESTALE)
    finally:
        os.close(folder)
    assert not os.path.exists(path)
    ns.veth("v0", "v1")
    assert view.json("netns", ns.name, "net", "v0", "info.json")["ifindex"] != before["ifindex"]


def test_what_is_no_namespace(view, ns):
    """Other files in /run/netns are not shown, and one that would block is not waited for."""
    plain, fifo = [f"/run/netns/{ns.name}-{what}" for what in ("file", "fifo")]
    with open(plain, "w", encoding="ascii"):
        os.mkfifo(fifo)
    try:
        listed = view.list("netns")
        assert ns.name in listed
        for path in (plain, fifo):
            assert os.path.basename(path) not in listed
            assert not os.path.exists(view.at("netns", os.path.basename(path)))
    finally:
        os.unlink(plain)
        os.unlink(fifo)


def test_interface_with_the_name_of_a_file(view, ns):
    ns.ip("link", "set", "v0", "down")
    ns.ip("link", "set", "v0", "name", "list")
    assert view.list("netns", ns.name, "net").count("list") == 1
    assert view.text("netns", ns.name, "net", "list").startswith("hook ")
    assert view.json("netns", ns.name, "net", "v1", "info.json")["devname"] == "v1"
