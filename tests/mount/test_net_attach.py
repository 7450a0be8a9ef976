# SPDX-License-Identifier: GPL-2.0-or-later
"""Attaching to networking and detaching, with packets that show whether it is so."""
import contextlib
import errno
import os
import signal
import socket
import struct

import pytest

import kernel
import netns
import objects
import writing
from daemon import View, clear, own_bpffs
from kernel import wait_until

PROTOCOL, PORT = 0x88b5, 4242
FRAME = b"\xff" * 6 + b"\x02\0\0\0\0\x01" + struct.pack("!H", PROTOCOL) + b"\0" * 50


@pytest.fixture(scope="module")
def own(bpffs):
    """A daemon that pins in a bpffs of the tests' own."""
    with View(f"bpffs={bpffs}") as mounted:
        mounted.bpffs = bpffs
        yield mounted


@pytest.fixture
def ns():
    with netns.Netns() as made:
        made.veth("v0", "v1")
        made.ip("link", "set", "lo", "up")
        yield made


class Programs(objects.Object):
    """The programs under test."""

    def id(self, name):
        return kernel.id_of(self.progs[name])


@pytest.fixture
def progs():
    try:
        made = Programs("net_attach")
    except OSError as err:
        pytest.skip(f"net_attach, this kernel: {os.strerror(err.errno)}")
    with made:
        yield made


class Place:
    """A hook's folder."""

    def __init__(self, view, ns, *parts):
        self.view, self.ns, self.parts = view, ns, ("netns", ns.name, "net", *parts)

    def at(self, *more):
        return self.view.at(*self.parts, *more)

    def write(self, file, words):
        with open(self.at(file), "w", encoding="utf-8") as to:
            to.write(words)

    def attach(self, words):
        self.write("attach", words)

    def detach(self, words=""):
        self.write("detach", words + "\n")

    def refused(self, code, said, do, *words):
        """That a command fails so, and the log has those words."""
        before = self.programs()
        writing.refused(self.view, code, said, do, *words)
        assert self.programs() == before

    def why(self):
        return writing.last_words(self.view)

    def programs(self):
        """Names in order."""
        return sorted(self.view.links_only(*self.parts))

    def entries(self):
        """What info.json tells, whatever the hook calls it."""
        info = self.view.json(*self.parts, "info.json")
        return next(value for value in info.values() if isinstance(value, list))


def kept(view):
    folder = os.path.join(view.bpffs, "bpfview")
    return sorted(os.listdir(folder)) if os.path.exists(folder) else []


def value(view, progs, name):
    """The only value of a map, through the view."""
    entry, = view.json("map", kernel.id_of(progs.maps[name]), "dump.json")
    return entry["value"]


def links_of(view, progs):
    """The links that there are of the programs under test."""
    ours = {progs.id(name) for name in progs.progs}
    return [entry for entry in view.json("link", "list.json") if entry.get("prog_id") in ours]


# --- packets ---

def received(ns, name):
    with_stats = ns.run(lambda: open("/proc/thread-self/net/dev", encoding="ascii").read())
    line = next(line for line in with_stats.splitlines() if line.strip().startswith(name + ":"))
    return int(line.split(":")[1].split()[1])


def send_frame(ns, device="v1", to="v0"):
    """From one end of the pair to the other; returns when it has arrived."""
    def send():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(PROTOCOL)) as sock:
            sock.bind((device, PROTOCOL))
            sock.send(FRAME)

    before = received(ns, to)
    ns.run(send)
    wait_until(lambda: received(ns, to) > before)


def send_out(ns):
    send_frame(ns, "v0", "v1")


def send_datagram(ns):
    """To ourselves: what it passes it has passed when it can be read."""
    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            there.bind(("127.0.0.1", PORT))
            there.settimeout(10)
            here.sendto(b"hello", ("127.0.0.1", PORT))
            assert there.recv(10) == b"hello"

    ns.run(send)


# --- each hook ---

