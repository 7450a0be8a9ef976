# SPDX-License-Identifier: GPL-2.0-or-later
"""Skeletons: what compilers say to them, applications that run on them, beside bpftool's."""
import functools
import os
import re
import subprocess

import pytest

import gen as generator
import objects
from gen import PROGS, gen, refused, run

SKEL, CC, ARENA, OTHER = (f"{PROGS}/{name}.bpf.o"
                          for name in ("skel", "skel_cc", "skel_arena", "skel_other"))
ALL = [*generator.ALL, SKEL, CC, ARENA, OTHER]
HERE = os.path.dirname(os.path.abspath(__file__))
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
COMPILERS = {"gcc": ["gcc"], "clang": ["clang"],
             "g++": ["g++", "-xc++"], "clang++": ["clang++", "-xc++"]}
KINDS = {"skeleton": ["skeleton"], "light": ["skeleton", "-L"], "subskeleton": ["subskeleton"]}


def name_of(path):
    return re.sub(r"\W", "_", os.path.basename(path)[:-2])


def bpftool_skeleton(kind, path, name):
    """bpftool's header, None where it has none (over some objects it falls)."""
    done = run("gen", *KINDS[kind], path, "name", name, tool="bpftool")
    return None if done.returncode or not done.stdout else done.stdout


