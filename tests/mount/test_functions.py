# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs for functions of the kernel, of programs and of files, through object/ and attach.

Some kernels have them and others refuse: each test sees a real event, or skips with the kernel's words.
"""
import contextlib
import errno
import os
import shutil
import socket

import pytest

import kernel
import objects
from daemon import View
from hooks import PROBED, Probed, read_a_file
from kernel import wait_until
from writing import code_of, last_words, order, put, refused

pytestmark = pytest.mark.guest
DENIED = 255


class Opened:
    """An object's folder in a view; what its counters say."""

    def __init__(self, view, name, obj):
        self.view, self.name = view, name
        os.mkdir(self.at())
        shutil.copyfile(objects.path_of(obj), self.at("elf"))

    def at(self, *parts):
        return self.view.at("object", self.name, *parts)

    def order(self, *parts, text="1\n"):
        order(self.at(*parts), text)

    def only(self, *wanted):
        """No other program is to be loaded."""
        for prog in os.listdir(self.at("prog")):
            put(self.at("prog", prog, "autoload"), f"{int(prog in wanted)}\n")

    def load(self):
        """Skips the test where the kernel refuses the programs."""
        code = code_of(self.order, "load")
        if code:
            pytest.skip(f"this kernel: {os.strerror(code)}: {words_of_kernel(self.view)}")
        if "watched" in os.listdir(self.at("var")):
            put(self.at("var/watched"), f"{os.getpid()}\n")

    def id(self, prog):
        return int(os.path.basename(os.readlink(self.at("prog", prog, "prog"))))

    def prog(self, prog, *parts):
        return self.view.at("prog", self.id(prog), *parts)

    def links(self):
        """Names and ids of what is attached, seen in bpffs."""
        return {name: int(os.path.basename(target))
                for name, target in self.view.links("object", self.name, "link").items()}

    def value(self, var):
        return int(self.view.text("object", self.name, "var", var))

    def rises(self, var, cause):
        before = self.value(var)

        def happens():
            cause()
            return self.value(var) > before

        wait_until(happens, what=var)

    def rests(self, var, cause):
        # what ended may still run for a moment on other CPUs
        def has_ended():
            before = self.value(var)
            for _ in range(5):
                cause()
            return self.value(var) == before

        wait_until(has_ended, what=f"the end of {var}")


def words_of_kernel(view):
    lines = [line.strip() for line in last_words(view).splitlines() if line.strip()]
    return lines[-1] if lines else ""


def attach_or_skip(view, path, text="1\n"):
    code = code_of(order, path, text)
    lacks_probes = not os.path.exists("/sys/bus/event_source/devices/kprobe")
    if code == errno.EOPNOTSUPP or (lacks_probes and code):
        pytest.skip(f"this kernel: {words_of_kernel(view)}")
    assert not code, last_words(view)


@pytest.fixture
def own(mount, bpffs, monkeypatch):
    """A daemon that finds the probed file along PATH; no object and no pin may be left of it."""
    monkeypatch.setenv("PATH", f"{os.path.dirname(PROBED)}:{os.environ['PATH']}")
    view = mount(f"bpffs={bpffs}")
    view.bpffs = bpffs
    yield view
    remove_objects(view)
    assert kept(view) == []


def remove_objects(view):
    for name in view.list("object"):
        if not name.startswith("list"):
            os.rmdir(view.at("object", name))


def kept(view):
    folder = f"{view.bpffs}/bpfview"
    return os.listdir(folder) if os.path.exists(folder) else []


# --- probes, by their sections ---

PROBES = {"on_entry": "entries", "on_return": "returns", "on_several": "several",
          "on_call": "calls"}
CAUSES = {"entries": read_a_file, "returns": read_a_file, "several": read_a_file,
          "calls": os.getppid}


@pytest.mark.parametrize("prog", PROBES)
def test_probes_of_an_object(own, prog):
    foo = Opened(own, "foo", "probes")
    foo.only(prog)
    foo.load()
    var = PROBES[prog]
    cause = CAUSES[var]
    foo.rests(var, cause)
    attach_or_skip(own, foo.at("prog", prog, "attach"))
    assert list(foo.links()) == [prog]
    foo.rises(var, cause)
    foo.order("prog", prog, "detach")
    assert foo.links() == {}
    foo.rests(var, cause)
    foo.order("prog", prog, "attach")
    foo.rises(var, cause)
    foo.order("detach")
    foo.rests(var, cause)


