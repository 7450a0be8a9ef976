# SPDX-License-Identifier: GPL-2.0-or-later
"""What links are attached to: link/ID/target, and where devices are."""
import os
import struct
import subprocess
import tempfile

import pytest

import attach
import kernel
import netns
import objects
from kernel import wait_until

pytestmark = pytest.mark.guest

SK_LOOKUP = 36


@pytest.fixture
def ns(keep):
    made = keep(netns.Netns())
    made.veth("v0", "v1")
    return made


@pytest.fixture
def cgroup():
    made = attach.Cgroup()
    yield made
    made.close()


def target(view, link):
    return view.target("link", link.id, "target")


def has_target(view, link):
    """Listing and look-up must agree."""
    listed = "target" in view.list("link", link.id)
    assert listed == os.path.lexists(view.at("link", link.id, "target"))
    return listed


# --- cgroups ---

def test_cgroup(view, loaded, cgroup):
    with attach.link(loaded("net").progs["let_out"], cgroup.fd, "cgroup_inet_egress") as link:
        assert os.readlink(view.at("link", link.id, "target")) == "../../cgroup" + cgroup.path
        assert target(view, link) == "cgroup" + cgroup.path
        assert view.json("link", link.id, "target", "list.json")[0]["id"] == \
            view.json("link", link.id, "info.json")["prog_id"]
        cgroup.close()
        wait_until(lambda: not has_target(view, link))


@pytest.mark.parametrize("name", ["list", "cgroup_inet_egress", "list.cgroup"])
def test_cgroup_with_the_name_of_a_file(view, loaded, cgroup, name):
    folder = f"{cgroup.root}{cgroup.path}/{name}"
    os.mkdir(folder)
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with attach.link(loaded("net").progs["let_out"], fd, "cgroup_inet_egress") as link:
            assert target(view, link) == f"cgroup{cgroup.path}/{name}.cgroup"
            assert view.list("link", link.id, "target", "cgroup_inet_egress") == ["01-let_out"]
    finally:
        os.close(fd)
        os.rmdir(folder)