def compile_to(out, compiler, source, *words, warnings=True):
    """What the compiler says to a source: "" when all is well."""
    done = subprocess.run(
        [*COMPILERS[compiler], *(WARNINGS if warnings else ()), "-O1", "-I", HERE, *map(str, words),
         os.path.join(HERE, source), "-o", out, *(() if "-c" in words else ("-lbpf",))],
        capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


# --- every object there is ---

DEFINITION = re.compile(r"^(?:struct|union|enum) (\w+) \{.*?^\}[^;]*;$", re.M | re.S)
NAMED = r"\b(?:struct|union|enum) (%s)\b"


@functools.lru_cache(maxsize=None)
def known_types():
    """Those that a skeleton has from what it includes."""
    done = subprocess.run(["gcc", "-E", "-P", "-"], input="#include <bpf/libbpf.h>\n", text=True,
                          capture_output=True, check=True)
    return set(re.findall(NAMED % r"\w+", done.stdout))


def with_types(path, header, prefix):
    """A header with definitions of the types that it has from the application, all of them called
    otherwise: objects that have nothing to do with each other have types of one name."""
    found = {match[1]: match[0] for match in DEFINITION.finditer(gen("header", path))}
    wanted, queue = [], re.findall(NAMED % r"\w+", "\n".join(members(header)))
    while queue:
        name = queue.pop()
        if name in found and name not in wanted and name not in known_types():
            wanted.append(name)
            queue += re.findall(NAMED % r"\w+", found[name])
    text = "\n".join(found[name] for name in found if name in wanted)
    text = re.sub(r"^\t(\w+)( = -?\d+,)?$", rf"\t{prefix}__\1\2", text, flags=re.M)
    text = f"#include <linux/types.h>\n{text}\n{header}"
    for name in wanted:
        text = re.sub(r"\b(struct|union|enum) %s\b" % name, rf"\1 {prefix}__{name}", text)
    return text


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    """Headers of all objects, by kind; and what is refused, and why."""
    folder, headers, no = tmp_path_factory.mktemp("headers"), {}, {}
    for kind, words in KINDS.items():
        os.mkdir(folder / kind)
        for path in ALL:
            done = run(*words, path)
            if done.returncode:
                no[kind, path] = done.stderr
                continue
            header = folder / kind / (name_of(path) + ".h")
            header.write_text(with_types(path, done.stdout, name_of(path)))
            headers.setdefault(kind, []).append(header)
    return headers, no


def test_only_some_light_skeletons_are_refused(every):
    _, no = every
    assert {kind for kind, _ in no} <= {"light"}
    for (kind, path), words in no.items():
        assert "light skeleton" in words or "no loader" in words
        assert path in words
        assert not bpftool_skeleton(kind, path, "it")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_compiles_without_a_warning(every, tmp_path, kind, compiler):
    source = tmp_path / "all.c"
    source.write_text("".join(f'#include "{header}"\n' for header in every[0][kind])
                      + "int main(void) { return 0; }\n")
    assert compile_to(tmp_path / "all", compiler, source) == ""


@pytest.mark.parametrize("compiler", ["clang", "g++"])
def test_carries_the_object(every, tmp_path, compiler):
    headers = every[0]["skeleton"]
    names = [header.stem for header in headers]
    # any byte in front of any other, as no object has them
    with open(OTHER, "rb") as elf:
        whole = elf.read() + bytes(b for a in range(256) for c in b"07/8x?\"" for b in (a, c))
    (tmp_path / "longer.o").write_bytes(whole)
    (tmp_path / "longer.h").write_text(gen("skeleton", tmp_path / "longer.o"))
    (tmp_path / "all.h").write_text(
        "".join(f'#include "{header}"\n' for header in [*headers, tmp_path / "longer.h"])
        + f"#define SAVE_ALL {';'.join(f'SAVE({name})' for name in [*names, 'longer'])}\n")
    said = compile_to(tmp_path / "all", compiler, "app_elf.c", f'-DALL="{tmp_path}/all.h"')
    assert said == ""
    subprocess.run([tmp_path / "all"], check=True, cwd=tmp_path)
    for path in ALL:
        with open(path, "rb") as elf:
            assert (tmp_path / name_of(path)).read_bytes() == elf.read()
    assert (tmp_path / "longer").read_bytes() == whole


# --- beside bpftool's ---


def members(header):
    """The members of the struct, each under the blocks that it is in; no padding."""
    lines = header[re.search(r"^struct \w+ \{$", header, re.M).start():].splitlines()
    blocks, found = [], []
    for line in lines:
        line = line.strip()
        if not line or line.startswith(("#", "char __pad", "char __unsupported", "static ", "{ return")):
            continue
        if line.endswith("{"):
            blocks.append([])
        elif line.startswith("}"):
            inner = blocks.pop()
            if not blocks:
                return sorted(found)
            for member in inner:
                found.append(f"{line} {member}")
            blocks[-1].append(line)
        else:
            blocks[-1].append(line)
    return None


def declared_alike(members_):
    """Pointers as bpftool writes them in a subskeleton, in C's own way."""
    alike = []
    for member in members_:
        member = re.sub(r"__typeof__\((.*?)((?:\[\d+\])+)\) \*(\w+);$", r"\1 (*\3)\2;", member)
        alike.append(member.replace("* *", "**"))
    return alike


# Of functions and enumerations bpftool's subskeleton has types that can only be read as C.
NO_TEXT = (SKEL, "subskeleton")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ALL, ids=os.path.basename)
def test_has_the_members_of_bpftools(kind, path):
    theirs = bpftool_skeleton(kind, path, "it")
    if theirs is None:
        pytest.skip(f"bpftool makes no {kind} of {os.path.basename(path)}")
    ours = gen(*KINDS[kind], path, "--name", "it")
    if (path, kind) == NO_TEXT:
        assert re.findall(r'vars\[\d+\].name = "(\w+)"', theirs) == \
            re.findall(r'^\t\t\{"(\w+)", it__at\(maps\.\w+\), it__at\(\w+\.\w+\)\},$', ours, re.M)
        return
    ours, theirs = members(ours), members(theirs)
    # arrays in struct_ops can be set, which bpftool does not offer
    more = [member for member in ours if re.match(r"} \*\w+; \w+ \w+\[\d+\];", member)]
    missing = [member for member in declared_alike(theirs) if member not in ours]
    assert missing == []
    assert [m for m in ours if m not in declared_alike(theirs) and m not in more] == []