def test_usdt_of_an_object(own):
    foo = Opened(own, "foo", "probes")
    foo.only("on_note")
    foo.load()
    with contextlib.closing(Probed()) as probed:
        put(foo.at("var/watched"), f"{probed.pid}\n")
        attach_or_skip(own, foo.at("prog/on_note/attach"))
        assert list(foo.links()) == ["on_note"]
        foo.rests("notes", probed.two)
        foo.rises("notes", probed.one)
        foo.order("prog/on_note/detach")
        assert foo.links() == {}
        foo.rests("notes", probed.one)


def test_probes_outlive_the_daemon(own):
    foo = Opened(own, "foo", "probes")
    foo.load()
    attach_or_skip(own, foo.at("attach"))
    links = foo.links()
    if "on_several" not in links:
        pytest.skip("this kernel has no kprobe_multi")
    assert set(links) == {*PROBES, "on_note"} and own.bpf_fds() == []
    restart(own)
    assert foo.links() == links
    for var, cause in CAUSES.items():
        foo.rises(var, cause)
    foo.order("prog/on_entry/detach")
    foo.rests("entries", read_a_file)
    foo.rises("several", read_a_file)
    remove_objects(own)
    wait_until(lambda: not set(links.values()) & set(kernel.ids("link")))


def restart(view):
    """Another daemon in place of this one, which is killed."""
    view.cleanup()
    view.__dict__.update(View(f"bpffs={view.bpffs}").__dict__)


# --- functions of the kernel ---

def ask_for_a_socket():
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_INET, socket.SOCK_RAW, DENIED).close()


FUNCTIONS = {"on_entry": ("entries", read_a_file), "on_exit": ("exits", read_a_file),
             "on_change": ("changes", read_a_file), "on_decision": ("decisions", ask_for_a_socket)}


def loaded_functions(view, *progs):
    foo = Opened(view, "foo", "functions")
    foo.only(*progs)
    foo.load()
    return foo


@pytest.mark.parametrize("prog", FUNCTIONS)
def test_functions_of_an_object(own, prog):
    var, cause = FUNCTIONS[prog]
    foo = loaded_functions(own, prog)
    foo.rests(var, cause)
    foo.order("attach")
    assert list(foo.links()) == [prog] and own.bpf_fds() == []
    foo.rises(var, cause)
    foo.order("detach")
    assert foo.links() == {}
    foo.rests(var, cause)


@pytest.mark.parametrize("prog", FUNCTIONS)
def test_auto(own, prog):
    """A loaded program, by what it was loaded for, twice."""
    var, cause = FUNCTIONS[prog]
    foo = loaded_functions(own, prog)
    for cookie in (0, 5):
        order(foo.prog(prog, "attach"), f"auto cookie {cookie}" if cookie else "auto")
        link, = own.list("prog", foo.id(prog), "links")
        assert own.json("link", link, "info.json").get("cookie", cookie) == cookie
        foo.rises(var, cause)
        assert foo.value("cookie") == cookie
        code = code_of(order, own.at("link", link, "update"), f"prog {foo.id(prog)}")
        assert code in (errno.EINVAL, errno.EOPNOTSUPP), last_words(own)
        order(foo.prog(prog, "detach"), "\n")
        assert own.list("prog", foo.id(prog), "links") == []
        foo.rests(var, cause)


def test_a_decision_is_taken(own):
    foo = loaded_functions(own, "on_decision")
    foo.order("attach")
    with pytest.raises(PermissionError):
        socket.socket(socket.AF_INET, socket.SOCK_RAW, DENIED)
    socket.socket().close()
    foo.order("prog/on_decision/detach")
    wait_until(lambda: not code_of(socket.socket, socket.AF_INET, socket.SOCK_RAW, DENIED))


