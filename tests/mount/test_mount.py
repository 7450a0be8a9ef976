# SPDX-License-Identifier: GPL-2.0-or-later
"""Starting, options, and the ways to end."""
import errno
import grp
import os
import shutil
import signal
import subprocess
import tempfile

import pytest

import kernel
from daemon import BINARY, View, clear, mounts_at
from kernel import PATIENCE, wait_until

NOBODY = 65534


@pytest.fixture
def folder():
    path = os.path.realpath(tempfile.mkdtemp(prefix="bpfview-test-"))
    yield path
    clear(path)


def bpfview(*words):
    return subprocess.run([BINARY, *words], capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE, check=False)


def refused(done, *words):
    """Whether a start was refused in clear words."""
    said = done.stderr.decode()
    assert done.returncode != 0
    assert said.strip(), "refused without a word"
    for word in words:
        assert word.lower() in said.lower(), f"{word!r} is not in {said!r}"


def daemons_at(path):
    """The pids of the daemons started for that folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                words = line.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"bpfview") and path.encode() in words:
            found.append(int(pid))
    return found


# --- how it ends ---


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, "umount"])
def test_clean_end(mount, how):
    view = mount()
    assert view.list("prog")
    view.stop(how)


def test_end_with_open_files(mount):
    view = mount()
    fd = os.open(view.at("README"), os.O_RDONLY)
    view.process.send_signal(signal.SIGTERM)
    assert view.process.wait(PATIENCE) == 0
    assert not mounts_at(view.path)
    os.close(fd)
    view.cleanup()


@pytest.mark.parametrize("known", [False, True])
def test_killed_daemons_mount_is_taken_over(mount, folder, known):
    first = mount(folder=folder)
    if known:
        os.stat(folder)  # which the kernel then remembers beyond the daemon's death
    first.process.kill()
    first.process.wait()
    with pytest.raises(OSError) as caught:
        os.listdir(folder)
    assert caught.value.errno == errno.ENOTCONN
    second = View(folder=folder)
    assert mounts_at(folder) == ["fuse.bpfview"]
    assert "README" in second.list()
    second.stop()
    assert not mounts_at(folder)


def test_second_daemon_on_a_live_mount_is_refused(mount):
    view = mount()
    for path in (view.path, view.path + "/", os.path.join(view.path, "..",
                                                         os.path.basename(view.path))):
        refused(bpfview("-f", path), "already", view.path.rsplit("/", 1)[-1])
    assert mounts_at(view.path) == ["fuse.bpfview"]
    assert "README" in view.list()


def test_two_mounts_side_by_side(mount):
    one, two = mount(), mount()
    with kernel.Prog() as prog:
        assert one.read("prog", prog.id, "xlated") == two.read("prog", prog.id, "xlated")
    one.stop()
    assert "README" in two.list()


# --- starting as a daemon and by mount(8) ---


def start_daemon(folder, *words):
    done = bpfview(*words)
    assert done.returncode == 0 and not done.stderr and not done.stdout, done
    # the mount is live when the parent has ended
    assert mounts_at(folder) == ["fuse.bpfview"]
    assert "README" in os.listdir(folder)
    daemons = daemons_at(folder)
    assert len(daemons) == 1
    return daemons[0]


def test_daemon(folder):
    pid = start_daemon(folder, folder)
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert int(open(f"/proc/{pid}/stat").read().split()[5]) == pid, "not a session of its own"
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not mounts_at(folder) and not daemons_at(folder))


def test_relative_mount_point(folder):
    done = subprocess.run([BINARY, os.path.basename(folder)], cwd=os.path.dirname(folder),
                          capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert mounts_at(folder) == ["fuse.bpfview"]
    subprocess.run(["umount", folder], check=True)
    wait_until(lambda: not daemons_at(os.path.basename(folder)))


def test_arguments_in_the_order_of_mount(folder):
    for words in (("none", folder, "-o", "rw,nosuid,nodev"), ("none", folder, "-o", "ro"),
                  ("none", folder, "-n", "-o", "rw,noexec,relatime,nofail")):
        start_daemon(folder, *words)
        assert bool(os.statvfs(folder).f_flag & os.ST_RDONLY) == ("ro" in words)
        subprocess.run(["umount", folder], check=True)
        wait_until(lambda: not daemons_at(folder))


def test_mount_command(folder):
    """What mount(8) runs for `mount -t fuse.bpfview`: it finds the daemon by name on the path."""
    helper = shutil.which("mount.fuse3") or shutil.which("mount.fuse")
    if not helper:
        pytest.skip("no mount.fuse helper is installed")
    # mount itself would replace PATH
    environment = {**os.environ, "PATH": f"{os.path.dirname(BINARY)}:{os.environ['PATH']}"}
    subprocess.run([helper, "none", folder, "-t", "fuse.bpfview", "-o", "ro,nopipes"],
                   env=environment, check=True, timeout=PATIENCE)
    assert mounts_at(folder) == ["fuse.bpfview"]
    assert "README" in os.listdir(folder) and "trace_pipe" not in os.listdir(folder)
    assert os.statvfs(folder).f_flag & os.ST_RDONLY
    subprocess.run(["umount", folder], check=True)
    wait_until(lambda: not daemons_at(folder))


# --- what is refused ---


def test_bad_mount_points(folder):
    file = os.path.join(folder, "file")
    open(file, "w").close()
    refused(bpfview("-f", file), file, "not a directory")
    refused(bpfview("-f", os.path.join(folder, "nothing")), "nothing", "no such file")
    refused(bpfview("-f", ""))
    os.unlink(file)


def test_bad_arguments(folder):
    for words in ([], ["-f"], ["-o"], ["--nonsense", folder], ["-x", folder],
                  ["a", "b", "c"], ["-o", "nonsense", folder], ["-o", "umask=9", folder],
                  ["-o", "umask=", folder], ["-o", "umask=7777777", folder],
                  ["-o", "gid=no such group", folder], ["-o", "gid=-1", folder],
                  ["-o", "gid=99999999999", folder], ["-o", "hide=nonsense", folder],
                  ["-o", "hide", folder], ["-o", "nopipes=1", folder]):
        refused(bpfview("-f", *words))
        assert not mounts_at(folder), words


def test_help_and_version():
    for word in ("--help", "-h"):
        done = bpfview(word)
        assert done.returncode == 0 and not done.stderr
        for option in (b"nopipes", b"hide", b"umask", b"gid", b"allow_other", b"ro", b"-f"):
            assert option in done.stdout, option
    for word in ("--version", "-V"):
        done = bpfview(word)
        assert done.returncode == 0 and b"libbpf" in done.stdout.lower()


# --- options ---


def as_nobody(function, groups=()):
    """Runs a function in a process without rights; the errno it failed with, or 0."""
    pid = os.fork()
    if not pid:
        code = 255
        try:
            os.setgroups(list(groups))
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            function()
            code = 0
        except OSError as err:
            code = err.errno
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_others_see_nothing_by_default(mount):
    view = mount()
    assert as_nobody(lambda: os.listdir(view.path)) == errno.EACCES


def test_allow_other_goes_by_the_modes(mount):
    view = mount("allow_other")
    assert as_nobody(lambda: os.listdir(view.path)) == errno.EACCES
    view.stop()
    view = mount("allow_other,umask=022")
    assert as_nobody(lambda: os.listdir(view.at("prog"))) == 0
    assert as_nobody(lambda: view.read("README")) == 0
    assert as_nobody(lambda: open(view.at("stats_enabled"), "w")) == errno.EACCES
    assert oct(os.stat(view.at("stats_enabled")).st_mode) == "0o100644"
    assert oct(os.stat(view.at("README")).st_mode) == "0o100444"
    assert oct(os.stat(view.at("prog")).st_mode) == "0o40555"


def test_group(mount):
    group = next(g for g in grp.getgrall() if g.gr_gid > 0)
    for word in (group.gr_name, str(group.gr_gid)):
        view = mount(f"allow_other,gid={word},umask=027")
        assert os.stat(view.at("README")).st_gid == group.gr_gid
        assert oct(os.stat(view.at("README")).st_mode) == "0o100440"
        assert as_nobody(lambda: view.read("README")) == errno.EACCES
        assert as_nobody(lambda: view.read("README"), [group.gr_gid]) == 0
        view.stop()


def test_umask(mount):
    view = mount("umask=0277")
    assert oct(os.stat(view.at("error_log")).st_mode) == "0o100400"
    assert oct(os.stat(view.path).st_mode) == "0o40500"


def test_nopipes(mount):
    view = mount("nopipes")
    # types and functions of the kernel may end so too
    names = [name for folder, folders, files in os.walk(view.path) for name in folders + files
             if os.path.basename(folder) != "type"]
    assert names and not [name for name in names if name.endswith("_pipe")]
    assert not os.path.lexists(view.at("trace_pipe"))
    assert "trace_pipe" not in view.text("README")


def test_hide(mount):
    view = mount("hide=prog:error_log:map/ID/entries:btf/ID/type/")
    assert not {"prog", "error_log"} & set(view.list())
    assert not os.path.lexists(view.at("prog")) and not os.path.lexists(view.at("error_log"))
    assert "map" in view.list()
    with kernel.Map("array", 4, 4, 1) as made:
        assert view.json("map", made.id, "info.json")["id"] == made.id
        assert "entries" not in view.list("map", made.id) and "update" in view.list("map", made.id)
    assert "map/ID/entries" not in view.text("README") and "btf/ID/type/" not in view.text("README")


def test_one_thread(mount):
    view = mount(flags=("-f", "-s"))
    with kernel.Prog() as prog:
        assert view.read("prog", prog.id, "xlated")
        assert str(prog.id) in view.list("prog")


def test_mount_source_and_type(mount):
    view = mount()
    with open("/proc/self/mountinfo") as table:
        line = next(line for line in table if f" {view.path} " in line)
    assert " - fuse.bpfview " in line