HOOKS = {
    "xdp driver": (("v0", "xdp"), "count_frames", "driver", send_frame, "driver-count_frames"),
    "xdp generic": (("v0", "xdp"), "count_frames", "generic", send_frame, "generic-count_frames"),
    "xdp": (("v0", "xdp"), "count_frames", "", send_frame, "driver-count_frames"),
    "tcx in": (("v0", "tcx_ingress"), "count_packets", "", send_frame, "01-count_packets"),
    "tcx out": (("v0", "tcx_egress"), "count_packets", "", send_out, "01-count_packets"),
    "tc in": (("v0", "tc_ingress"), "count_packets", "", send_frame, "01-count_packets"),
    "tc out": (("v0", "tc_egress"), "count_packets", "", send_out, "01-count_packets"),
    "flow_dissector": (("flow_dissector",), "count_dissected", "", send_frame,
                       "01-count_dissected"),
    "netfilter": (("netfilter",), "count_filtered", "pf inet4 hook input priority -5", send_datagram,
                  "ip-input-01-count_filtered"),
    "sk_lookup": (("sk_lookup",), "count_looked_up", "", send_datagram, "01-count_looked_up"),
}


@pytest.mark.parametrize("hook", HOOKS)
def test_packets_go_through_it_while_it_is_attached(own, ns, progs, hook):
    folder, name, words, send, shown = HOOKS[hook]
    place = Place(own, ns, *folder)
    pins = kept(own)
    place.attach(f"prog id {progs.id(name)} {words}")
    assert place.programs() == [shown]
    assert own.target(*place.parts, shown) == f"prog/{progs.id(name)}"
    send(ns)
    wait_until(lambda: value(own, progs, "passed") > 0)
    if hook.startswith("tc "):
        assert kept(own) == pins
    else:
        link = place.entries()[0]["link_id"]
        new, = set(kept(own)) - set(pins)
        assert new == "-".join([name, ns.name, *folder])
        assert own.text("link", link, "pins") == f"{own.bpffs}/bpfview/{new}\n"
        answer = own.text(*place.parts, "attach")
        assert f"link {link}\n" in answer and f"pinned {own.bpffs}/bpfview/{new}\n" in answer
    place.detach()
    assert place.programs() == [] and kept(own) == pins
    assert f"detached {progs.id(name)} {name}" in own.text(*place.parts, "detach")
    before = value(own, progs, "passed")
    send(ns)
    assert value(own, progs, "passed") == before
    place.refused(errno.ENOENT, "nothing is attached", place.detach)


def test_in_the_daemons_own_namespace(bpffs, ns, progs):
    """net/ without a name before it."""
    view = ns.run(lambda: View(f"bpffs={bpffs}"))
    try:
        with open(view.at("net", "v0", "tcx_ingress", "attach"), "w", encoding="ascii") as to:
            to.write(f"prog {progs.id('count_packets')}\n")
        send_frame(ns)
        wait_until(lambda: value(view, progs, "passed") > 0)
        assert os.path.exists(f"{bpffs}/bpfview/count_packets-v0-tcx_ingress")
        os.unlink(view.at("net", "v0", "tcx_ingress", "01-count_packets"))
        assert not os.path.exists(f"{bpffs}/bpfview/count_packets-v0-tcx_ingress")
    finally:
        view.stop()


def test_links_outlive_the_daemon(bpffs, ns, progs):
    view = View(f"bpffs={bpffs}")
    view.bpffs = bpffs
    try:
        for hook in ("tcx in", "xdp"):
            folder, name, _, _, _ = HOOKS[hook]
            Place(view, ns, *folder).attach(f"prog {progs.id(name)}")
        links = [Place(view, ns, "v0", hook).entries()[0]["link_id"]
                 for hook in ("tcx_ingress", "xdp")]
        view.process.send_signal(signal.SIGKILL)
        view.process.wait()
        clear(view.path, False)
        with View(f"bpffs={bpffs}", folder=view.path) as again:
            again.bpffs = bpffs
            places = [Place(again, ns, "v0", hook) for hook in ("tcx_ingress", "xdp")]
            assert [place.entries()[0]["link_id"] for place in places] == links
            send_frame(ns)
            wait_until(lambda: value(again, progs, "passed") == 2)
            for place in places:
                place.detach()
                assert place.programs() == []
            assert not [name for name in kept(again) if ns.name in name]
    finally:
        view.cleanup()