def test_functions_outlive_the_daemon(own):
    foo = loaded_functions(own, *FUNCTIONS)
    foo.order("attach")
    links = foo.links()
    assert set(links) == set(FUNCTIONS)
    restart(own)
    assert foo.links() == links
    for var, cause in FUNCTIONS.values():
        foo.rises(var, cause)
    foo.order("detach")
    foo.order("attach")
    assert set(foo.links()) == set(FUNCTIONS)
    for var, cause in FUNCTIONS.values():
        foo.rises(var, cause)


@pytest.mark.parametrize("mode", ["", "multi", "link"])
def test_lsm_of_a_cgroup(inside, own, mode):
    foo = loaded_functions(own, "in_a_cgroup")
    number = foo.id("in_a_cgroup")
    folder = own.at("cgroup", inside.cgroup.path[1:])
    ask = f"try: socket.socket(2, 3, {DENIED}).close()\nexcept PermissionError: pass"

    def cause():
        inside.child.do(f"exec({ask!r})")

    order(f"{folder}/attach", f"lsm_cgroup prog {number} {mode}")
    assert os.listdir(f"{folder}/lsm_cgroup") == ["01-in_a_cgroup"]
    foo.rises("in_cgroup", cause)
    foo.rests("in_cgroup", ask_for_a_socket)
    if mode == "link":
        os.unlink(f"{folder}/lsm_cgroup/01-in_a_cgroup")
    else:
        order(f"{folder}/detach", f"lsm_cgroup prog {number}")
    assert not os.path.exists(f"{folder}/lsm_cgroup")
    foo.rests("in_cgroup", cause)


# --- functions of programs ---

@pytest.fixture
def calls():
    with objects.Object("calls") as made:
        yield made


@pytest.fixture
def target(calls):
    return calls.progs["with_subprograms"]


def targeted(view, prog, target, function):
    foo = Opened(view, "foo", "functions")
    foo.only(prog)
    put(foo.at("prog", prog, "attach_target"), f"prog {kernel.id_of(target)} {function}\n")
    foo.load()
    return foo


@pytest.mark.parametrize("how", ["object", "auto"])
@pytest.mark.parametrize("prog,var", [("on_program", "before"), ("on_program_exit", "after")])
def test_a_program_on_a_program(own, target, prog, var, how):
    foo = targeted(own, prog, target, "with_subprograms")
    comes_and_goes(foo, prog, how,
                   runs=lambda: foo.rises(var, lambda: kernel.run(target)),
                   rests=lambda: foo.rests(var, lambda: kernel.run(target)))


@pytest.mark.parametrize("how", ["object", "auto"])
def test_replacing_a_function(own, target, how):
    foo = targeted(own, "difference", target, "global_sum")
    plain = kernel.run(target)

    def is_replaced():
        # the function is given 3 as what it adds, or else subtracts
        assert (kernel.run(target) - plain) % 2**32 == (-6) % 2**32

    def is_itself():
        wait_until(lambda: kernel.run(target) == plain)

    comes_and_goes(foo, "difference", how, is_replaced, is_itself)


def comes_and_goes(foo, prog, how, runs, rests):
    """Attached and detached twice; the kernel forgets the target of a program that was attached."""
    for again in (False, True):
        rests()
        if how == "object":
            foo.order("prog", prog, "attach")
            assert list(foo.links()) == [prog]
        else:
            if again:
                refused(foo.view, errno.EINVAL, "only once", order, foo.prog(prog, "attach"),
                        "auto")
                return
            order(foo.prog(prog, "attach"), "auto")
        runs()
        if how == "object":
            foo.order("prog", prog, "detach")
            assert foo.links() == {}
        else:
            order(foo.prog(prog, "detach"), "\n")
    rests()


def test_no_such_target(own, target):
    foo = Opened(own, "foo", "functions")
    foo.only("difference")
    file = foo.at("prog/difference/attach_target")
    refused(own, errno.ENOENT, "the program has no such function", put, file,
            f"prog {kernel.id_of(target)} no_such_function\n")
    put(file, f"prog {kernel.id_of(target)} global_sum\n")
    # what is said of one program is not said of the next
    refused(own, errno.ENOENT, "the kernel has no such function", put,
            foo.at("prog/on_program/attach_target"), "global_sum\n")
    assert kept(own) == []
