# SPDX-License-Identifier: GPL-2.0-or-later
"""prog/ID/attach and detach: real events through each way to attach, seen through the view."""
import errno
import os
import socket
import subprocess

import pytest

import attach
import kernel
from hooks import Child, PROBED, Probed, read_a_file
from kernel import wait_until
from writing import answer, code_of


@pytest.fixture
def child():
    made = Child()
    yield made
    made.close()


@pytest.fixture
def probed():
    made = Probed()
    yield made
    made.close()


def refused(hooked, prog, text, code, words, caret=None):
    """A command that fails, leaves nothing, and says why."""
    links, kept = hooked.links(prog), hooked.kept()
    assert code_of(hooked.attach, prog, text) == code, hooked.log()
    log = hooked.log().splitlines()
    assert words in log[-1], log
    if caret:
        assert log[-2].strip() == "^", log
        assert log[-3][log[-2].index("^"):].startswith(caret), log
    assert hooked.links(prog) == links and hooked.kept() == kept


def attach_or_skip(hooked, prog, text):
    """Skips the test where the kernel has no such probes."""
    code = code_of(hooked.attach, prog, text)
    if code == errno.EOPNOTSUPP:
        assert hooked.kept() == []
        pytest.skip(hooked.log().splitlines()[-1].strip())
    assert not code, hooked.log()


def comes_and_goes(hooked, prog, text, hook, cause):
    """Attached it runs, detached it does not, and nothing is left."""
    hooked.rests(hook, cause)
    hooked.attach(prog, text)
    assert hooked.kept() and hooked.links(prog)
    hooked.rises(hook, cause)
    hooked.detach(prog)
    assert hooked.kept() == [] and hooked.links(prog) == []
    hooked.rests(hook, cause)


# --- tracepoints ---


def test_tracepoint(hooked, child):
    hooked.watch(child.pid)
    comes_and_goes(hooked, "tracepoint", "tracepoint raw_syscalls sys_enter cookie 0x2a",
                   "tracepoint", lambda: child.do("os.getppid()"))
    assert hooked.hits("tracepoint")["cookie"] == 42
    for spelling in ("raw_syscalls/sys_enter", "raw_syscalls:sys_enter"):
        hooked.attach("tracepoint", f"tracepoint {spelling}")
        info = hooked.view.json("link", hooked.link("tracepoint"), "info.json")
        assert info["tracepoint"] == "sys_enter"
        hooked.detach("tracepoint")


def test_what_the_answer_says(hooked):
    path = hooked.view.at("prog", hooked.progs["tracepoint"], "attach")
    said = answer(path, "tracepoint sched sched_switch\n").split()
    pin = f"{hooked.bpffs}/bpfview/h_tracepoint-tracepoint"
    assert said == ["link", str(hooked.link("tracepoint")), "pinned", pin]
    with open(path) as file:
        text = file.read()
    assert "usage: tracepoint CAT NAME [cookie N]\n" in text and pin in text
    hooked.detach("tracepoint")


def test_raw_tracepoint(hooked, child):
    hooked.watch(child.pid)
    comes_and_goes(hooked, "raw_tracepoint", "raw_tracepoint sys_enter", "raw_tracepoint",
                   lambda: child.do("os.getppid()"))


@pytest.mark.parametrize("text", ["auto", "raw_tracepoint sys_enter"])
def test_tp_btf(hooked, child, text):
    hooked.watch(child.pid)
    comes_and_goes(hooked, "btf_tracepoint", text, "btf_tracepoint",
                   lambda: child.do("os.getppid()"))


def test_wrong_tracepoints(hooked):
    refused(hooked, "tracepoint", "tracepoint raw_syscalls sys_entr", errno.ENOENT,
            "no such tracepoint", "raw_sys")
    refused(hooked, "tracepoint", "tracepoint .. sys_enter", errno.ENOENT,
            "no such tracepoint")
    refused(hooked, "tracepoint", "tracepoint raw_syscalls", errno.EINVAL, "NAME is missing")
    refused(hooked, "tracepoint", "tracepoint raw_syscalls sys_enter cookie", errno.EINVAL,
            "a number")
    refused(hooked, "tracepoint", "tracepoint raw_syscalls sys_enter cooky 1", errno.EINVAL,
            'did you mean "cookie"?', "cooky")
    refused(hooked, "tracepoint", "tracepoint raw_syscalls sys_enter cookie 1 cookie 2",
            errno.EINVAL, "already", "cookie 2")
    refused(hooked, "raw_tracepoint", "raw_tracepoint sys_entr", errno.ENOENT, "no such raw",
            "sys_entr")
    refused(hooked, "raw_tracepoint", "raw_tracepoint " + "x" * 300, errno.ENOENT, "no such raw")
    refused(hooked, "btf_tracepoint", "raw_tracepoint sys_exit", errno.EINVAL, '"sys_enter"',
            "sys_exit")