# --- XDP ---

def test_xdp_overwrite_keeps_the_link(own, ns, progs):
    place = Place(own, ns, "v0", "xdp")
    first, second = progs.id("count_none"), progs.id("count_frames")
    place.attach(f"xdpgeneric id {first}")
    entry, = place.entries()
    place.refused(errno.EBUSY, f"attached is {first} count_none (xdp/generic, link", place.attach,
                  f"prog {second} generic")
    place.refused(errno.EEXIST, "another mode", place.attach, f"prog {second} driver")
    place.attach(f"prog {second} overwrite")
    assert place.entries() == [{**entry, "id": second, "name": "count_frames"}]
    send_frame(ns)
    wait_until(lambda: value(own, progs, "passed") == 1)
    place.detach("xdpgeneric")
    assert place.programs() == []


def test_xdp_overwrite_without_a_link(own, ns, progs, bpffs):
    """A link cannot take the place of what `ip` or bpftool attached: what comes has none either."""
    place = Place(own, ns, "v0", "xdp")
    pin = os.path.join(bpffs, "by-ip")
    kernel.pin(progs.progs["count_none"], pin)
    try:
        ns.ip("link", "set", "dev", "v0", "xdpdrv", "pinned", pin)
    finally:
        os.unlink(pin)
    pins = kept(own)
    place.refused(errno.EBUSY, "count_none (xdp/driver)", place.attach,
                  f"prog {progs.id('count_frames')}")
    place.attach(f"prog {progs.id('count_frames')} overwrite")
    assert "without a link" in own.text(*place.parts, "attach")
    entry, = place.entries()
    assert (entry["id"], entry["mode"]) == (progs.id("count_frames"), "driver")
    assert "link_id" not in entry and kept(own) == pins
    assert ns.bpftool()[0]["xdp"][0]["id"] == progs.id("count_frames")
    send_frame(ns)
    wait_until(lambda: value(own, progs, "passed") == 1)
    place.refused(errno.ENOENT, "nothing like that", place.detach, "generic")
    place.detach("driver")
    assert place.programs() == [] and ns.bpftool()[0]["xdp"] == []


def test_xdp_links_of_other_namespaces(own, ns, progs):
    """Interfaces of two namespaces have the same number, and here the same program."""
    with netns.Netns() as other:
        assert other.veth("v0", "v1") == ns.index("v0")
        here, there = Place(own, ns, "v0", "xdp"), Place(own, other, "v0", "xdp")
        for place in (here, there):
            place.attach(f"prog {progs.id('count_frames')}")
        assert here.entries()[0]["link_id"] != there.entries()[0]["link_id"]
        here.detach()
        assert here.programs() == [] and there.programs() == ["driver-count_frames"]
        there.detach()


# --- hooks that older kernels do not have ---

@pytest.mark.guest
@pytest.mark.parametrize("hook,since", [("tcx_ingress", (6, 6)), ("tcx_egress", (6, 6)),
                                        ("xdp", (0, 0)), ("tc_ingress", (0, 0))])
def test_what_a_kernel_lacks_is_said(own, ns, hook, since):
    place = Place(own, ns, "v0", hook)
    with kernel.Prog(kind=kernel.XDP if hook == "xdp" else 3, name="short") as prog:
        if kernel.RELEASE < since:
            place.refused(errno.EOPNOTSUPP, f"this kernel has no {hook}", place.attach,
                          f"prog {prog.id}")
            assert not [name for name in kept(own) if name.startswith("short")]
            return
        place.attach(f"prog {prog.id}")
        assert len(place.programs()) == 1
        place.detach()
        assert place.programs() == []


# --- chains ---

