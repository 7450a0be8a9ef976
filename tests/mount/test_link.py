# SPDX-License-Identifier: GPL-2.0-or-later
"""link/: what is said of a link of every type, beside what bpftool says."""
import json
import os
import struct
import subprocess

import pytest

import attach
import kernel
import objects
from kernel import wait_until
from oracle import bpftool, check, holders, parse_text

pytestmark = pytest.mark.guest

CACHE_MISSES_OF_LOADS = 0x10000


@pytest.fixture
def cgroup():
    made = attach.Cgroup()
    yield made
    made.close()


@pytest.fixture(scope="module")
def netns():
    made = attach.Netns()
    yield made
    made.close()


@pytest.fixture(scope="module")
def inside(netns):
    """A daemon whose network namespace is that of the devices."""
    from daemon import View
    with netns.inside():
        mounted = View()
    yield mounted
    mounted.stop()


def attempt(make, *args, **more):
    """A link, unless this kernel refuses such: that is not ours to fix."""
    try:
        return make(*args, **more)
    except OSError as err:
        pytest.skip(f"this kernel: {make.__name__}: {os.strerror(err.errno)}")


def shown(number):
    """`bpftool -j link show id N`: its exit status (7.5) is a failure's whatever it has shown."""
    done = subprocess.run(["bpftool", "-j", "link", "show", "id", str(number)],
                          stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def seen(view, link):
    """The facts of info.json after comparing them with bpftool's and with those of info."""
    facts = view.json("link", link.id, "info.json")
    check(shown(link.id), facts, "info.json")
    if facts["type"] == "perf_event" and kernel.RELEASE < (6, 6):
        assert "target" not in facts
        pytest.skip("this kernel: does not tell what such a link is attached to")
    text = parse_text(view.text("link", link.id, "info"))
    assert list(text) == [key for key in facts if key != "flag_names"]
    for key, value in facts.items():
        if isinstance(value, (int, str)) and not isinstance(value, bool) and key != "flags":
            assert text[key] == str(value), key
    return facts


def check_cookie(facts, cookie):
    """Before Linux 6.17 raw tracepoints and functions take a cookie, but do not tell it."""
    if kernel.RELEASE < (6, 17):
        assert "cookie" not in facts
    else:
        assert facts["cookie"] == cookie


def program_of(facts, fd, name):
    assert facts["prog_id"] == kernel.id_of(fd)
    assert facts["prog_name"] == name


def test_raw_tracepoint(view, loaded):
    fd = loaded("trace").progs["on_raw_tracepoint"]
    with kernel.raw_tracepoint(fd, "sched_process_exec") as link:
        facts = seen(view, link)
        program_of(facts, fd, "on_raw_tracepoint")
        assert facts["type"] == "raw_tracepoint"
        assert facts["target"] == facts["tp_name"] == "sched_process_exec"
        assert not facts.get("cookie")


def test_raw_tracepoint_with_a_cookie(view, loaded):
    fd = loaded("trace").progs["on_raw_tracepoint"]
    name = kernel.buffer(b"sched_process_exec\0")
    attr = kernel.attr_of("QIIQ", kernel.address(name), fd, 0, 1 << 63 | 5)
    try:
        link = kernel.Fd(kernel.bpf(17, attr, 24))
    except OSError as err:
        pytest.skip(f"this kernel: {os.strerror(err.errno)}")
    with link:
        facts = seen(view, link)
        check_cookie(facts, 1 << 63 | 5)


def test_btf_tracepoint(view, loaded):
    fd = loaded("trace").progs["on_btf_tracepoint"]
    with attach.link(fd, 0, "trace_raw_tp") as link:
        facts = seen(view, link)
        program_of(facts, fd, "on_btf_tracepoint")
        assert facts["tp_name"] == "sched_process_exit"


def test_tracepoint(view, loaded):
    fd = loaded("trace").progs["on_tracepoint"]
    with attach.tracepoint(fd, "raw_syscalls/sys_enter", cookie=77) as link:
        facts = seen(view, link)
        program_of(facts, fd, "on_tracepoint")
        assert facts["type"] == "perf_event"
        assert facts["target"] == facts["tracepoint"] == "sys_enter"
        assert facts["cookie"] == 77


@pytest.mark.parametrize("kind, config, words", [
    (attach.TYPE_SOFTWARE, 2, ("software", "page-faults")),
    (attach.TYPE_SOFTWARE, 3, ("software", "context-switches")),
    (0, 1, ("hardware", "instructions")),
    (attach.TYPE_HW_CACHE, CACHE_MISSES_OF_LOADS, ("hw-cache", "L1-dcache-load-misses")),
])
def test_event(view, loaded, kind, config, words):
    fd = loaded("trace").progs["on_perf_event"]
    event = attempt(attach.perf_event, kind, config)
    with attach.on_event(fd, event, cookie=1 << 40) as link:
        facts = seen(view, link)
        assert (facts["event_type"], facts["event_config"]) == words
        assert facts["target"] == ":".join(words)
        assert facts["cookie"] == 1 << 40


@pytest.mark.parametrize("returns", [False, True])
def test_uprobe(view, loaded, binary, returns):
    fd = loaded("links").progs["on_probe"]
    offset = 0x26000
    with attach.probe(fd, "uprobe", binary, offset, returns, cookie=9) as link:
        facts = seen(view, link)
        program_of(facts, fd, "on_probe")
        assert facts["retprobe"] is returns
        assert facts["target"] == f"{binary}+{offset:#x}"
        assert (facts["cookie"], facts["ref_ctr_offset"]) == (9, 0)


@pytest.mark.parametrize("returns", [False, True])
def test_kprobe(view, loaded, returns):
    fd = loaded("links").progs["on_probe"]
    with attempt(attach.probe, fd, "kprobe", "vfs_read", 0, returns, 3) as link:
        facts = seen(view, link)
        assert facts["target"] == facts["func"] == "vfs_read"
        assert facts["retprobe"] is returns and facts["addr"] and facts["cookie"] == 3


def test_uprobe_multi(view, loaded, binary):
    fd = loaded("links_new").progs["on_many_places"]
    offsets, cookies = [0x26000, 0x27000, 0x28010], [1, 2, 1 << 50]
    with attach.uprobe_multi(fd, binary, offsets, cookies, pid=os.getpid(), flags=1) as link:
        facts = seen(view, link)
        assert facts["type"] == "uprobe_multi" and facts["retprobe"] is True
        assert (facts["path"], facts["func_cnt"], facts["pid"]) == (binary, 3, os.getpid())
        assert facts["funcs"] == [{"offset": offset, "ref_ctr_offset": 0, "cookie": cookie}
                                  for offset, cookie in zip(offsets, cookies)]
        assert facts["target"] == f"{binary}+0x26000:and=2"
        assert (facts["flags"], facts["flag_names"]) == (1, ["return"])


def test_kprobe_multi(view, loaded):
    fd = loaded("links_new").progs["on_many_functions"]
    functions = ["vfs_read", "vfs_write"]
    with attempt(attach.kprobe_multi, fd, functions, [1, 2]) as link:
        facts = seen(view, link)
        assert sorted((f["func"], f["cookie"]) for f in facts["funcs"]) == \
            list(zip(functions, [1, 2]))
        assert all(f["addr"] and f["module"] is None for f in facts["funcs"])


def test_iterator(view, loaded):
    fd = loaded("links").progs["list_tasks"]
    with attach.iterator(fd) as link:
        facts = seen(view, link)
        program_of(facts, fd, "list_tasks")
        assert facts["type"] == "iter"
        assert facts["target"] == facts["target_name"] == "task"
        assert not {"map_id", "tid", "pid", "cgroup_id"} & set(facts)
        assert "map" not in view.list("link", link.id)


@pytest.mark.parametrize("word, parameters", [
    ("tid", struct.pack("=3I", os.getpid(), 0, 0)), ("pid", struct.pack("=3I", 0, os.getpid(), 0))])
def test_iterator_of_a_task(view, loaded, word, parameters):
    with attach.iterator(loaded("links").progs["list_tasks"], parameters) as link:
        facts = seen(view, link)
        assert facts[word] == os.getpid()
        assert facts["target"] == f"task:{word}={os.getpid()}"
        assert view.text("link", link.id, "iter").startswith(f"{os.getpid()} ")


def test_iterator_of_a_map(view, loaded):
    held = loaded("iter_elem")
    fd = held.maps["numbers"]
    with attach.iterator(held.progs["list_numbers"], struct.pack("=3I", fd, 0, 0)) as link:
        facts = seen(view, link)
        assert (facts["map_id"], facts["map_name"]) == (kernel.id_of(fd), "numbers")
        assert view.target("link", link.id, "map") == f"map/{kernel.id_of(fd)}"
        numbers = held.map("numbers", 4, 4)
        for key in (7, 1 << 31):
            numbers.update(struct.pack("=I", key), b"\0" * 4)
        assert sorted(view.text("link", link.id, "iter").split()) == ["2147483648", "7"]


def test_iterator_of_a_cgroup(view, loaded, cgroup):
    parameters = struct.pack("=IIQ", 2, cgroup.fd, 0)
    with attach.iterator(loaded("links").progs["list_cgroups"], parameters) as link:
        facts = seen(view, link)
        assert (facts["cgroup_id"], facts["order"]) == (cgroup.id, "descendants_pre")
        assert facts["cgroup_path"] == cgroup.path
        assert view.text("link", link.id, "iter") == "cgroup\n"


def test_cgroup(view, loaded, cgroup):
    with attach.link(loaded("net").progs["let_out"], cgroup.fd, "cgroup_inet_egress") as link:
        facts = seen(view, link)
        assert (facts["cgroup_id"], facts["attach_type"]) == (cgroup.id, "cgroup_inet_egress")
        assert facts["target"] == facts["cgroup_path"] == cgroup.path


def test_cgroup_that_is_gone(view, loaded, cgroup):
    with attach.link(loaded("net").progs["let_out"], cgroup.fd, "cgroup_inet_egress") as link:
        cgroup.close()
        wait_until(lambda: view.json("link", link.id, "info.json")["cgroup_id"] == 0)
        assert "cgroup_path" not in seen(view, link)
        assert view.json("link/list.json")


@pytest.mark.parametrize("name, program, kind", [
    ("net", "choose_socket", "sk_lookup"), ("links", "dissect", "flow_dissector")])
def test_netns(view, loaded, netns, name, program, kind):
    with attach.link(loaded(name).progs[program], netns.fd, kind) as link:
        facts = seen(view, link)
        assert (facts["netns_ino"], facts["attach_type"]) == (netns.ino, kind)
        assert facts["target"] == facts["netns_name"] == netns.name


def in_netns(netns, make, *args):
    with netns.inside():
        return attempt(make, *args)


def ifindex(netns, name):
    with netns.inside():
        words = subprocess.run(["ip", "-o", "link", "show", name], stdout=subprocess.PIPE,
                               check=True).stdout
    return int(words.split(b":")[0])


@pytest.mark.parametrize("program, kind, words", [
    ("count_xdp", "xdp", {"type": "xdp"}),
    ("count_tc", "tcx_ingress", {"type": "tcx", "attach_type": "tcx_ingress"}),
    ("count_tc", "tcx_egress", {"type": "tcx", "attach_type": "tcx_egress"})])
def test_device(inside, loaded, netns, program, kind, words):
    index = ifindex(netns, "ve0")
    with in_netns(netns, attach.link, loaded("net").progs[program], index, kind) as link:
        with netns.inside():
            facts = seen(inside, link)
        assert {key: facts[key] for key in words} == words
        assert (facts["ifindex"], facts["devname"], facts["target"]) == (index, "ve0", "ve0")


def test_device_that_is_gone(inside, loaded, netns):
    with netns.inside():
        subprocess.run(["ip", "link", "add", "ve2", "type", "veth", "peer", "name", "ve3"],
                       check=True)
    index = ifindex(netns, "ve2")
    with in_netns(netns, attach.link, loaded("net").progs["count_xdp"], index, "xdp") as link:
        with netns.inside():
            subprocess.run(["ip", "link", "del", "ve2"], check=True)
            facts = seen(inside, link)
        assert (facts["ifindex"], facts["devname"]) == (0, "(detached)")


@pytest.mark.parametrize("family, hook, priority, flags, words", [
    (2, 0, -5, 0, ("ip", "prerouting")), (10, 4, 128, 1, ("ip6", "postrouting"))])
def test_netfilter(view, loaded, netns, family, hook, priority, flags, words):
    fd = loaded("links_new").progs["accept"]
    if flags:
        priority = max(priority, -399)
    with in_netns(netns, attach.netfilter, fd, family, hook, priority, flags) as link:
        facts = seen(view, link)
        assert (facts["pf"], facts["hook"], facts["prio"]) == (family, hook, priority)
        assert (facts["pf_name"], facts["hook_name"]) == words
        assert facts["target"] == ":".join((*words, str(priority)))
        assert facts["flag_names"] == (["ip_defrag"] if flags else [])


def test_struct_ops(view):
    with attempt(objects.Object, "links_new") as held:
        attempt(held.register, "linked_cc")
        fd = objects.lib.bpf_link__fd(objects.ctypes.c_void_p(held.links[-1]))
        link = kernel.Fd(os.dup(fd))
        with link:
            facts = seen(view, link)
            number = kernel.id_of(held.maps["linked_cc"])
            assert (facts["type"], facts["prog_id"]) == ("struct_ops", 0)
            assert facts["target"] == f"map={number}:linked_cc"
            assert view.target("link", link.id, "map") == f"map/{number}"
            assert "prog" not in view.list("link", link.id)


def test_sockmap(view, loaded):
    held = loaded("links")
    fd = held.maps["sockets"]
    with attempt(attach.link, held.progs["let_message"], fd, "sk_msg_verdict") as link:
        facts = seen(view, link)
        assert facts["type"] == "sockmap"
        assert (facts["map_id"], facts["attach_type"]) == (kernel.id_of(fd), "sk_msg_verdict")
        assert view.target("link", link.id, "map") == f"map/{kernel.id_of(fd)}"


# --- what links have in common ---

@pytest.fixture
def raw(loaded):
    with kernel.raw_tracepoint(loaded("trace").progs["on_raw_tracepoint"],
                               "sched_process_exec") as link:
        yield link


def test_list(view, raw, loaded, cgroup):
    with attach.link(loaded("net").progs["let_out"], cgroup.fd, "cgroup_inet_egress") as other:
        mine = {raw.id, other.id}
        facts = {item["id"]: item for item in view.json("link/list.json")}
        theirs = {item["id"]: item for item in bpftool("link", "show")}
        for number in mine:
            check(theirs[number], facts[number], "list.json")
        header, *lines = view.text("link/list").splitlines()
        assert header.split() == ["id", "type", "prog_id", "prog_name", "attach_type", "target",
                                  "pids", "pinned"]
        rows = {int(line.split()[0]): line.split() for line in lines}
        assert mine <= set(rows) and all(len(row) == 8 for row in rows.values())
        assert rows[other.id][1:6] == ["cgroup", str(facts[other.id]["prog_id"]), "let_out",
                                       "cgroup_inet_egress", cgroup.path]
        assert rows[raw.id][4:6] == ["-", "sched_process_exec"]
        assert f"{os.getpid()}:" in rows[raw.id][6]
        assert sorted(rows) == list(rows)


def test_folder_per_id(view, raw):
    assert str(raw.id) in view.list("link")
    assert set(view.list("link", raw.id)) == {"info", "info.json", "prog", "pids", "pids.json",
                                              "pins", "update", "detach", "pin"}
    number = raw.id
    raw.close()
    wait_until(lambda: not kernel.exists("link", number))
    assert str(number) not in view.list("link")
    with pytest.raises(FileNotFoundError):
        view.read("link", number, "info")


def test_holders_and_pins(view, raw, bpffs):
    path = os.path.join(bpffs, "a_link")
    kernel.pin(raw.fd, path)
    try:
        facts = seen(view, raw)
        assert facts["pinned"] == [path]
        assert view.text("link", raw.id, "pins") == path + "\n"
        expected = holders("link", raw.id)
        assert view.json("link", raw.id, "pids.json")["pids"] == expected == facts["pids"]
        assert [item["pid"] for item in expected] == [os.getpid()]
    finally:
        os.unlink(path)


def test_by_type(view, raw):
    assert view.target("link/by-type/raw_tracepoint", raw.id) == f"link/{raw.id}"
    assert str(raw.id) in view.list("link/by-type/raw_tracepoint")
    assert set(view.list("link/by-type")) <= {item["type"] for item in bpftool("link", "show")}
    with pytest.raises(FileNotFoundError):
        os.readlink(view.at("link/by-type/perf_event", raw.id))


def test_prog_and_back(view, raw, loaded):
    prog = kernel.id_of(loaded("trace").progs["on_raw_tracepoint"])
    assert view.target("link", raw.id, "prog") == f"prog/{prog}"
    assert view.links("prog", prog, "links") == {str(raw.id): f"../../../link/{raw.id}"}
    assert view.target("prog", prog, "links", raw.id) == f"link/{raw.id}"
    number = raw.id
    raw.close()
    wait_until(lambda: not kernel.exists("link", number))
    assert view.list("prog", prog, "links") == []


def test_prog_that_is_replaced(view, loaded, cgroup):
    """LINK_UPDATE: the symlink follows at once."""
    kind = 8  # BPF_PROG_TYPE_CGROUP_SKB
    with kernel.Prog(kind=kind, attach=1) as one, kernel.Prog(kind=kind, attach=1) as two:
        with attach.link(one.fd, cgroup.fd, "cgroup_inet_egress") as link:
            assert view.target("link", link.id, "prog") == f"prog/{one.id}"
            kernel.bpf(29, kernel.attr_of("4I", link.fd, two.fd, 0, 0))
            assert view.target("link", link.id, "prog") == f"prog/{two.id}"
            assert view.json("link", link.id, "info.json")["prog_id"] == two.id
            wait_until(lambda: view.list("prog", two.id, "links") == [str(link.id)])


def test_summary_counts_links(view, raw):
    assert view.json("summary.json")["link"]["count"] >= 1
    assert raw.id


# --- iter ---

def test_iter_is_run_for_each_reader(view, loaded):
    with attach.iterator(loaded("links").progs["list_tasks"]) as link:
        assert f"{os.getpid()} {os.getpid()}\n" in view.text("link", link.id, "iter")
        with subprocess.Popen(["sleep", "100"]) as child:
            assert f"{child.pid} {child.pid}\n" in view.text("link", link.id, "iter")
            child.kill()
        before = view.fds()
        with open(view.at("link", link.id, "iter"), "rb") as file:
            whole = file.read()
            file.seek(3)
            assert file.read() == whole[3:]
        wait_until(lambda: view.fds() <= before)


def test_iter_of_nothing(view, loaded):
    with attach.iterator(loaded("links").progs["list_nothing"]) as link:
        assert view.read("link", link.id, "iter") == b""


def test_only_iterators_have_iter(view, raw):
    assert "iter" not in view.list("link", raw.id)
    assert not os.path.exists(view.at("link", raw.id, "iter"))


def test_large_iter_in_bounded_memory(mount, loaded):
    """32 million bytes, as they come: each record is there once, in its place."""
    view, size, many, number, most = mount(), 400, 80000, 0, 0
    with attach.iterator(loaded("links").progs["list_many"]) as link:
        view.read("link", link.id, "info")
        before = view.resident()
        with open(view.at("link", link.id, "iter"), "rb") as file:
            while records := file.read(size * 500):
                most = max(most, view.resident())
                for (place,) in struct.iter_unpack(f"=Q{size - 8}x", records):
                    assert place == number
                    number += 1
        assert number == many
        assert most - before < 8192, f"{before} kB grew to {most} kB"


# --- programs that are for functions ---

@pytest.mark.parametrize("name, kind", [("on_fentry", "trace_fentry"), ("on_fexit", "trace_fexit"),
                                        ("on_fmod_ret", "modify_return"), ("on_lsm", "lsm_mac")])
def test_tracing(view, name, kind):
    try:
        held = objects.Object(objects.REFUSED, name)
    except OSError as err:
        pytest.skip(f"this kernel: {os.strerror(err.errno)}")
    with held:
        fd = held.progs[name]
        tail = struct.pack("=QQ", 0, 44)
        with attempt(attach.link, fd, 0, kind, tail) as link:
            facts = seen(view, link)
            program_of(facts, fd, name)
            function = {"on_lsm": "bpf_lsm_file_open",
                        "on_fmod_ret": "security_file_open"}.get(name, "vfs_read")
            check_cookie(facts, 44)
            assert (facts["type"], facts["attach_type"]) == ("tracing", kind)
            assert facts["target"] == facts["target_btf_name"] == function
            assert view.target("link", link.id, "target") == f"btf/{facts['target_obj_id']}"
            assert view.target("prog", facts["prog_id"], "target") == \
                f"btf/{facts['target_obj_id']}"


def test_replacing_a_function(view):
    """freplace: the target is a program, before, while and after the function is replaced."""
    with objects.Object("calls") as calls:
        fd = calls.progs["with_subprograms"]
        target = kernel.id_of(fd)
        assert view.list("prog", target, "attached_by") == []
        with attempt(objects.Object, objects.REFUSED, "on_freplace", (fd, "global_sum")) as held:
            replacing = kernel.id_of(held.progs["on_freplace"])

            def check_target():
                facts = view.json("prog", replacing, "info.json")
                check(bpftool("prog", "show", "id", replacing), facts)
                assert (facts["type"], facts["attach_btf_name"]) == ("ext", "global_sum")
                assert view.target("prog", replacing, "target") == f"prog/{target}"
                assert view.target("prog", target, "attached_by", replacing) == f"prog/{replacing}"

            check_target()
            # without a name: what the program was loaded for
            with kernel.Fd(kernel.bpf(17, kernel.attr_of("QI", 0, held.progs["on_freplace"]))) as link:
                facts = seen(view, link)
                program_of(facts, held.progs["on_freplace"], "on_freplace")
                assert (facts["type"], facts["prog_type"]) == ("tracing", "ext")
                assert facts["target_prog_id"] == facts["target_obj_id"] == target
                assert facts["target_btf_name"] == "global_sum"
                assert view.target("link", link.id, "target") == f"prog/{target}"
                check_target()
        kernel.wait_until(lambda: view.list("prog", target, "attached_by") == [])


def test_target_of_an_iterator_is_the_kernel(view, loaded):
    prog = kernel.id_of(loaded("links").progs["list_tasks"])
    vmlinux = view.target("btf/by-name/vmlinux")
    assert view.target("prog", prog, "target") == vmlinux
    assert "target" not in view.list("prog", kernel.id_of(loaded("net").progs["count_xdp"]))
    assert view.list("prog", prog, "attached_by") == []


XDPDUMP = next((path for path in objects.XDP_TOOLS if path.endswith("xdpdump_bpf.o")), None)


@pytest.mark.skipif(not XDPDUMP, reason="xdp-tools is not installed")
def test_programs_on_a_program(view, loaded):
    """fentry and fexit on an XDP program: before and after they are attached."""
    target = kernel.id_of(loaded("net").progs["count_xdp"])
    held = loaded(XDPDUMP)
    ids = {name: kernel.id_of(fd) for name, fd in held.progs.items()}
    assert {str(number) for number in ids.values()} <= set(view.list("prog", target, "attached_by"))
    name, number = next(iter(ids.items()))
    kind = "trace_fentry" if "entry" in name else "trace_fexit"
    assert view.target("prog", number, "target") == f"prog/{target}"
    function = view.json("prog", number, "info.json")
    assert (function["attach_prog_id"], function["attach_btf_name"]) == (target, "count_xdp")
    with attempt(attach.link, held.progs[name], 0, kind) as link:
        facts = seen(view, link)
        function = view.json("prog", number, "info.json")
        assert (function["attach_prog_id"], function["attach_btf_name"]) == (target, "count_xdp")
        assert facts["target_prog_id"] == facts["target_obj_id"] == target
        assert facts["target_btf_name"] == "count_xdp"
        assert view.target("link", link.id, "target") == f"prog/{target}"
        assert view.target("prog", number, "target") == f"prog/{target}"
        assert view.target("prog", target, "attached_by", number) == f"prog/{number}"