def test_wrong_types_are_said_in_words(hooked):
    refused(hooked, "raw_tracepoint", "tracepoint raw_syscalls sys_enter", errno.EINVAL,
            "of type raw_tracepoint, and one of type tracepoint is needed")
    refused(hooked, "ingress", "perf_event cpu-clock", errno.EINVAL, "of type cgroup_skb")
    refused(hooked, "ingress", "auto", errno.EINVAL, "does not say what it is for")
    refused(hooked, "uprobe_multi", f"uprobe {PROBED} probed_one", errno.EINVAL,
            "loaded for uprobe or kprobe", "probed_one")
    refused(hooked, "uprobe", f"uprobe_multi {PROBED} probed_*", errno.EINVAL,
            "loaded for uprobe.multi", "probed_*")
    refused(hooked, "uprobe", "uprob /bin/true main", errno.EINVAL, 'did you mean "uprobe"?',
            "uprob")
    refused(hooked, "uprobe", "\n", errno.EINVAL, "a command is missing")


# --- user space ---


def symbols():
    """Places in the file of what the test binary defines, by readelf."""
    def lines(*words):
        done = subprocess.run(["readelf", "-W", *words, PROBED], capture_output=True, text=True,
                              check=True)
        return [line.split() for line in done.stdout.splitlines()]

    segments = [[int(word, 16) for word in line[1:6] if word.startswith("0x")]
                for line in lines("-l") if line and line[0] == "LOAD"]
    places = {}
    for line in lines("-s"):
        if len(line) == 8 and line[7].startswith("probed_"):
            address = int(line[1], 16)
            offset, start = next((s[0], s[1]) for s in segments
                                 if s[1] <= address < s[1] + s[4])
            places[line[7]] = address - start + offset
    return places


def test_uprobe(hooked, probed):
    comes_and_goes(hooked, "uprobe", f"uprobe {PROBED} probed_one cookie 7", "uprobe", probed.one)
    assert hooked.hits("uprobe")["cookie"] == 7
    hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
    hooked.rests("uprobe", probed.two)
    info = hooked.view.json("link", hooked.link("uprobe"), "info.json")
    assert info["file"] == PROBED and info["offset"] == symbols()["probed_one"]
    assert not info["retprobe"]
    hooked.detach("uprobe")


@pytest.mark.parametrize("place", ["number", "name+number"])
def test_places_of_uprobes(hooked, probed, place):
    at = symbols()
    words = {"number": hex(at["probed_two"]),
             "name+number": f"probed_one+{at['probed_two'] - at['probed_one']:#x}"}[place]
    comes_and_goes(hooked, "uprobe", f"uprobe {PROBED} {words}", "uprobe", probed.two)


def test_uretprobe_and_one_process(hooked, probed):
    other = Probed()
    try:
        hooked.attach("uprobe", f"uretprobe {PROBED} probed_one pid {probed.pid}")
        assert hooked.view.json("link", hooked.link("uprobe"), "info.json")["retprobe"]
        hooked.rests("uprobe", other.one)
        hooked.rises("uprobe", probed.one)
        hooked.detach("uprobe")
        hooked.rests("uprobe", probed.one)
    finally:
        other.close()


def test_reference_counter(hooked, probed):
    assert probed.do("s") == "-"
    place = symbols()["probed_semaphore"]
    hooked.attach("uprobe", f"uprobe {PROBED} probed_one ref_ctr_offset {place:#x}")
    assert probed.do("s") == "+"
    hooked.detach("uprobe")
    wait_until(lambda: probed.do("s") == "-")


