# SPDX-License-Identifier: GPL-2.0-or-later
"""prog/ID/test_run/: runs with input of one's own, beside bpftool's."""
import contextlib
import errno
import json
import os
import struct
import subprocess
import threading

import pytest

import kernel
import netns
import writing
from kernel import wait_until
from oracle import bpftool, check, parse_text
from writing import code_of, order, refused


class Bench:
    """test_run/ of a program."""

    def __init__(self, view, prog_id):
        self.view, self.id, self.folder = view, prog_id, view.at("prog", prog_id, "test_run")

    def at(self, name):
        return os.path.join(self.folder, name)

    def set(self, name, content):
        """One write(2); what `echo` and `cp` do with small files."""
        order(self.at(name), content, os.O_TRUNC)

    def get(self, name):
        with open(self.at(name), "rb") as file:
            return file.read()

    def run(self, **inputs):
        for name, content in inputs.items():
            self.set(name.replace("__", "."), content)
        self.set("run", "1\n")
        return self.result

    @property
    def result(self):
        return json.loads(self.get("result.json"))

    def refused(self, code, name, content):
        """The words of error_log for a write that fails."""
        return refused(self.view, code, "", self.set, name, content)


@pytest.fixture(scope="module")
def programs(loaded):
    return loaded("testrun")


@pytest.fixture
def bench(view, programs):
    used = []

    def make(name):
        used.append(Bench(view, kernel.id_of(programs.progs[name])))
        used[-1].set("run", "reset")
        return used[-1]

    yield make
    for one in used:
        one.set("run", "reset")


def variables(view, programs):
    dump = view.json("map", kernel.id_of(programs.maps["testrun.bss"]), "dump.json")
    data = view.json("map", kernel.id_of(programs.maps["testrun.data"]), "dump.json")
    found = {}
    for entry in dump + data:
        for section in entry["value"].values():
            for variable in section:
                found.update(variable)
    return found


PACKET = bytes(range(1, 101))


def beside_bpftool(bench, tmp_path, data, ctx=None, repeat=1):
    """bpftool's result of the same run, and ours without what differs by nature."""
    words = ["prog", "run", "id", bench.id, "data_in", tmp_path / "data", "data_out", "-",
             "repeat", repeat]
    (tmp_path / "data").write_bytes(data)
    bench.set("data_in", data)
    if ctx is not None:
        (tmp_path / "ctx").write_bytes(ctx)
        words += ["ctx_in", tmp_path / "ctx", "ctx_out", "-"]
        bench.set("ctx_in", ctx)
    check(bpftool(*words), bench.run(repeat=str(repeat)), ignore=("duration",))
    return bench.result


# --- packets ---


def test_skb_as_bpftool(bench, tmp_path):
    tc = bench("tr_tc")
    ctx = bytearray(192)
    struct.pack_into("=I", ctx, 8, 41)  # mark
    result = beside_bpftool(tc, tmp_path, PACKET, bytes(ctx))
    assert tc.get("data_out") == b"\xaa" + PACKET[1:] == bytes(result["data_out"])
    assert tc.get("ctx_out") == bytes(result["ctx_out"])
    assert result["ctx"]["mark"] == 42 and result["ctx"]["cb"][1] == 100
    assert (result["data_size_out"], result["ctx_size_out"]) == (100, 192)
    assert (result["retval"], result["verdict"]) == (0, "ok")
    assert tc.get("retval") == b"0\n"
    assert int(tc.get("duration")) == result["duration"]
    assert json.loads(tc.get("ctx_out.json")) == result["ctx"]


def test_repeat(bench, tmp_path, view, programs):
    tc = bench("tr_tc")
    before = variables(view, programs)["runs"]
    result = beside_bpftool(tc, tmp_path, PACKET, bytes(192), repeat=5)
    assert variables(view, programs)["runs"] == before + 10
    assert result["ctx"]["mark"] == 5
    assert tc.get("repeat") == b"5\n"


def test_xdp_as_bpftool(bench, tmp_path):
    xdp = bench("tr_xdp")
    ctx = struct.pack("=6I", 0, len(PACKET), 0, 0, 0, 0)
    result = beside_bpftool(xdp, tmp_path, PACKET, ctx)
    assert xdp.get("data_out")[4:] == bytes(range(0xf0, 0xf6)) + PACKET[6:]
    assert result["ctx"]["data_end"] == 104
    assert (result["retval"], result["verdict"]) == (2, "pass")
    assert parse_text(xdp.get("result").decode())["verdict"] == "pass"


