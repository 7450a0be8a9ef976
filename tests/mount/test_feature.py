# SPDX-License-Identifier: GPL-2.0-or-later
"""feature/ and token/ against bpftool, key by key."""
import os
import re
import subprocess
import time

import pytest

import kernel
from oracle import bpftool, bpftool_text, check

pytestmark = pytest.mark.guest

# Helpers that are inferred from others: asking the kernel would warn, or switch an event on.
INFERRED = ["bpf_trace_printk", "bpf_probe_write_user", "bpf_trace_vprintk"]


def without_inferred(answer):
    answer["helpers"] = {key: [name for name in names if name not in INFERRED]
                         for key, names in answer["helpers"].items()}
    return answer


@pytest.mark.parametrize("scope", ["kernel", "unprivileged"])
def test_as_bpftool(view, scope):
    """All that bpftool finds, without the helpers that it asks about in full mode only.

    Where the unprivileged may load programs, bpftool 7.5 still denies them cgroup_skb: it looks at
    the errno that the type before has left.
    """
    theirs = without_inferred(bpftool("feature", "probe", scope))
    check(theirs, without_inferred(view.json("feature", f"{scope}.json")),
          ignore=("have_cgroup_skb_prog_type", "cgroup_skb_available_helpers")
          if theirs["program_types"]["have_socket_filter_prog_type"] and scope == "unprivileged"
          else ())


def test_inferred_helpers(view):
    """By rule: where their like are, and no helper that writes to user memory under lockdown."""
    helpers = view.json("feature/kernel.json")["helpers"]
    assert view.json("feature/kernel.json")["helpers_inferred"] == INFERRED
    for names in helpers.values():
        assert ("bpf_trace_printk" in names) == ("bpf_snprintf_btf" in names)
        assert ("bpf_trace_vprintk" in names) == ("bpf_snprintf" in names)
        assert "bpf_probe_write_user" not in names or "bpf_get_stackid" in names
    assert "bpf_trace_printk" in helpers["xdp_available_helpers"]


def test_text_says_the_same(view):
    text = view.text("feature/kernel")
    answer = view.json("feature/kernel.json")
    for section in ("program_types", "map_types", "misc"):
        for key, value in answer[section].items():
            word = "unknown" if value is None else str(value).lower()  # a type that libbpf does not know
            assert f"  {key}: {word}\n" in text
    for key, names in answer["helpers"].items():
        assert f"  {key}:{''.join(' ' + name for name in names)}\n" in text
    for key, value in answer["system_config"].items():
        if key.startswith("CONFIG_"):
            assert f"  {key}: {'not set' if value is None else value}\n" in text
        else:
            assert re.search(f"  {key}: {value}( \\(.*\\))?\n", text)


def test_attach_types(view):
    """Every attach type is either asked about or named, and not both."""
    answer = view.json("feature/kernel.json")["attach_types"]
    probed = {re.fullmatch("have_(.*)_attach_type", key)[1] for key in answer["probed"]}
    assert not probed & set(answer["names"])
    assert probed | set(answer["names"]) >= set(view.json("feature/list/attach_types.json"))
    assert answer["probed"]["have_cgroup_inet_ingress_attach_type"] is True
    assert answer["probed"]["have_trace_iter_attach_type"] is True
    assert answer["source"] in ("kernel BTF", "libbpf")


def defines(text):
    return {" ".join(line.split()) for line in text.splitlines() if line.startswith("#define")}


@pytest.mark.parametrize("prefix", ["", "MY_"])
def test_macros(view, prefix):
    path = f"feature/macros/{prefix}.h" if prefix else "feature/macros.h"
    words = ["macros", "prefix", prefix] if prefix else ["macros"]
    theirs = defines(bpftool_text("feature", "probe", "kernel", *words).replace("\\\n", " "))
    ours = defines(view.text(path).replace("\\\n", " "))
    assert not theirs - ours
    more = {line for line in ours - theirs
            if not any(name in line for name in (*INFERRED, "V4_ISA"))}
    # What this bpftool is too old to know of.
    known = set(bpftool("feature", "list_builtins", "map_types"))
    assert {re.sub(r".*HAVE_(.*)_MAP_TYPE", r"\1", line).lower() for line in more} \
        .isdisjoint(known)
    done = subprocess.run(["cc", "-fsyntax-only", "-Wall", "-Werror", "-x", "c", "-"], check=False,
                          input=view.text(path) + f"#if !{prefix}HAVE_PROG_TYPE_HELPER(xdp,"
                          " bpf_redirect)\n#error\n#endif\nint x;\n", text=True)
    assert done.returncode == 0


def test_prefixes_are_identifiers(view):
    assert view.list("feature/macros") == []
    for name in ("1.h", "a-b.h", ".h", "MY_", "MY_.hh", "é.h"):
        assert not os.path.exists(view.at("feature/macros", name)), name