@pytest.mark.guest
@pytest.mark.parametrize("kind", ["uprobe", "uretprobe"])
def test_uprobe_multi(hooked, probed, kind):
    text = f"{kind}_multi {PROBED} probed_* cookie 9"
    attach_or_skip(hooked, "uprobe_multi", text)
    hooked.detach("uprobe_multi")
    comes_and_goes(hooked, "uprobe_multi", text, "uprobe_multi", probed.one)
    assert hooked.hits("uprobe_multi")["cookie"] == 9
    comes_and_goes(hooked, "uprobe_multi", text, "uprobe_multi", probed.two)
    comes_and_goes(hooked, "uprobe_multi", f"{kind}_multi {PROBED} probed_one pid {probed.pid}",
                   "uprobe_multi", probed.one)


def test_files_are_the_writers_own(hooked, probed):
    """A relative path begins at the folder of who writes."""
    os.chdir(os.path.dirname(PROBED))
    try:
        hooked.attach("uprobe", "uprobe probed probed_one")
    finally:
        os.chdir("/")
    assert hooked.view.json("link", hooked.link("uprobe"), "info.json")["file"] == PROBED
    hooked.rises("uprobe", probed.one)
    hooked.detach("uprobe")


def test_wrong_uprobes(hooked, tmp_path):
    refused(hooked, "uprobe", f"uprobe {PROBED} probed_three", errno.ENOENT, "no function",
            "probed_three")
    refused(hooked, "uprobe_multi", f"uprobe_multi {PROBED} nothing_*", errno.ENOENT,
            "no function", "nothing_*")
    refused(hooked, "uprobe", f"uprobe {PROBED}", errno.EINVAL, "is missing")
    refused(hooked, "uprobe", f"uprobe {PROBED} probed_one+x", errno.EINVAL, "behind +", "x")
    refused(hooked, "uprobe", f"uprobe {PROBED} 0x7fffffff", errno.EINVAL, "code at that place",
            "0x7ff")
    refused(hooked, "uprobe", "uprobe /no/such/file main", errno.ENOENT, "", "/no")
    refused(hooked, "uprobe", "uprobe /dev/null main", errno.EINVAL, "", "/dev/null")
    refused(hooked, "uprobe", f"uprobe {PROBED} probed_one pid 0", errno.EINVAL, "process")
    refused(hooked, "uprobe", f"uprobe {PROBED} probed_one pid 2000000000", errno.ESRCH,
            "no process")
    refused(hooked, "uprobe", f"uprobe {PROBED} probed_one ref_ctr_offset 0x100000000",
            errno.EINVAL, "4 GiB")
    for name, content in (("empty", b""), ("text", b"#!/bin/sh\n"),
                          ("cut", open(PROBED, "rb").read()[:100])):
        (tmp_path / name).write_bytes(content)
        refused(hooked, "uprobe", f"uprobe {tmp_path}/{name} main",
                errno.ENOENT if name == "cut" else errno.EINVAL, "")


