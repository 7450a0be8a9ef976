# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads BPF object files through libbpf, in this process, so that it is the holder."""
import ctypes
import glob
import os

import kernel

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
PROGS = os.path.join(BUILD, "tests", "progs")
XDP_TOOLS = sorted(glob.glob("/usr/lib/*/bpf/*.o"))
# An object whose programs some kernels refuse: they are loaded one by one.
REFUSED = "refused"
# One that no kernel takes.
REJECTED = "rejected"
# Objects that some kernels refuse as a whole: what needs them is skipped there.
NOT_EVERYWHERE = ("functions", "iter_elem", "kfuncs", "kinds_new", "links_new", "net_attach",
                  "testrun")

lib = ctypes.CDLL("libbpf.so.1", use_errno=True)
for function in ("bpf_object__open_file", "bpf_object__next_program", "bpf_object__next_map",
                 "bpf_map__attach_struct_ops", "bpf_map__initial_value"):
    getattr(lib, function).restype = ctypes.c_void_p
for function in ("bpf_program__name", "bpf_map__name", "bpf_program__section_name"):
    getattr(lib, function).restype = ctypes.c_char_p

said = []
PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@PRINT
def _print(level, fmt, args):
    if level > 1:  # LIBBPF_DEBUG
        return 0
    line = ctypes.create_string_buffer(2000)
    kernel.libc.vsnprintf(line, len(line), fmt, ctypes.c_void_p(args))
    said.append(line.value.decode(errors="replace"))
    return 0


lib.libbpf_set_print(_print)


def names():
    """The objects of tests/progs that are loaded as a whole."""
    sources = glob.glob(os.path.join(ROOT, "tests", "progs", "*.bpf.c"))
    found = sorted(os.path.basename(path)[:-len(".bpf.c")] for path in sources)
    return [name for name in found if not name.startswith((REFUSED, REJECTED))]


def path_of(name):
    return name if "/" in name else os.path.join(PROGS, name + ".bpf.o")


class OpenOptions(ctypes.Structure):
    """bpf_object_open_opts, as far as it is used here."""
    _fields_ = [("size", ctypes.c_size_t), ("object_name", ctypes.c_char_p),
                ("relaxed_maps", ctypes.c_bool), ("pin_root_path", ctypes.c_char_p),
                ("unused", ctypes.c_uint32), ("kconfig", ctypes.c_char_p),
                ("btf_custom_path", ctypes.c_char_p)]


class Object:
    """A loaded object file: `progs` and `maps` are dicts of name to descriptor.

    Raises OSError with libbpf's last words where the kernel refuses it.
    """

    def __init__(self, name, only=None, target=None, prepare=None, btf=None):
        """`only` names the one program to load, `target` (a descriptor and a function's name) what
        fentry, fexit and freplace programs without a target of their own are for; `prepare` is
        called with this object before it is loaded; `btf` is a file with the kernel's types for
        CO-RE, instead of the kernel's own."""
        self.handle, self.progs, self.maps, self.links = None, {}, {}, []
        said.clear()
        path = path_of(name)
        assert os.path.exists(path), f"{path} is not built: run make tests"
        options = OpenOptions(btf_custom_path=os.fsencode(btf) if btf else None)
        options.size = ctypes.sizeof(options)
        self.handle = lib.bpf_object__open_file(os.fsencode(path), ctypes.byref(options))
        if not self.handle:
            self._fail(ctypes.get_errno())
        for program in self._each("program"):
            if only:
                wanted = lib.bpf_program__name(ctypes.c_void_p(program)).decode() == only
                lib.bpf_program__set_autoload(ctypes.c_void_p(program), wanted)
            section = lib.bpf_program__section_name(ctypes.c_void_p(program)).decode()
            if target and section in ("fentry/func", "fexit/func", "freplace"):
                lib.bpf_program__set_attach_target(ctypes.c_void_p(program), target[0],
                                                   target[1].encode())
        for a_map in self._each("map"):
            # what is pinned by name would outlive the tests
            lib.bpf_map__set_pin_path(ctypes.c_void_p(a_map), None)
            if kernel.RELEASE < (6, 4):  # a struct_ops is registered without a link
                flags = lib.bpf_map__map_flags(ctypes.c_void_p(a_map))
                lib.bpf_map__set_map_flags(ctypes.c_void_p(a_map), flags & ~kernel.F_LINK)
        if prepare:
            prepare(self)
        err = lib.bpf_object__load(ctypes.c_void_p(self.handle))
        if err:
            self.close()
            self._fail(-err)
        for program in self._each("program"):
            fd = lib.bpf_program__fd(ctypes.c_void_p(program))
            if fd >= 0:
                self.progs[lib.bpf_program__name(ctypes.c_void_p(program)).decode()] = fd
        for a_map in self._each("map"):
            name = lib.bpf_map__name(ctypes.c_void_p(a_map)).decode()
            self.maps[name] = lib.bpf_map__fd(ctypes.c_void_p(a_map))

    def _each(self, what):
        following = getattr(lib, "bpf_object__next_" + what)
        item = following(ctypes.c_void_p(self.handle), None)
        while item:
            yield item
            item = following(ctypes.c_void_p(self.handle), ctypes.c_void_p(item))

    @staticmethod
    def _fail(code):
        words = "".join(said).strip()
        raise OSError(code, f"{os.strerror(code)}: {words[-1500:]}")

    def map(self, name, key_size, value_size):
        """A map of the object to fill; not to be closed."""
        return kernel.FdMap(self.maps[name], key_size, value_size)

    def replace(self, name, old, new):
        """Before it is loaded: other bytes, as many, in a map's initial value."""
        for a_map in self._each("map"):
            if lib.bpf_map__name(ctypes.c_void_p(a_map)).decode() == name:
                size = ctypes.c_size_t()
                value = lib.bpf_map__initial_value(ctypes.c_void_p(a_map), ctypes.byref(size))
                at = ctypes.string_at(value, size.value).index(old)
                ctypes.memmove(value + at, new, len(old))

    def register(self, name):
        """Attaches a struct_ops map until the object is closed."""
        for a_map in self._each("map"):
            if lib.bpf_map__name(ctypes.c_void_p(a_map)).decode() == name:
                link = lib.bpf_map__attach_struct_ops(ctypes.c_void_p(a_map))
                if not link:
                    self._fail(ctypes.get_errno())
                self.links.append(link)

    def close(self):
        for link in self.links:
            lib.bpf_link__destroy(ctypes.c_void_p(link))
        self.links = []
        if self.handle:
            lib.bpf_object__close(ctypes.c_void_p(self.handle))
        self.handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