def test_root_cgroup(view, loaded, cgroup):
    fd = os.open(cgroup.root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with attach.link(loaded("net").progs["let_out"], fd, "cgroup_inet_egress") as link:
            assert target(view, link) == "cgroup"
    except OSError as err:
        pytest.skip(f"this kernel: {os.strerror(err.errno)}")
    finally:
        os.close(fd)


def test_iterator_of_a_cgroup(view, loaded, cgroup):
    progs = loaded("links").progs
    with attach.iterator(progs["list_cgroups"], struct.pack("=IIQ", 2, cgroup.fd, 0)) as link:
        assert target(view, link) == "cgroup" + cgroup.path
    with attach.iterator(progs["list_tasks"]) as link:
        assert not has_target(view, link)


# --- devices ---

@pytest.fixture(params=["xdp", "tcx_ingress"])
def on_device(request):
    """Makes links to devices: on_device(namespace, program, name)."""
    def make(where, prog, name):
        hook = netns.XDP_LINK if request.param == "xdp" else netns.TCX_INGRESS
        return where.link(prog, where.index(name), hook)

    make.program = netns.xdp if request.param == "xdp" else netns.classifier
    return make


def test_device(view, ns, keep, on_device):
    prog = keep(on_device.program("on_device"))
    link = keep(on_device(ns, prog, "v0"))
    facts = view.json("link", link.id, "info.json")
    assert (facts["devname"], facts["ifindex"]) == ("v0", ns.index("v0"))
    assert (facts["netns_ino"], facts["netns_name"]) == (ns.ino, ns.name)
    assert facts["target"] == f"{ns.name}:v0"
    assert os.readlink(view.at("link", link.id, "target")) == f"../../netns/{ns.name}/net/v0"
    assert target(view, link) == f"netns/{ns.name}/net/v0"
    ns.ip("link", "set", "v0", "down")  # before Linux 6.2 nothing else can get another name
    ns.ip("link", "set", "v0", "name", "renamed")
    assert view.json("link", link.id, "info.json")["devname"] == "renamed"
    assert target(view, link) == f"netns/{ns.name}/net/renamed"
    ns.ip("link", "del", "renamed")
    wait_until(lambda: not has_target(view, link))
    facts = view.json("link", link.id, "info.json")
    assert (facts["ifindex"], facts["devname"], facts["target"]) == (0, *2 * ("(detached)",))
    assert "netns_ino" not in facts


def test_own_namespace(ns, keep, on_device):
    from daemon import View
    prog = keep(on_device.program("at_home"))
    link = keep(on_device(ns, prog, "v0"))
    view = ns.run(View)
    try:
        assert os.readlink(view.at("link", link.id, "target")) == "../../net/v0"
        assert target(view, link) == "net/v0"
        facts = view.json("link", link.id, "info.json")
        assert (facts["target"], facts["netns_name"]) == ("v0", ns.name)
    finally:
        view.stop()


def test_same_numbers_and_program(view, keep, on_device):
    """Devices of one number with one program in three namespaces, and where one goes."""
    places = [keep(netns.Netns()) for _ in range(3)]
    prog = keep(on_device.program("everywhere"))
    for i, place in enumerate(places):
        place.ip("link", "add", f"d{i}", "index", "7123", "type", "veth", "peer", "name", "peer")
    links = [keep(on_device(place, prog, f"d{i}")) for i, place in enumerate(places)]
    listed = {facts["id"]: facts for facts in view.json("link", "list.json")}
    for i, (place, link) in enumerate(zip(places, links)):
        facts = listed[link.id]
        assert (facts["devname"], facts["ifindex"]) == (f"d{i}", 7123)
        assert (facts["netns_name"], facts["netns_ino"]) == (place.name, place.ino)
        assert target(view, link) == f"netns/{place.name}/net/d{i}"
    rows = {int(line.split()[0]): line.split() for line in
            view.text("link", "list").splitlines()[1:]}
    assert rows[links[2].id][5] == f"{places[2].name}:d2"


def test_device_moves(view, ns, keep, on_device):
    """A program stays with a device that goes to another namespace."""
    other = keep(netns.Netns())
    link = keep(on_device(ns, keep(on_device.program("moving")), "v0"))
    assert target(view, link) == f"netns/{ns.name}/net/v0"
    ns.ip("link", "set", "v0", "netns", other.name)
    if not view.json("link", link.id, "info.json")["ifindex"]:
        pytest.skip("this kernel detaches what moves")
    assert target(view, link) == f"netns/{other.name}/net/v0"
    assert view.json("link", link.id, "info.json")["netns_name"] == other.name


def test_namespace_without_a_name(view, ns, keep, on_device):
    """It has lost its name, but a process is in it: as those of containers are."""
    link = keep(on_device(ns, keep(on_device.program("contained")), "v0"))
    ino, hidden = ns.ino, tempfile.mkdtemp(prefix="bpfview-netns-")
    path = f"/run/netns/{ns.name}"
    with open(f"{hidden}/net", "w", encoding="ascii"):
        subprocess.run(["mount", "--bind", path, f"{hidden}/net"], check=True)
    subprocess.run(["umount", path], check=True)
    try:
        assert not has_target(view, link)
        facts = view.json("link", link.id, "info.json")
        assert (facts["devname"], facts["netns_ino"]) == ("v0", ino)
        assert facts["target"] == f"net:[{ino}]:v0" and "netns_name" not in facts
    finally:
        subprocess.run(["mount", "--bind", f"{hidden}/net", path], check=True)
        subprocess.run(["umount", f"{hidden}/net"], check=True)
        os.unlink(f"{hidden}/net")
        os.rmdir(hidden)
    assert target(view, link) == f"netns/{ns.name}/net/v0"


def test_device_with_the_name_of_a_file(view, ns, keep, on_device):
    """net/list is the list, so the tree has no place for such a device."""
    link = keep(on_device(ns, keep(on_device.program("hidden")), "v0"))
    ns.ip("link", "set", "v0", "down")
    ns.ip("link", "set", "v0", "name", "list")
    assert not has_target(view, link)
    assert view.json("link", link.id, "info.json")["devname"] == "list"


# --- namespaces ---

def test_flow_dissector(view, ns, keep):
    prog = keep(kernel.Prog(netns.RETURN[0], netns.FLOW_DISSECTOR, "dissect"))
    with ns.flow_dissector_link(prog) as link:
        assert target(view, link) == f"netns/{ns.name}/net"


def test_socket_look_up(ns, keep):
    from daemon import View
    prog = keep(kernel.Prog(netns.RETURN[1], 30, "choose", attach=SK_LOOKUP))
    with open(f"/run/netns/{ns.name}", encoding="ascii") as file:
        link = keep(ns.link(prog, file.fileno(), SK_LOOKUP))
    view = ns.run(View)
    try:
        assert target(view, link) == "net"
    finally:
        view.stop()


def test_netfilter(view, ns, keep):
    try:
        prog = keep(kernel.Prog(netns.RETURN[1], netns.NETFILTER_PROG, "accept",
                                attach=netns.NETFILTER_HOOK))
        link = keep(ns.netfilter_link(prog, 2, 1, -30))
    except OSError as err:
        pytest.skip(f"this kernel: {err}")
    assert target(view, link) == f"netns/{ns.name}/net"
    assert view.json("link", link.id, "info.json")["netns_name"] == ns.name


def test_links_to_nothing_in_the_tree(view, loaded):
    progs = loaded("trace").progs
    with kernel.raw_tracepoint(progs["on_raw_tracepoint"], "sched_process_exec") as link:
        assert not has_target(view, link)


# --- XDP links among what is attached ---

def test_xdp_link_ids(view, keep):
    """One program, on devices of one number: by a link, by two namespaces' links, by none."""
    first, second, third = [keep(netns.Netns()) for _ in range(3)]
    prog = keep(netns.xdp("linked"))
    for place in (first, second, third):
        place.ip("link", "add", "d0", "index", "7321", "type", "veth", "peer", "name", "d1")
    links = [keep(place.link(prog, 7321, netns.XDP_LINK)) for place in (first, second)]
    third.run(lambda: attach_xdp(prog.fd, 7321))
    for place, link in zip((first, second), links):
        listed = view.json("netns", place.name, "net", "list.json")[0]["xdp"]
        assert [(one["ifindex"], one["id"], one["link_id"]) for one in listed] == [
            (7321, prog.id, link.id)]
        assert view.json("netns", place.name, "net", "d0", "xdp", "info.json")["xdp"] == listed
        assert view.json("netns", place.name, "net", "d0", "info.json")["xdp"] == listed
        header, row = view.text("netns", place.name, "net", "list").splitlines()
        assert dict(zip(header.split(), row.split()))["link_id"] == str(link.id)
    listed = view.json("netns", third.name, "net", "list.json")[0]["xdp"]
    assert [one["id"] for one in listed] == [prog.id] and "link_id" not in listed[0]


def attach_xdp(fd, ifindex):
    err = objects.lib.bpf_xdp_attach(ifindex, fd, 0, None)
    if err:
        raise OSError(-err, os.strerror(-err))