def test_broken_elf_files_are_only_errors(hooked, tmp_path):
    whole = open(PROBED, "rb").read()
    for step in range(0, len(whole), max(1, len(whole) // 60)):
        broken = bytearray(whole)
        for i in range(step, min(step + 16, len(whole))):
            broken[i] ^= 0xff
        (tmp_path / "broken").write_bytes(broken)
        if code_of(hooked.attach, "uprobe", f"uprobe {tmp_path}/broken probed_one") == 0:
            hooked.detach("uprobe")
    assert hooked.kept() == []


# --- kernel functions ---


@pytest.mark.guest
@pytest.mark.parametrize("text", ["kprobe vfs_read cookie 7", "kretprobe vfs_read cookie 7",
                                  "kprobe vfs_read+0 cookie 7", "kprobe ADDRESS cookie 7"])
def test_kprobe(hooked, text):
    with open("/proc/kallsyms") as symbols:
        address = next(line.split()[0] for line in symbols if line.split()[2] == "vfs_read")
    attach_or_skip(hooked, "kprobe", text.replace("ADDRESS", "0x" + address))
    info = hooked.view.json("link", hooked.link("kprobe"), "info.json")
    if kernel.RELEASE >= (6, 6):  # before, a link does not say what it is attached to
        assert info["retprobe"] == text.startswith("kret")
    assert hooked.kept() == ["h_kprobe-" + text.split()[0]]
    hooked.rises("kprobe", read_a_file)
    assert hooked.hits("kprobe")["cookie"] == 7
    hooked.detach("kprobe")
    assert hooked.kept() == [] and hooked.links("kprobe") == []
    refused(hooked, "kprobe", "kprobe no_such_function_at_all", errno.ENOENT, "no such function",
            "no_such")
    refused(hooked, "kprobe_multi", "kprobe vfs_read", errno.EINVAL, "loaded for kprobe")


@pytest.mark.guest
@pytest.mark.parametrize("text,count", [
    ("kprobe_multi vfs_read", 1), ("kretprobe_multi vfs_read vfs_write vfs_fsync", 3),
    ("kprobe_multi vfs_[rw]*", None)])
def test_kprobe_multi(hooked, text, count):
    attach_or_skip(hooked, "kprobe_multi", text)
    info = hooked.view.json("link", hooked.link("kprobe_multi"), "info.json")
    if "func_cnt" in info:  # since Linux 6.6
        assert info["func_cnt"] == count if count else info["func_cnt"] > 4
        assert "vfs_read" in [entry["func"] for entry in info["funcs"]]
        assert info["retprobe"] == text.startswith("kret")
    hooked.rises("kprobe", read_a_file)
    hooked.detach("kprobe_multi")
    assert hooked.kept() == [] and hooked.links("kprobe_multi") == []
    refused(hooked, "kprobe_multi", "kprobe_multi no_such_function_at_all", errno.ENOENT,
            "no such function", "no_such")
    refused(hooked, "kprobe_multi", "kprobe_multi vfs_read no_such_function_at_all", errno.ENOENT,
            "no such function")
    refused(hooked, "kprobe_multi", "kprobe_multi no_such_*", errno.ENOENT, "matches", "no_such_*")
    refused(hooked, "kprobe", "kprobe_multi vfs_read", errno.EINVAL, "loaded for kprobe.multi")


# --- perf events ---


def busy():
    sum(range(200000))


def test_perf_event_on_all_cpus(hooked):
    hooked.attach("perf_event", "perf_event cpu-clock freq 1000 cookie 3")
    cpus = len(os.listdir("/sys/bus/cpu/devices"))
    assert len(hooked.links("perf_event")) == len(hooked.kept()) == cpus
    hooked.rises("perf_event", busy)
    assert hooked.hits("perf_event")["cookie"] == 3
    if cpus > 1:
        assert code_of(hooked.detach, "perf_event") == errno.EINVAL
        assert "say link N, or all" in hooked.log()
        hooked.detach("perf_event", f"link {hooked.links('perf_event')[0]}")
        assert len(hooked.links("perf_event")) == cpus - 1
    hooked.detach("perf_event", "all")
    assert hooked.links("perf_event") == hooked.kept() == []
    hooked.rests("perf_event", busy)


@pytest.mark.parametrize("event", ["cpu-clock", "software:cpu-clock", "1:0", "software:0x0"])
def test_perf_event_on_one_cpu(hooked, event):
    hooked.attach("perf_event", f"perf_event {event} cpu 0 period 100000")
    assert hooked.kept() == ["h_perf_event-perf_event"]
    mask = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {0})
    try:
        hooked.rises("perf_event", busy)
    finally:
        os.sched_setaffinity(0, mask)
    hooked.detach("perf_event")


def test_perf_event_of_one_process(hooked, child):
    child.do("pass")  # it has started
    hooked.attach("perf_event", f"perf_event task-clock pid {child.pid} period 100000")
    hooked.rests("perf_event", busy)
    hooked.rises("perf_event", lambda: child.do("sum(range(200000))"))
    hooked.detach("perf_event")


def test_wrong_events(hooked):
    event = ("perf_event", "perf_event ")
    refused(hooked, event[0], event[1], errno.EINVAL, "missing")
    refused(hooked, event[0], event[1] + "cpu-clok", errno.EINVAL, '"cpu-clock"', "cpu-clok")
    refused(hooked, event[0], event[1] + "hardwear:0", errno.EINVAL, "no type of events", "hard")
    refused(hooked, event[0], event[1] + "software:xyz", errno.EINVAL, "by name or number", "xyz")
    refused(hooked, event[0], event[1] + "rxyz", errno.EINVAL, "no event", "rxyz")
    refused(hooked, event[0], event[1] + "cpu-clock freq 9 period 9", errno.EINVAL, "already",
            "period")
    refused(hooked, event[0], event[1] + "cpu-clock freq 0", errno.EINVAL, "more than 0", "0")
    refused(hooked, event[0], event[1] + "cpu-clock freq 1000000000", errno.EINVAL,
            "perf_event_max_sample_rate")
    refused(hooked, event[0], event[1] + "cpu-clock cpu 100000", errno.EINVAL, "no CPU")
    refused(hooked, event[0], event[1] + "cpu-clock pid 2000000000", errno.ESRCH, "no process")


def test_hardware_events_where_there_are_none(hooked):
    code = code_of(hooked.attach, "perf_event", "perf_event cycles")
    if code:
        assert code in (errno.ENOENT, errno.EOPNOTSUPP)
        assert "does not count such an event" in hooked.log() and hooked.kept() == []
    else:
        hooked.rises("perf_event", busy)
        hooked.detach("perf_event", "all")


# --- sockets ---


@pytest.fixture
def pair(hooked):
    """Two connected sockets, the first in the map."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        left = socket.create_connection(listener.getsockname())
        right = listener.accept()[0]
    left.settimeout(10)
    right.settimeout(10)
    yield left, right
    left.close()
    right.close()


def put_socket(hooked, sock):
    path = hooked.view.at("map", hooked.maps["sockets"], "update")
    with open(path, "w") as file:
        file.write(f"key 0 value pid {os.getpid()} fd {sock.fileno()}")


def test_sk_msg(hooked, pair):
    left, right = pair
    where = f"sk_msg_verdict {hooked.maps['sockets']}"

    def send():
        left.send(b"x")
        assert right.recv(1) == b"x"

    hooked.attach("sk_msg", where)
    put_socket(hooked, left)
    hooked.rises("sk_msg", send)
    hooked.detach("sk_msg", where.replace("verdict ", "verdict id "))
    # a socket keeps the program that the map had when it came
    os.unlink(hooked.view.at("map", hooked.maps["sockets"], "entries", "0"))
    hooked.rests("sk_msg", send)
    put_socket(hooked, left)
    hooked.rests("sk_msg", send)
    assert code_of(hooked.detach, "sk_msg", where) == errno.ENOENT
    assert "not attached there" in hooked.log()
    assert hooked.kept() == []


@pytest.mark.parametrize("progs", [{"sk_skb": "sk_skb_verdict"},
                                   {"parser": "sk_skb_stream_parser",
                                    "verdict": "sk_skb_stream_verdict"}], ids=str)
def test_sk_skb(hooked, pair, progs):
    left, right = pair
    for prog, kind in progs.items():
        hooked.attach(prog, f"{kind} id {hooked.maps['sockets']}")
    put_socket(hooked, left)

    def send():
        right.send(b"x")
        assert left.recv(1) == b"x"

    for prog in progs:
        hooked.rises(prog, send)
    # a socket keeps the programs that the map had when it came
    os.unlink(hooked.view.at("map", hooked.maps["sockets"], "entries", "0"))
    for prog, kind in progs.items():
        hooked.detach(prog, f"{kind} {hooked.maps['sockets']}")
    put_socket(hooked, left)
    for prog in progs:
        hooked.rests(prog, send)


def test_wrong_maps(hooked):
    refused(hooked, "sk_msg", "sk_msg_verdict", errno.EINVAL, "")
    where = f"sk_msg_verdict {hooked.maps['hits']}"
    assert code_of(hooked.attach, "sk_msg", where) in (errno.EINVAL, errno.EOPNOTSUPP)
    assert "sockmap or sockhash" in hooked.log()
    refused(hooked, "sk_msg", f"sk_msg_verdict {hooked.maps['sockets']} more", errno.EINVAL,
            "nothing more", "more")
    refused(hooked, "sk_msg", "sk_msg_verdict 4000000000", errno.ENOENT, "")
    refused(hooked, "sk_msg", f"sk_skb_verdict {hooked.maps['sockets']}", errno.EINVAL,
            "of type sk_msg, and one of type sk_skb")


def test_flow_dissector(hooked):
    space = attach.Netns()
    try:
        with space.inside():
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        hooked.attach("dissector", f"flow_dissector netns {space.name}")
        found = hooked.view.list("netns", space.name, "net", "flow_dissector")
        assert any("h_dissector" in name for name in found), found
        assert code_of(hooked.attach, "dissector", f"flow_dissector netns {space.name}") != 0
        hooked.detach("dissector", f"flow_dissector netns {space.name}")
        assert code_of(hooked.detach, "dissector", f"flow_dissector netns {space.name}") == \
            errno.ENOENT
        refused(hooked, "dissector", "flow_dissector netns no-such-name", errno.ENOENT,
                "no network namespace", "no-such")
        refused(hooked, "sk_msg", "flow_dissector", errno.EINVAL, "of type sk_msg")
    finally:
        space.close()


# --- detach ---


def test_detach(hooked, probed):
    assert code_of(hooked.detach, "uprobe") == errno.ENOENT
    assert "no link that was made here" in hooked.log()
    hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
    hooked.attach("uprobe", f"uprobe {PROBED} probed_two")
    assert hooked.kept() == ["h_uprobe-uprobe", "h_uprobe-uprobe-2"]
    first, second = hooked.links("uprobe")
    assert code_of(hooked.detach, "uprobe") == errno.EINVAL
    assert code_of(hooked.detach, "uprobe", f"link {second + 1000}") == errno.ENOENT
    assert code_of(hooked.detach, "uprobe", "link") == errno.EINVAL
    assert code_of(hooked.detach, "uprobe", f"link {first} x") == errno.EINVAL
    assert code_of(hooked.detach, "kprobe", f"link {first}") == errno.EINVAL
    assert "does not attach the program" in hooked.log()
    hooked.detach("uprobe", f"link {first}")
    assert hooked.links("uprobe") == [second]
    hooked.rests("uprobe", probed.one)
    hooked.rises("uprobe", probed.two)
    hooked.detach("uprobe")
    hooked.rests("uprobe", probed.two)


def test_what_others_hold_is_not_let_go(hooked, probed):
    """The kernel does not detach such links: as long as somebody holds it, it stays."""
    hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
    number = hooked.link("uprobe")
    with kernel.open_id("link", number):
        assert code_of(hooked.detach, "uprobe") == errno.EBUSY
        assert "a process holds the link" in hooked.log()
        assert hooked.kept() == ["h_uprobe-uprobe"]
        hooked.rises("uprobe", probed.one)
    with kernel.open_id("link", number) as held:
        kernel.pin(held.fd, f"{hooked.bpffs}/elsewhere")
    try:
        wait_until(lambda: code_of(hooked.detach, "uprobe") == errno.EBUSY
                   and "pinned elsewhere" in hooked.log())
        assert hooked.kept() == ["h_uprobe-uprobe"]
    finally:
        os.unlink(f"{hooked.bpffs}/elsewhere")
    wait_until(lambda: code_of(hooked.detach, "uprobe") == 0)
    hooked.rests("uprobe", probed.one)


def test_it_survives_the_daemon(hooked, probed):
    hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
    number = hooked.link("uprobe")
    hooked.restart()
    hooked.rises("uprobe", probed.one)
    assert hooked.link("uprobe") == number
    assert hooked.view.text("link", number, "pins") == f"{hooked.bpffs}/bpfview/h_uprobe-uprobe\n"
    hooked.detach("uprobe")
    hooked.rests("uprobe", probed.one)
    assert hooked.kept() == []


def test_nothing_leaks(hooked):
    def cycle():
        hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
        hooked.detach("uprobe")
        code_of(hooked.attach, "uprobe", f"uprobe {PROBED} probed_three")
        hooked.attach("sk_msg", f"sk_msg_verdict {hooked.maps['sockets']}")
        hooked.detach("sk_msg", f"sk_msg_verdict {hooked.maps['sockets']}")

    cycle()
    before = hooked.view.fds()
    for _ in range(50):
        cycle()
    wait_until(lambda: hooked.view.fds() <= before)


def test_pin_a_program(hooked):
    path = hooked.view.at("prog", hooked.progs["uprobe"], "pin")
    with open(path, "w") as file:
        file.write("here")
    try:
        assert hooked.view.text("prog", hooked.progs["uprobe"], "pins") == f"{hooked.bpffs}/here\n"
    finally:
        os.unlink(f"{hooked.bpffs}/here")