def chain_of(place):
    """Names without their numbers, which must be right."""
    names = place.programs()
    assert [name[:3] for name in names] == [f"{i + 1:02}-" for i in range(len(names))]
    return [name[3:] for name in names]


@pytest.mark.guest
def test_order_in_a_chain(own, ns, progs):
    place = Place(own, ns, "v0", "tcx_ingress")
    ids = {name: progs.id(name) for name in ("one", "two", "three", "four")}
    digits = {"one": "1", "two": "2", "three": "3", "four": "4"}

    def is_now(*names):
        assert chain_of(place) == list(names)
        found = [e["prog_id"] for e in ns.bpftool()[0]["tc"] if e["kind"] == "tcx/ingress"]
        assert found == [ids[name] for name in names]
        progs.map("trail", 4, 8).update(b"\0" * 4, b"\0" * 8)
        send_frame(ns)
        path = int("".join(digits[name] for name in names))
        wait_until(lambda: value(own, progs, "trail") == path)

    place.attach(f"prog {ids['two']}")
    place.attach(f"prog {ids['one']} first")
    place.attach(f"last prog {ids['three']}")
    is_now("one", "two", "three")
    link = place.entries()[1]["link_id"]
    place.attach(f"prog {ids['four']} before {ids['two']}")
    is_now("one", "four", "two", "three")
    place.detach(f"prog {ids['four']}")
    place.attach(f"prog {ids['four']} after link {link}")
    is_now("one", "two", "four", "three")
    place.detach(f"id {ids['four']}")
    place.attach(f"prog {ids['four']} replace prog id {ids['two']}")
    is_now("one", "four", "three")
    assert place.entries()[1]["link_id"] == link
    place.attach(f"prog {ids['two']} prepend")
    is_now("two", "one", "four", "three")
    place.refused(errno.EINVAL, "say which one; attached is", place.detach)
    place.refused(errno.EEXIST, "in this chain already", place.attach, f"prog {ids['two']}")
    place.detach(f"link {link}")
    place.refused(errno.ENOENT, "not in this chain", place.attach,
                  f"prog {ids['four']} before {ids['four']}")
    for name in ("one", "two", "three"):
        place.detach(f"prog {ids[name]}")
    assert place.programs() == []


def test_next_to_programs_without_links(own, ns, progs):
    place = Place(own, ns, "v0", "tcx_egress")
    ids = {name: progs.id(name) for name in ("one", "two", "three")}
    ns.attach(kernel.Fd(progs.progs["two"]), ns.index("v0"), netns.TCX_EGRESS)
    place.attach(f"prog {ids['one']} before {ids['two']}")
    assert chain_of(place) == ["one", "two"]
    place.attach(f"prog {ids['three']} replace {ids['two']}")
    assert "without a link" in own.text(*place.parts, "attach")
    assert [(e["prog_id"], bool(e["link_id"])) for e in place.entries()] == [
        (ids["one"], True), (ids["three"], False)]
    place.detach(f"prog {ids['three']}")
    place.detach()
    assert place.programs() == []


@pytest.mark.guest
def test_netkit(own, ns, progs):
    try:
        ns.ip("link", "add", "kit", "type", "netkit")
    except netns.Refused as err:
        pytest.skip(str(err))
    other, = {name for _, name in ns.run(socket.if_nameindex)} - {"lo", "v0", "v1", "kit"}
    primary, peer = Place(own, ns, "kit", "netkit_primary"), Place(own, ns, "kit", "netkit_peer")
    primary.attach(f"prog {progs.id('two')}")
    primary.attach(f"prog {progs.id('one')} first")
    peer.attach(f"prog {progs.id('three')}")
    assert chain_of(primary) == ["one", "two"] and chain_of(peer) == ["three"]
    wrong = Place(own, ns, other, "netkit_primary")
    wrong.refused(errno.EACCES, "primary", wrong.attach, f"prog {progs.id('four')}")
    os.unlink(primary.at("01-one"))
    primary.detach()
    peer.detach()
    assert primary.programs() == peer.programs() == []