def test_a_second_read_is_quick_and_the_same(view):
    first = view.read("feature/kernel.json")
    times = []
    for _ in range(5):
        start = time.monotonic()
        assert view.read("feature/kernel.json") == first
        times.append(time.monotonic() - start)
    start = time.monotonic()
    bpftool("feature", "probe", "kernel")
    assert min(times) < (time.monotonic() - start) / 2


def test_probing_leaves_nothing(mount):
    fresh = mount()
    before = fresh.bpf_fds(), fresh.fds()
    fresh.read("feature/kernel")
    fresh.read("feature/unprivileged.json")
    assert (fresh.bpf_fds(), fresh.fds()) == before
    children = f"/proc/{fresh.pid}/task/{fresh.pid}/children"
    assert not os.path.exists(children) or not open(children).read().split()
    with open(f"/proc/{fresh.pid}/status") as status, open("/proc/self/status") as own:
        caps = [line for line in status if line.startswith("Cap")]
        assert caps == [line for line in own if line.startswith("Cap")]


def test_devices(view):
    """None here offloads: the folder is empty, and none of them is a file."""
    able = [name for name in os.listdir("/sys/class/net")
            if any(bpftool("feature", "probe", "dev", name)["program_types"].values())]
    assert sorted(view.list("feature/dev")) == \
        sorted([*able, *(f"{name}.json" for name in able)])
    assert os.path.exists(view.at("feature/dev/lo")) == ("lo" in able)
    for name in able:
        check(bpftool("feature", "probe", "dev", name), view.json(f"feature/dev/{name}.json"),
              ignore=("misc",))


@pytest.mark.parametrize("group", ["prog_types", "map_types", "attach_types", "link_types",
                                   "helpers"])
def test_builtin_lists(view, group):
    """The kernel's names in its order; bpftool's are those of its own build."""
    ours = view.json(f"feature/list/{group}.json")
    theirs = bpftool("feature", "list_builtins", group)
    assert ours[:len(theirs)] == theirs[:len(ours)]
    assert view.text(f"feature/list/{group}").splitlines() == ours


def btf_names(*patterns):
    """Of which patterns, by their groups, BTF as bpftool dumps it has types."""
    dump = bpftool_text("btf", "dump", "file", "/sys/kernel/btf/vmlinux")
    return [set(re.findall(pattern, dump, re.M)) for pattern in patterns]


def test_btf_lists(view):
    funcs, contexts, wrapped = btf_names(
        r"^\[(\d+)\] FUNC '(\w+)'", r"^\[\d+\] STRUCT 'bpf_iter__(\w+)'",
        r"^\[\d+\] STRUCT 'bpf_struct_ops_(\w+)' size=\d+ vlen=\d+\n"
        r"(?:\t.*\n)*?\t'data' type_id=\d+ bits_offset=\d+\n(?=\[)")
    (tagged,) = btf_names(r"^\[\d+\] DECL_TAG 'bpf_kfunc' type_id=(\d+)")
    by_id = dict(funcs)

    def own(name):
        return [row for row in view.json(f"feature/list/{name}.json") if row["btf"] == "vmlinux"]

    kfuncs = own("kfuncs")
    assert [row["name"] for row in kfuncs] == sorted(by_id[number] for number in tagged)
    assert all(str(row["type_id"]) in tagged for row in kfuncs)
    names = set(by_id.values())
    assert [row["name"] for row in own("iters")] == \
        sorted(name for name in contexts if f"bpf_iter_{name}" in names)
    for row in own("iters"):
        assert f"bpf_iter_{row['name']}(struct bpf_iter_meta * meta" in row["prototype"]
    ops = {row["name"]: row for row in own("struct_ops")}
    assert set(ops) <= wrapped and "tcp_congestion_ops" in ops
    assert {"ssthresh", "cong_avoid", "undo_cwnd"} <= set(ops["tcp_congestion_ops"]["functions"])
    for name in ("kfuncs", "iters", "struct_ops"):
        rows = view.json(f"feature/list/{name}.json")
        lines = view.text(f"feature/list/{name}").splitlines()
        assert lines[0].split()[:2] == ["name", "btf"]
        assert [line.split()[0] for line in lines[1:]] == [row["name"] for row in rows]


@pytest.mark.skipif(kernel.RELEASE < (6, 9), reason="this kernel has no tokens")
def test_tokens(view, tmp_path):
    """A mount with delegation in the daemon's namespace, and what bpftool 7.8 makes of it."""
    path = str(tmp_path)
    done = subprocess.run(["mount", "-t", "bpf", "bpf", path, "-o",
                           "delegate_cmds=prog_load:map_create,delegate_attachs=any"],
                          capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"delegate_cmds, this kernel: {done.stderr.decode().strip()}")
    try:
        found = [one for one in view.json("token/list.json") if one["token_info"] == path]
        text = view.text("token/list")
    finally:
        subprocess.run(["umount", path], check=True)
    check([{"token_info": path, "allowed_cmds": ["map_create", "prog_load"],
                   "allowed_maps": [], "allowed_progs": [], "allowed_attachs": ["any"]}], found)
    assert re.search(f"^{path} +map_create,prog_load +- +- +any$", text, re.M)
    assert path not in view.text("token/list")