@pytest.mark.parametrize("name", ["tr_socket", "tr_cgroup", "tr_lwt"])
def test_other_programs_on_packets_as_bpftool(bench, tmp_path, name):
    one = bench(name)
    retvals = {beside_bpftool(one, tmp_path, PACKET[:size])["retval"] for size in (64, 100)}
    assert len(retvals) == 2


def test_without_any_input_there_are_zeros(bench):
    xdp, socket = bench("tr_xdp"), bench("tr_socket")
    assert xdp.run()["retval"] == 2
    assert xdp.get("data_out") == bytes(4) + bytes(range(0xf0, 0xf6)) + bytes(58)
    assert socket.run()["retval"] == 50
    assert socket.get("data_in") == b"" and socket.get("data_in.hex") == b""


def test_an_xdp_program_for_fragments(bench):
    frags = bench("tr_frags")
    assert frags.run(data_in=bytes(12000))["verdict"] == "drop"
    assert frags.result["data_size_out"] == 12000
    assert frags.run(data_in=bytes(4096 - 14))["data_size_out"] == 4082


def test_live_frames_go_out_of_an_interface(bench, view, programs):
    back = bench("tr_back")
    with contextlib.ExitStack() as stack:
        ns = stack.enter_context(netns.Netns())
        # a number that no interface has in our own namespace
        ns.ip("link", "add", "live0", "index", 54321, "type", "veth", "peer", "name", "live1")
        ns.ip("link", "set", "live0", "up")
        ns.ip("link", "set", "live1", "up")
        counter = kernel.Fd(os.dup(programs.progs["tr_count"]))
        stack.enter_context(counter)
        stack.enter_context(ns.link(counter, ns.index("live1"), netns.XDP_LINK))
        before = variables(view, programs)["frames"]
        back.set("ctx_in", json.dumps({"ingress_ifindex": ns.index("live0")}))
        back.set("data_in", b"L" * 64)
        back.set("flags", "xdp_live_frames\n")
        back.set("batch_size", "16")
        back.set("repeat", "100")
        assert back.get("flags") == b"xdp_live_frames\n"
        ns.run(lambda: back.set("run", "1"))
        wait_until(lambda: variables(view, programs)["frames"] == before + 100, what="100 frames")
        assert "data_out" not in back.result and "ctx_out" not in back.result
        assert "network namespace" in back.refused(errno.ENODEV, "run", "1")
        assert variables(view, programs)["frames"] == before + 100


def test_flow_dissector(bench):
    dissector = bench("tr_dissector")
    result = dissector.run(data_in=PACKET)
    assert result["flow_keys"]["ip_proto"] == 17
    assert result["flow_keys"]["thoff"] == result["flow_keys"]["nhoff"] + 20 == 34
    assert struct.unpack_from("=HH", dissector.get("data_out"), 0) == (14, 34)
    assert dissector.run(ctx_in='{"flags":4}')["verdict"] == "drop"
    assert dissector.result["ctx"]["flags"] == 4


def test_netfilter(bench):
    ip = b"\0" * 12 + b"\x08\0" + b"\x45" + bytes(40)
    assert bench("tr_netfilter").run(data_in=ip)["retval"] == 1


# --- others ---


def test_sk_lookup(bench):
    lookup = bench("tr_lookup")
    assert "family" in lookup.refused(errno.EINVAL, "run", "1")
    ctx = {"family": 2, "protocol": 6, "remote_ip4": "10.0.0.1", "local_ip4": "10.0.0.2",
           "remote_port": 999, "local_port": 8}
    assert lookup.run(ctx_in=json.dumps(ctx))["verdict"] == "pass"
    assert lookup.result["ctx"]["local_port"] == 8
    assert lookup.run(ctx_in__json=json.dumps({**ctx, "local_port": 7}))["verdict"] == "drop"
    assert "data_out" not in lookup.result


def test_raw_tracepoint(bench, view, programs):
    raw = bench("tr_raw")
    assert raw.run(ctx_in='{"args":[40,2]}')["retval"] == 42
    assert variables(view, programs)["last_arg"] == 2
    assert raw.run(ctx_in=struct.pack("=2Q", 1, 3))["retval"] == 4
    assert raw.get("ctx_in") == struct.pack("=2Q", 1, 3)
    for cpu in sorted(os.sched_getaffinity(0)):
        assert raw.run(cpu=f"{cpu}\n")["retval"] == 4
        assert variables(view, programs)["cpu_seen"] == cpu
        assert raw.get("cpu") == f"{cpu}\n".encode()
    assert raw.run(cpu="any")["retval"] == 4
    assert raw.get("cpu") == b"any\n"
    assert raw.run(flags="run_on_cpu")["retval"] == 4
    assert code_of(raw.run) == 0
    assert code_of(raw.set, "cpu", "0") == 0
    assert code_of(raw.set, "cpu", "100000") == 0
    raw.refused(errno.ENXIO, "run", "1")