# --- classic filters ---

def qdiscs(ns):
    return [line.split()[1] for line in ns.tc("qdisc", "show", "dev", "v0").splitlines()
            if "clsact" in line or "ingress" in line]


def test_priorities_and_handles(own, ns, progs):
    place = Place(own, ns, "v0", "tc_ingress")
    one, two = progs.id("one"), progs.id("two")
    place.attach(f"prog {two} prio 20 handle 7")
    place.attach(f"prog {one} prio 10 protocol 0x88b5")
    assert chain_of(place) == ["one", "two"]
    assert [(e["prio"], e["handle"], e["protocol"], e["direct_action"])
            for e in place.entries()] == [(10, 1, PROTOCOL, True), (20, 7, "all", True)]
    assert "prio 10 handle 0x1" in own.text(*place.parts, "attach")
    send_frame(ns)
    wait_until(lambda: value(own, progs, "trail") == 12)
    place.refused(errno.EEXIST, "already exists", place.attach, f"prog {one} prio 20 handle 7")
    place.refused(errno.EINVAL, "say which one", place.detach)
    place.attach(f"prog {one} prio 20 handle 0x8")
    place.refused(errno.EINVAL, "prio 20 handle 0x8", place.detach, f"prog {one}")
    place.refused(errno.ENOENT, "nothing like that", place.detach, f"prog {two} prio 10")
    place.detach("prio 20 handle 8")
    place.detach(f"prog {two}")
    assert chain_of(place) == ["one"]
    place.detach("protocol 0x88b5")
    assert place.programs() == []


def test_a_chain_of_filters(own, ns, progs):
    place = Place(own, ns, "v0", "tc_egress")
    place.attach(f"prog {progs.id('one')} chain 5 prio 3")
    entry, = place.entries()
    assert (entry["chain"], entry["prio"]) == (5, 3)
    assert "chain 5" in ns.tc("filter", "show", "dev", "v0", "egress")
    place.detach("chain 5")
    assert place.programs() == []


def test_the_qdisc_comes_and_goes(own, ns, progs):
    inward, outward = Place(own, ns, "v0", "tc_ingress"), Place(own, ns, "v0", "tc_egress")
    assert qdiscs(ns) == []
    inward.attach(f"prog {progs.id('one')}")
    outward.attach(f"prog {progs.id('two')}")
    assert qdiscs(ns) == ["clsact"]
    inward.detach()
    assert qdiscs(ns) == ["clsact"]
    outward.detach()
    assert qdiscs(ns) == []


def test_filters_of_others_keep_the_qdisc(own, ns, progs):
    place = Place(own, ns, "v0", "tc_ingress")
    place.attach(f"prog {progs.id('one')}")
    ns.tc("filter", "add", "dev", "v0", "egress", "protocol", "all", "prio", 5,
          "u32", "match", "u32", 0, 0)
    place.detach()
    assert qdiscs(ns) == ["clsact"]
    assert "u32" in ns.tc("filter", "show", "dev", "v0", "egress")


def test_a_qdisc_of_others_stays(own, ns, progs):
    place = Place(own, ns, "v0", "tc_ingress")
    ns.tc("qdisc", "add", "dev", "v0", "clsact")
    place.attach(f"prog {progs.id('one')}")
    place.detach()
    assert qdiscs(ns) == ["clsact"]
    place.refused(errno.EINVAL, "", place.attach, f"prog {progs.id('one')} chain 0xffffffff")
    assert qdiscs(ns) == ["clsact"]


def test_no_qdisc_stays_after_a_failure(own, ns, progs):
    place = Place(own, ns, "v0", "tc_ingress")
    place.refused(errno.EINVAL, "the kernel refuses it", place.attach,
                  f"prog {progs.id('one')} chain 0xffffffff")
    assert qdiscs(ns) == []