@pytest.mark.parametrize("kind", KINDS)
def test_has_the_functions_of_bpftools(kind):
    theirs, ours = (set(re.findall(r"\b(it__\w+)\(", header)) for header in
                    (bpftool_skeleton(kind, SKEL, "it"), gen(*KINDS[kind], SKEL, "--name", "it")))
    assert len(theirs) >= 2 and theirs <= ours


# --- applications ---


class Case:
    """An application, the skeleton that it is on, and what it prints."""

    def __init__(self, kind, app, path, name, expected):
        self.kind, self.app, self.path, self.name, self.expected = kind, app, path, name, expected


VARIABLES = """\
rodata {mine} ?1234567 7 -1
settings {wanted} {letter} more {step}
data 1 2 4 {x},6
nameless 7 8 5 99
choice 1 0 weak 10 huge 9
pointers 1 1 1
text 61202271756f7465645c22206c696e653f3f2f0a80ff3000 grid 6 tail 3 14
bss {bss}
"""
SET = {"mine": 1, "wanted": "{getppid}", "step": 3, "x": 100}
PLAIN = (
    "names skel skel .data.settings skel.rodata\n"
    + VARIABLES.format(**SET, letter="a", bss="0 0 0") +
    "fds 1 0 1 1\n"
    "run 4 value 212 sum 282 version 1 1 thing 0\n"
    "links 1 1 0 0\n"
    "links 0\n"
    + VARIABLES.format(**SET, letter="z", bss="30 10 282")
    + VARIABLES.format(mine=0, wanted=-1, step=1, x=5, letter="a", bss="0 0 0"))
CASES = {
    "skel": Case("skeleton", "app_skel.c", SKEL, "skel", PLAIN),
    "struct_ops": Case("skeleton", "app_cc.c", CC, "skel_cc", "initial 1 1 1\ninits 0 1\nafter 1\n"),
    "arena": Case("skeleton", "app_arena.c", ARENA, "skel_arena",
                  "5 x 0 6\n5 x 1099511627776 6\n"),
    "light": Case("light", "app_light.c", SKEL, "skel",
                  "greeting ?1234567 wide 2 tail 13\n"
                  "run 4 sum 282 version 1 on demand 0\n"
                  "hits 30 0 wide 2\n"
                  "again 5\n"),
}


def getppid():
    return {"x86_64": 110, "aarch64": 173}[os.uname().machine]


