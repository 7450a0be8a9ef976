# SPDX-License-Identifier: GPL-2.0-or-later
"""bpfview-gen's command line, what it says when things go wrong, and what it leaves behind."""
import os
import resource
import stat
import subprocess

import pytest

import objects
from gen import ALL, CORE, GEN, PARTS, VMLINUX, gen, refused, run

MANUAL = os.path.join(objects.ROOT, "docs", "bpfview-gen.1.rst")
COMMANDS = ("object", "skeleton", "subskeleton", "min-core-btf", "header")
# Each way to make something of an object file, with the places of object and output.
MAKERS = [("object", "OUT", "IN"), ("skeleton", "IN", "-o", "OUT"),
          ("skeleton", "-L", "IN", "-o", "OUT"), ("subskeleton", "IN", "-o", "OUT"),
          ("min-core-btf", VMLINUX, "OUT", "IN")]
OUTPUTS = [*MAKERS, ("header", "IN", "-o", "OUT")]


def fill(words, **places):
    return [str(places.get(word, word)) for word in words]


def name_of(words):
    return " ".join(words[:2])


@pytest.fixture
def bad(tmp_path):
    """Files that are no BPF objects, by what is said of them."""
    folder = tmp_path / "bad"
    folder.mkdir()
    elf = open(PARTS[0], "rb").read()
    files = {"text": (b"no ELF file at all\n", "not an ELF file"),
             "empty": (b"", "not an ELF file"),
             "cut": (elf[:40], "cut off"),
             "other_class": (elf[:4] + b"\1" + elf[5:], "not a BPF object"),
             "other_order": (elf[:5] + bytes([3 - elf[5]]) + elf[6:], "byte order")}
    found = {}
    for name, (content, words) in files.items():
        (folder / name).write_bytes(content)
        found[folder / name] = words
    found["/bin/true"] = "not a BPF object"
    found[folder / "missing"] = "No such file"
    found[folder] = "Is a directory"
    return found


@pytest.mark.parametrize("words", MAKERS, ids=name_of)
def test_what_is_no_bpf_object(tmp_path, bad, words):
    out = tmp_path / "out"
    out.mkdir()
    for path, expected in bad.items():
        said = refused(*fill(words, IN=path, OUT=out / "file"))
        assert str(path) in said and expected in said
    assert os.listdir(out) == []