def test_an_old_ingress_qdisc_has_no_egress(own, ns, progs):
    ns.tc("qdisc", "add", "dev", "v0", "ingress")
    inward, outward = Place(own, ns, "v0", "tc_ingress"), Place(own, ns, "v0", "tc_egress")
    outward.refused(errno.EBUSY, "ingress qdisc", outward.attach, f"prog {progs.id('one')}")
    inward.attach(f"prog {progs.id('count_packets')}")
    send_frame(ns)
    wait_until(lambda: value(own, progs, "passed") == 1)
    inward.detach()
    assert inward.programs() == [] and qdiscs(ns) == ["ingress"]


# --- netfilter ---

def test_netfilter_places(own, ns, progs):
    place = Place(own, ns, "netfilter")
    prog = progs.id("count_filtered")
    for words in ("pf ip hook input priority 10", "pf inet6 hook postrouting",
                  "pf ipv4 hook input prio -300"):
        place.attach(f"prog {prog} {words}")
    assert [(e["pf_name"], e["hook_name"], e["prio"]) for e in place.entries()] == [
        ("ip", "input", -300), ("ip", "input", 10), ("ip6", "postrouting", 0)]
    place.refused(errno.EBUSY, "this priority", place.attach,
                  f"prog {prog} pf ip hook input priority 10")
    place.refused(errno.EINVAL, "say which one", place.detach, "pf ip")
    place.detach("pf ip hook input priority 10")
    place.detach("hook postrouting")
    place.detach()
    assert place.programs() == []
    place.attach(f"prog {prog} pf ip hook prerouting priority -100 defrag")
    assert place.entries()[0]["flag_names"] == ["ip_defrag"]
    place.detach()


@pytest.mark.parametrize("hook", ["xdp", "tcx in", "flow_dissector", "netfilter", "sk_lookup"])
def test_a_link_that_is_pinned_elsewhere_does_nothing_any_more(own, ns, progs, hook):
    folder, name, words, send, _ = HOOKS[hook]
    place = Place(own, ns, *folder)
    place.attach(f"prog {progs.id(name)} {words}")
    link = place.entries()[0]["link_id"]
    pin = os.path.join(own.bpffs, "elsewhere")
    with kernel.open_id("link", link) as held:
        kernel.pin(held.fd, pin)
    try:
        place.detach()
        assert place.programs() == [] and own.text("link", link, "pins") == f"{pin}\n"
        send(ns)
        assert value(own, progs, "passed") == 0
        place.attach(f"prog {progs.id(name)} {words}")
        place.detach()
    finally:
        os.unlink(pin)


# --- folders ---

def test_symlinks_attach(own, ns, progs):
    chain = Place(own, ns, "v0", "tcx_ingress")
    for name in ("one", "two"):
        os.symlink(own.at("prog", progs.id(name)), chain.at(name))
    os.symlink(f"{own.path}/prog/{progs.id('three')}", chain.at("01-three"))
    os.symlink(f"../../../../../prog/{progs.id('four')}", chain.at("03-four"))
    assert chain_of(chain) == ["three", "one", "four", "two"]
    os.unlink(chain.at("02-one"))
    assert chain_of(chain) == ["three", "four", "two"]
    for _ in range(3):
        os.unlink(chain.at(chain.programs()[0]))
    assert chain.programs() == []

    frames = Place(own, ns, "v0", "xdp")
    os.symlink(own.at("prog", progs.id("count_frames")), frames.at("generic-count_frames"))
    assert frames.programs() == ["generic-count_frames"]
    os.unlink(frames.at("generic-count_frames"))

    filters = Place(own, ns, "netfilter")
    os.symlink(own.at("prog", progs.id("count_filtered")), filters.at("ip6-output-mine"))
    assert filters.programs() == ["ip6-output-01-count_filtered"]
    os.unlink(filters.at("ip6-output-01-count_filtered"))
    filters.refused(errno.EINVAL, "say where", os.symlink,
                    own.at("prog", progs.id("count_filtered")), filters.at("mine"))

    classic = Place(own, ns, "v0", "tc_egress")
    os.symlink(own.at("prog", progs.id("one")), classic.at("one"))
    os.unlink(classic.at("01-one"))
    assert classic.programs() == [] and qdiscs(ns) == []
    assert not [name for name in kept(own) if ns.name in name]