def test_syscall(bench):
    syscall = bench("tr_syscall")
    assert json.loads(syscall.get("ctx_in.json")) == {"left": 0, "right": 0, "sum": 0}
    result = syscall.run(ctx_in='{"left":5,"right":9}\n')
    assert result["ctx"] == {"left": 5, "right": 9, "sum": -4}
    assert result["retval"] == 7
    assert syscall.get("ctx_out") == struct.pack("=IIq", 5, 9, -4)
    assert syscall.get("ctx_in") == struct.pack("=IIq", 5, 9, 0)
    syscall.set("repeat", "2")
    assert "run once" in syscall.refused(errno.EINVAL, "run", "1")


# --- inputs ---


def test_what_is_read_can_be_written_back(bench):
    tc = bench("tr_tc")
    tc.set("data_in", PACKET)
    tc.set("ctx_in.json", '{"mark":7,"cb":[1,2,3,4,5]}')
    tc.set("flags", "0x4,xdp_live_frames")
    for name in ("data_in", "data_in.hex", "ctx_in", "ctx_in.hex", "ctx_in.json", "repeat",
                 "flags", "cpu", "batch_size"):
        before = {one: tc.get(one) for one in ("data_in", "ctx_in", "flags", "repeat", "cpu")}
        assert before["data_in"] == PACKET and before["ctx_in"][8] == 7
        text = tc.get(name)
        tc.set(name, text)
        assert tc.get(name) == text
        assert {one: tc.get(one) for one in before} == before, name
    assert tc.get("flags") == b"xdp_live_frames,skb_checksum_complete\n"


@pytest.mark.parametrize("text", [
    "hex 01 02 ff", "0102ff", "01 02\nff\n", "0x1 0x2 0xff", "0x0102ff", "hex 0102 FF"])
def test_hex(bench, text):
    tc = bench("tr_tc")
    tc.set("data_in.hex", text)
    assert tc.get("data_in") == b"\x01\x02\xff"
    assert tc.get("data_in.hex") == b"01 02 ff\n"


def test_bytes_come_in_pieces(bench, tmp_path):
    tc = bench("tr_tc")
    (tmp_path / "packet").write_bytes(PACKET)
    subprocess.run(["dd", f"if={tmp_path}/packet", f"of={tc.at('data_in')}", "bs=7",
                    "status=none"], check=True)
    assert tc.get("data_in") == PACKET
    subprocess.run(["cp", tmp_path / "packet", tc.at("data_in")], check=True)
    assert tc.get("data_in") == PACKET
    with open(tc.at("ctx_in"), "wb", buffering=0) as file:
        file.write(b'{"mark"')
        assert tc.get("ctx_in") == b""
        file.write(b":3}")
        assert tc.get("ctx_in")[8] == 3


def test_reset(bench):
    tc = bench("tr_tc")
    tc.run(data_in=PACKET, ctx_in='{"mark":1}', repeat="3")
    tc.set("run", "reset\n")
    assert tc.get("data_in") == tc.get("ctx_in") == tc.get("result") == tc.get("retval") == b""
    assert tc.get("data_out") == tc.get("ctx_out.json") == tc.get("duration") == b""
    assert tc.result == {} and tc.get("repeat") == b"1\n"


def test_the_result_on_the_same_descriptor(bench):
    socket = bench("tr_socket")
    answer = writing.answer(socket.at("run"), "1")
    assert parse_text(answer)["retval"] == "50"
    assert socket.get("result").decode() == answer


def test_runs_at_the_same_time_do_not_mix(bench):
    socket = bench("tr_socket")
    failures = []

    def user(size):
        fd = os.open(socket.at("run"), os.O_RDWR)
        try:
            for _ in range(200):
                socket.set("data_in", bytes([size]) * size)
                os.write(fd, b"1")
                text = parse_text(os.pread(fd, 65536, 0).decode())
                data = bytes.fromhex(text["data_out"])
                # the Ethernet header is not shown to such programs
                if len(data) != int(text["retval"]) + 14 or set(data[14:]) != {len(data)}:
                    failures.append(text)
                whole = socket.result
                if whole["data_size_out"] != whole["retval"] + 14:
                    failures.append(whole)
        except (OSError, KeyError, ValueError) as err:
            failures.append(err)
        finally:
            os.close(fd)

    users = [threading.Thread(target=user, args=(size,)) for size in (50, 80, 110)]
    for one in users:
        one.start()
    for one in users:
        one.join()
    assert not failures, failures[0]


# --- what is refused ---