def run_application(program):
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    if "Operation not supported" in done.stdout or "Operation not permitted" in done.stdout:
        pytest.skip(f"this kernel: {done.stdout.splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_application(tmp_path, case, compiler):
    case = CASES[case]
    (tmp_path / "it.h").write_text(gen(*KINDS[case.kind], case.path, "--name", case.name))
    said = compile_to(tmp_path / "app", compiler, case.app, f'-DSKELETON="{tmp_path}/it.h"')
    assert said == ""
    assert run_application(tmp_path / "app") == case.expected.replace("{getppid}", str(getppid()))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_application_on_bpftools(tmp_path, case, compiler):
    """The same source prints the same: what it expects is not only what our header happens to do."""
    case = CASES[case]
    (tmp_path / "it.h").write_text(bpftool_skeleton(case.kind, case.path, case.name))
    said = compile_to(tmp_path / "app", compiler, case.app, f'-DSKELETON="{tmp_path}/it.h"',
                      warnings=False)
    if said:
        pytest.skip("bpftool's header, this libbpf: "
                    + next(line for line in said.splitlines() if "error" in line))
    assert run_application(tmp_path / "app") == case.expected.replace("{getppid}", str(getppid()))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("maker", ["ours", "bpftool"])
def test_subskeleton(tmp_path, compiler, maker):
    whole = tmp_path / "whole.o"
    gen("object", whole, OTHER, SKEL)
    make = bpftool_skeleton if maker == "bpftool" else \
        lambda kind, path, name: gen(*KINDS[kind], path, "--name", name)
    (tmp_path / "whole.h").write_text(make("skeleton", whole, "whole"))
    (tmp_path / "skel.h").write_text(make("subskeleton", SKEL, "skel"))
    for source, header in (("app_sub_library", "skel"), ("app_sub", "whole")):
        said = compile_to(tmp_path / f"{source}.o", compiler, f"{source}.c", "-c",
                          f'-DSKELETON="{tmp_path}/{header}.h"', warnings=maker == "ours")
        if said and maker == "bpftool":
            pytest.skip("bpftool's header: "
                        + next(line for line in said.splitlines() if "error" in line))
        assert said == ""
    subprocess.run([COMPILERS[compiler][0], tmp_path / "app_sub.o", tmp_path / "app_sub_library.o",
                    "-o", tmp_path / "app", "-lbpf"], check=True)
    assert run_application(tmp_path / "app") == (
        "map table 4 program add\n"
        "greeting ?1234567 mood -1 wide 2 weak 10\n"
        "run 4 sum 475 version 1\n"
        "corner 200 first 2\n")


# --- what does not fit ---


def test_a_type_of_another_size_does_not_compile(tmp_path):
    """An application whose idea of a type is not the object's would read and write elsewhere."""
    (tmp_path / "it.h").write_text(gen("skeleton", SKEL, "--name", "skel"))
    types = open(os.path.join(HERE, "skel_types.h")).read()
    for was, is_, named in (("int x, y;", "int x, y, z;", "corner"),
                            ("int x, y;", "int x, y;\n} __attribute__((aligned(16)));\n"
                                          "struct unused {\n\tint z;", "corner")):
        (tmp_path / "skel_types.h").write_text(types.replace(was, is_))
        said = compile_to(tmp_path / "app", "gcc", tmp_path / "it.h", "-c", "-xc", "-include",
                          tmp_path / "skel_types.h")
        assert named in said and "differs from the object" in said


BOTH_DATA = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
int variable = 1;
#ifndef NO_MAP
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1);
	 __type(key, int); __type(value, int); } data SEC(".maps");
#endif
SEC("xdp") int pass(struct xdp_md *ctx) { return variable; }
"""


def compile_object(source, out, *words):
    source.with_suffix(".c").write_text(BOTH_DATA)
    subprocess.run(["clang", "-target", "bpf", "-O2", *words, "-idirafter",
                    f"/usr/include/{os.uname().machine}-linux-gnu", "-c", source.with_suffix(".c"),
                    "-o", out], check=True)


def test_two_things_of_one_name(tmp_path):
    compile_object(tmp_path / "both", tmp_path / "both.o", "-g")
    for words in KINDS.values():
        said = refused(*words, tmp_path / "both.o")
        assert "maps data and .data would both be called data" in said


@pytest.mark.parametrize("kind", ["skeleton", "light"])
def test_without_btf_there_are_no_variables(tmp_path, kind):
    """But maps and programs, and it compiles and loads."""
    path = tmp_path / "bare.o"
    compile_object(tmp_path / "bare", path, "-DNO_MAP")
    header = gen(*KINDS[kind], path, "--name", "bare")
    assert members(header) == members(bpftool_skeleton(kind, path, "bare"))
    (tmp_path / "bare.h").write_text(header)
    (tmp_path / "app.c").write_text(
        '#include "bare.h"\n'
        "int main(void) { struct bare *s = bare__open_and_load(); bare__destroy(s); return !s; }\n")
    for compiler in COMPILERS:
        assert compile_to(tmp_path / "app", compiler, tmp_path / "app.c") == ""
        subprocess.run([tmp_path / "app"], check=True)


@pytest.mark.parametrize("path,what", [(CC, "struct_ops"), (ARENA, "arena"),
                                       *((path, "pin") for path in objects.XDP_TOOLS
                                         if "xdpfilt" in path)])
def test_what_a_light_skeleton_cannot_load(path, what):
    assert what in refused("skeleton", "-L", path)