def test_the_right_one_of_two_filters_is_removed(own, ns, progs):
    """One program twice: the file's place in the folder says which."""
    place = Place(own, ns, "v0", "tc_ingress")
    for prio in (1, 2, 3):
        place.attach(f"prog {progs.id('one')} prio {prio}")
    os.unlink(place.at("02-one"))
    assert [e["prio"] for e in place.entries()] == [1, 3]


def test_what_folders_refuse(own, ns, progs):
    place = Place(own, ns, "v0", "tcx_ingress")
    place.refused(errno.EINVAL, "only programs", os.symlink,
                  own.at("map", kernel.id_of(progs.maps["passed"])), place.at("a_map"))
    place.refused(errno.EINVAL, "of type xdp", os.symlink,
                  own.at("prog", progs.id("count_frames")), place.at("frames"))
    with pytest.raises(FileNotFoundError):
        os.unlink(place.at("01-nothing"))


# --- refusals ---

def test_links_of_others_are_named(own, ns, progs):
    place = Place(own, ns, "v0", "tcx_ingress")
    pin = os.path.join(own.bpffs, "one")
    kernel.pin(progs.progs["one"], pin)
    try:
        with ns.link(kernel.Fd(progs.progs["one"]), ns.index("v0"), netns.TCX_INGRESS) as link:
            place.refused(errno.EPERM, f'"link {link.id}" detaches it', place.detach)
            place.refused(errno.EPERM, "not made here", place.detach, f"prog pinned {pin}")
            place.detach(f"link {link.id}")
            assert place.programs() == []
            assert own.json("link", link.id, "info.json")["id"] == link.id
    finally:
        os.unlink(pin)


WRONG = [
    ("v0/xdp", "", errno.EINVAL, "a program is missing"),
    ("v0/xdp", "prog no_program_has_this", errno.ENOENT, "no prog has this name"),
    ("v0/xdp", "prog id 0", errno.ENOENT, "prog 0"),
    ("v0/xdp", "prog {one}", errno.EINVAL, "is of type sched_cls, and xdp takes those of type xdp"),
    ("v0/xdp", "prog {count_frames} drivr", errno.EINVAL, 'did you mean "driver"?'),
    ("v0/xdp", "prog {count_frames} driver generic", errno.EINVAL, "said already"),
    ("v0/xdp", "prog {count_frames} first", errno.EINVAL, 'no option called "first"'),
    ("v0/xdp", "prog {count_frames} {count_none}", errno.EINVAL, "no option called"),
    ("v0/xdp", "prog {count_frames} offload", None, "the kernel refuses it"),
    ("v0/tcx_ingress", "prog {one} before", errno.EINVAL, "a word is missing"),
    ("v0/tcx_ingress", "prog {one} first last", errno.EINVAL, "said already"),
    ("v0/tcx_ingress", "prog {one} before {two}", errno.ENOENT, "attached is nothing"),
    ("v0/tcx_ingress", "prog {count_frames}", errno.EINVAL, "tcx/ingress takes"),
    ("v0/tc_ingress", "prog {one} prio 65536", errno.EINVAL, "too large"),
    ("v0/tc_ingress", "prog {one} prio", errno.EINVAL, "a number is missing"),
    ("v0/tc_ingress", "prog {one} protocol appletalk", errno.EINVAL, "one of all, ip"),
    ("v0/netkit_primary", "prog {one}", errno.EINVAL, "v0 is no netkit device"),
    ("flow_dissector", "prog {count_dissected} first", errno.EINVAL, "nothing more"),
    ("netfilter", "prog {count_filtered}", errno.EINVAL, "say where"),
    ("netfilter", "prog {count_filtered} pf arp hook input", errno.EINVAL, "ip or ip6"),
    ("netfilter", "prog {count_filtered} pf ip hook inptu", errno.EINVAL, "one of prerouting"),
    ("netfilter", "prog {count_filtered} pf ip hook ingress", errno.EINVAL, "one of prerouting"),
    ("netfilter", "prog {count_filtered} pf ip hook input priority 4294967296", errno.EINVAL,
     "32 bits"),
    ("netfilter", "prog {count_filtered} pf ip hook input priority -2147483648", errno.ERANGE,
     "the kernel refuses it"),
    ("sk_lookup", "prog {one}", errno.EINVAL, "of type sk_lookup"),
]