def test_types_that_cannot_be_run(bench):
    words = bench("tr_refused").refused(errno.EOPNOTSUPP, "run", "1")
    assert "cgroup_sock" in words and "xdp" in words and "sk_lookup" in words


@pytest.mark.parametrize("name, text, words", [
    ("flags", "xdp_live_frame", 'did you mean "xdp_live_frames"'),
    ("flags", "0x100000000", "flag"),
    ("repeat", "-1", "number"),
    ("repeat", "4294967296", "too large"),
    ("repeat", "1 2", "number"),
    ("cpu", "none", "number"),
    ("batch_size", "many", "number"),
    ("run", "2", "1 or reset"),
    ("run", "\n", "1 or reset"),
    ("data_in.hex", "01 0g", "hex digits"),
    ("data_in.hex", '"0', "no end"),
    ("ctx_in", '{"ingres_ifindex":1}', 'did you mean "ingress_ifindex"'),
    ("ctx_in.json", '{"ingress_ifindex":-1}', "from 0 to 4294967295"),
    ("ctx_in.json", "5", "{"),
])
def test_bad_input(bench, name, text, words):
    xdp = bench("tr_xdp")
    log = xdp.refused(errno.EINVAL, name, text)
    assert words in log and f"/test_run/{name} " in log
    assert xdp.run()["retval"] == 2  # nothing of it stays


def test_a_value_without_end(bench, view):
    xdp = bench("tr_xdp")
    fd = os.open(xdp.at("ctx_in"), os.O_WRONLY)
    os.write(fd, b'{"ingress_ifindex":')
    assert code_of(os.close, fd) == errno.EINVAL
    wait_until(lambda: "it has no end" in view.text("error_log"), what="words")
    assert xdp.get("ctx_in") == b""


def test_a_context_without_a_type_is_given_as_bytes(bench):
    refused = bench("tr_refused")
    assert "bytes" in refused.refused(errno.EINVAL, "ctx_in", '{"x":1}')
    assert refused.get("ctx_in.json") == b""


def test_too_much(bench):
    xdp = bench("tr_xdp")
    xdp.set("data_in", PACKET)
    fd = os.open(xdp.at("data_in"), os.O_WRONLY)
    assert os.write(fd, bytes(256 << 10)) == 256 << 10
    assert code_of(os.write, fd, b"x") == errno.E2BIG
    assert code_of(os.close, fd) == errno.E2BIG
    assert code_of(xdp.set, "ctx_in", bytes((64 << 10) + 1)) == errno.E2BIG
    assert len(xdp.get("data_in")) == 256 << 10
    assert "about a page" in xdp.refused(errno.ENOMEM, "run", "1")


@pytest.mark.parametrize("inputs, words", [
    ({"data_in": b"short"}, "Ethernet header"),
    ({"batch_size": "4"}, "batch_size"),
    ({"cpu": "0"}, "cannot be told a cpu"),
    ({"flags": "skb_checksum_complete"}, "xdp"),
    ({"ctx_in": '{"rx_queue_index":3}'}, "rx_queue_index"),
    ({"ctx_in": struct.pack("=6I", 0, 1000, 0, 0, 0, 0)}, "data_end"),
])
def test_what_the_kernel_refuses_is_explained(bench, inputs, words):
    xdp = bench("tr_xdp")
    xdp.run()
    for name, content in inputs.items():
        xdp.set(name, content)
    log = xdp.refused(errno.EINVAL, "run", "1")
    assert words in log
    assert xdp.result == {} and xdp.get("retval") == b""  # that of another run would mislead


def test_a_program_that_is_gone(view):
    with kernel.Prog(name="gone") as prog:
        gone = Bench(view, prog.id)
        gone.set("repeat", "2")
        fd = os.open(gone.at("run"), os.O_WRONLY)
    try:
        wait_until(lambda: not kernel.exists("prog", gone.id), what="its end")
        assert code_of(os.write, fd, b"1") == errno.ENOENT
    finally:
        os.close(fd)
    assert code_of(gone.get, "repeat") == errno.ENOENT


def test_nothing_is_held(view, bench):
    before = view.bpf_fds(), view.fds()
    for name in ("tr_xdp", "tr_syscall"):
        bench(name).run()
    bench("tr_xdp").refused(errno.EINVAL, "data_in.hex", "x")
    bench("tr_refused").refused(errno.EOPNOTSUPP, "run", "1")
    assert (view.bpf_fds(), view.fds()) == before


def test_object_is_listed_with_its_folder(view, programs):
    number = kernel.id_of(programs.progs["tr_xdp"])
    assert set(view.list("prog", number, "test_run")) >= {
        "data_in", "ctx_in", "repeat", "flags", "cpu", "batch_size", "run", "data_out", "ctx_out",
        "retval", "duration"}