@pytest.mark.parametrize("words", MAKERS, ids=name_of)
def test_an_object_that_is_damaged(tmp_path, words):
    """What goes beyond the first look: the rest of the file is missing or overwritten."""
    elf = open(PARTS[1], "rb").read()
    path = tmp_path / "damaged.o"
    for content in (elf[:len(elf) // 2], elf[:64] + b"\xff" * (len(elf) - 64)):
        path.write_bytes(content)
        said = refused(*fill(words, IN=path, OUT=tmp_path / "out"))
        assert str(path) in said and "(null)" not in said
    assert os.listdir(tmp_path) == ["damaged.o"]


def without_btf(tmp_path):
    """Its sections go by other names."""
    path = tmp_path / "bare.o"
    path.write_bytes(open(PARTS[1], "rb").read().replace(b".BTF", b".XTF"))
    return path


def test_no_btf(tmp_path):
    bare = without_btf(tmp_path)
    for words in (("header", bare), ("subskeleton", bare),
                  ("min-core-btf", VMLINUX, tmp_path / "out", bare)):
        said = refused(*words)
        assert str(bare) in said and "BTF" in said
    for path in ("/bin/true", __file__):
        assert path in refused("header", path)
        assert path in refused("min-core-btf", path, tmp_path / "out", CORE)
    assert os.listdir(tmp_path) == ["bare.o"]


@pytest.mark.parametrize("name", ["9lives", "a-b", "", "a b", "a.b", "int", "naïve"])
def test_no_c_identifier(tmp_path, name):
    for words in (("skeleton", "--name", name), ("skeleton", "-L", "--name", name),
                  ("subskeleton", "--name", name)):
        said = refused(*words, PARTS[1])
        assert PARTS[1] in said and f'"{name}"' in said
    (tmp_path / "9lives.o").write_bytes(open(PARTS[1], "rb").read())
    assert "9lives" in refused("skeleton", tmp_path / "9lives.o")


# --- outputs ---


@pytest.mark.parametrize("words", OUTPUTS, ids=name_of)
def test_output_that_cannot_be_written(tmp_path, words):
    for out, expected in ((tmp_path / "no" / "folder", "No such file"),
                          (tmp_path, "Is a directory"), ("/dev/full", "No space left"),
                          ("/proc/version/file", "Not a directory")):
        said = refused(*fill(words, IN=CORE, OUT=out))
        assert str(out) in said and expected in said
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("words", OUTPUTS, ids=name_of)
def test_no_half_written_output(tmp_path, words):
    """A file system that has no more room: what was there stays, and nothing else."""
    out = tmp_path / "file"
    out.write_text("what was there")

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    # the signal of that limit is ignored, as by nohup: write(2) fails then
    done = subprocess.run(["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh", GEN,
                           *fill(words, IN=CORE, OUT=out)],
                          capture_output=True, text=True, check=False, preexec_fn=little_room)
    assert done.returncode == 1 and "File too large" in done.stderr, done.stderr
    assert os.listdir(tmp_path) == ["file"]
    assert out.read_text() == "what was there"


def test_standard_output(tmp_path):
    gen("header", CORE, "-o", tmp_path / "file")
    text = (tmp_path / "file").read_text()
    assert gen("header", CORE) == gen("header", "-o", "-", CORE) == text
    with open("/dev/full", "w") as full:
        done = subprocess.run([GEN, "header", CORE], stdout=full, stderr=subprocess.PIPE,
                              check=False)
    assert done.returncode == 1 and b"standard output: No space left" in done.stderr


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_modes_and_links(tmp_path):
    out = tmp_path / "file"
    gen("object", out, CORE, umask=0o027)
    assert mode_of(out) == 0o640
    os.chmod(out, 0o604)
    os.chown(out, 1, 2)
    gen("object", out, CORE)
    assert mode_of(out) == 0o604 and (os.stat(out).st_uid, os.stat(out).st_gid) == (1, 2)
    os.symlink("file", tmp_path / "link")
    before = os.stat(out).st_ino
    gen("object", tmp_path / "link", PARTS[0])
    assert os.readlink(tmp_path / "link") == "file" and os.stat(out).st_ino != before
    gen("object", "/dev/null", CORE)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


# --- words ---


def test_bpftools_words(tmp_path):
    """Its command lines, and with `gen` in front ours, come to the same."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    gen("object", ours, *PARTS)
    gen("gen", "object", theirs, *PARTS)
    assert ours.read_bytes() == theirs.read_bytes()
    for word in ("min_core_btf", "min-core-btf"):
        gen("min-core-btf", VMLINUX, ours, CORE)
        gen("gen", word, VMLINUX, theirs, CORE)
        assert ours.read_bytes() == theirs.read_bytes()
    header = gen("header", CORE)
    for words in (("btf", "dump", "file", CORE, "format", "c"), ("gen", "header", CORE)):
        assert gen(*words) == header
    for first, second in ((("skeleton", CORE), ("gen", "skeleton", CORE)),
                          (("skeleton", "--name", "it", CORE), ("gen", "skeleton", CORE, "name", "it")),
                          (("skeleton", "-L", PARTS[1]), ("-L", "gen", "skeleton", PARTS[1])),
                          (("skeleton", "-L", PARTS[1]), ("gen", "--use-loader", "skeleton", PARTS[1])),
                          (("subskeleton", PARTS[1]), ("gen", "subskeleton", PARTS[1])),
                          (("subskeleton", "--name", "it", PARTS[1]),
                           ("gen", "subskeleton", PARTS[1], "name", "it"))):
        assert gen(*first) == gen(*second) != ""


@pytest.mark.parametrize("file_name", ["a-b.c.bpf.o", "foo.bpf.o", "foo", "x.y", "a.o.o"])
def test_names_are_bpftools(tmp_path, file_name):
    path = tmp_path / file_name
    path.write_bytes(open(CORE, "rb").read())

    def struct_of(text):
        return next(line for line in text.splitlines()
                    if line.startswith("struct ") and line.endswith("{"))

    theirs = run("gen", "skeleton", path, tool="bpftool")
    assert struct_of(gen("skeleton", path)) == struct_of(theirs.stdout)


@pytest.mark.parametrize("words", [
    (), ("gen",), ("no_such_command", CORE), ("object",), ("object", "out.o"), ("skeleton",),
    ("skeleton", CORE, CORE), ("skeleton", CORE, "nome", "it"), ("header",), ("-L", "object", "o", CORE),
    ("min-core-btf", VMLINUX, "out"), ("header", "-L", CORE), ("object", "--name", "x", "o", CORE),
    ("subskeleton", "-L", CORE), ("skeleton", "-B", VMLINUX, CORE),
    ("btf", "dump", "file", CORE, "format", "raw")], ids=" ".join)
def test_wrong_command_lines(tmp_path, words):
    refused(*words, code=2, cwd=tmp_path)
    assert os.listdir(tmp_path) == []


def test_unknown_option():
    done = run("--no-such-option", "header", CORE)
    assert done.returncode == 2 and "no-such-option" in done.stderr


def test_help_and_version():
    text = gen("--help")
    assert text == gen("-h") == gen("help") == gen("gen", "help")
    for command in COMMANDS:
        assert f"bpfview-gen {command} " in text
    version = gen("--version")
    assert version == gen("-V") and version.startswith("bpfview-gen: 0.")


def options():
    """Every option that --help names."""
    lines = gen("--help").split("\n\n")[1].splitlines()
    return [word.strip(",") for line in lines for word in line.split("  ")[1].split() +
            line.split()[:2] if word.startswith("-")]


def test_the_manual_and_completions_know_all_words():
    texts = [open(os.path.join(objects.ROOT, "scripts", "completions", name)).read()
             for name in ("bpfview-gen.bash", "_bpfview-gen")]
    texts.append(open(MANUAL).read())
    wanted = {*COMMANDS, *options()}
    assert {"--use-loader", "--base-btf", "--output", "--name"} <= wanted
    for text in texts:
        assert not [word for word in wanted if word not in text]


def complete(*words, cwd=None):
    """What bash offers after `bpfview-gen WORDS`, the last of which is being typed."""
    script = os.path.join(objects.ROOT, "scripts", "completions", "bpfview-gen.bash")
    command = (f'. {script}; COMP_WORDS=(bpfview-gen "$@"); COMP_CWORD=$#; '
               '_bpfview_gen bpfview-gen "${@: -1}" x; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", command, "bash", *words], capture_output=True, text=True,
                          check=True, cwd=cwd)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_completion(tmp_path):
    for name in ("one.o", "two.txt", "out.btf"):
        (tmp_path / name).write_text("")
    assert set(COMMANDS) <= complete("")
    assert complete("sk") == {"skeleton"}
    assert complete("gen", "sub") == {"subskeleton"}
    assert "one.o" in complete("skeleton", "", cwd=tmp_path)
    assert complete("skeleton", "-") >= {"-L", "--name", "--output"}
    assert "-L" not in complete("header", "-")
    assert "out.btf" in complete("header", "-B", "", cwd=tmp_path)


def test_zsh_completion_is_valid():
    path = os.path.join(objects.ROOT, "scripts", "completions", "_bpfview-gen")
    assert open(path).read().startswith("#compdef bpfview-gen\n")
    try:
        subprocess.run(["zsh", "-n", path], check=True)
    except FileNotFoundError:
        pytest.skip("zsh is not installed")


def test_it_is_installed(tmp_path):
    done = subprocess.run(["make", "-n", "install", f"DESTDIR={tmp_path}", "prefix=/usr"],
                          cwd=objects.ROOT, capture_output=True, text=True, check=True)
    for place in ("/usr/bin/bpfview-gen", "/usr/share/man/man",
                  "/usr/share/bash-completion/completions/bpfview-gen",
                  "/usr/share/zsh/site-functions/_bpfview-gen"):
        assert f"{tmp_path}{place}" in done.stdout


def test_every_object_goes_through():
    """Whatever programs an object has; what a skeleton looks like is tested elsewhere."""
    for path in ALL:
        assert gen("skeleton", path)