@pytest.mark.parametrize("folder,words,code,said", WRONG, ids=[f"{w[0]}:{w[1]}" for w in WRONG])
def test_wrong_words(own, ns, progs, folder, words, code, said):
    place = Place(own, ns, *folder.split("/"))
    words = words.format(**{name: progs.id(name) for name in progs.progs}) + "\n"
    pins = kept(own)
    with pytest.raises(OSError) as caught:
        place.attach(words)
    assert code is None or caught.value.errno == code, place.why()
    assert said in place.why()
    assert place.programs() == [] and kept(own) == pins and qdiscs(ns) == []


def test_a_caret_is_below_the_word(own, ns, progs):
    place = Place(own, ns, "v0", "tc_ingress")
    text = f"prog {progs.id('one')} prio 1 handel 2"
    place.refused(errno.EINVAL, 'did you mean "handle"?', place.attach, text)
    line, caret = place.why().splitlines()[1:3]
    assert line.strip() == text and caret.index("^") == line.index("handel")


def test_nothing_is_attached_without_its_pin(ns, progs):
    """A bpffs where bpfview/ cannot be."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(own_bpffs())
        kernel.pin(progs.maps["passed"], f"{folder}/bpfview")
        view = stack.enter_context(View(f"bpffs={folder}"))
        for hook in ("xdp", "tcx in", "netfilter", "sk_lookup", "flow_dissector"):
            where, name, words, _, _ = HOOKS[hook]
            place = Place(view, ns, *where)
            place.refused(errno.ENOTDIR, "bpfview/", place.attach,
                          f"prog {progs.id(name)} {words}")
            assert place.programs() == []
        assert links_of(view, progs) == []


def test_what_is_gone(own, progs):
    with netns.Netns() as gone:
        gone.veth("v0", "v1")
        hook, all_hooks = (os.open(own.at("netns", gone.name, "net", *parts, "attach"), os.O_WRONLY)
                           for parts in (("v0", "xdp"), ("sk_lookup",)))
        gone.ip("link", "del", "v0")
        with pytest.raises(OSError) as caught:
            os.write(hook, f"prog {progs.id('count_frames')}\n".encode())
        assert caught.value.errno == errno.ENOENT
        assert "the interface is gone" in writing.last_words(own)
    with pytest.raises(OSError) as caught:
        os.write(all_hooks, f"prog {progs.id('count_looked_up')}\n".encode())
    assert caught.value.errno == errno.ENOENT
    assert f"namespace {gone.name}" in writing.last_words(own)
    os.close(hook)
    os.close(all_hooks)


def test_a_view_to_read_attaches_nothing(mount, ns, progs):
    place = Place(mount("ro"), ns, "v0", "xdp")
    for do in (lambda: place.attach(f"prog {progs.id('count_frames')}"),
               lambda: os.symlink(place.view.at("prog", progs.id("count_frames")), place.at("it"))):
        with pytest.raises(OSError) as caught:
            do()
        assert caught.value.errno == errno.EROFS
    assert place.programs() == []


def test_nothing_is_left(own, ns, progs):
    """Many times, with no descriptor, link or pin more than before."""
    place = Place(own, ns, "v0", "xdp")
    fds, pins = own.fds(), kept(own)
    for i in range(50):
        place.attach(f"prog {progs.id('count_frames')} {'generic' if i % 2 else 'driver'}")
        place.detach()
    wait_until(lambda: own.fds() <= fds + 4)
    assert kept(own) == pins and links_of(own, progs) == []
