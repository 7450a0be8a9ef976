# SPDX-License-Identifier: GPL-2.0-or-later
"""The types of tests/progs/types.bpf.c as ctypes, filled, with the JSON that must come of them."""
import ctypes as c
import struct


class Point(c.Structure):
    _fields_ = [("x", c.c_int16), ("y", c.c_int16)]


class Integers(c.Structure):
    _fields_ = [("s8", c.c_int8), ("u8", c.c_uint8), ("s16", c.c_int16), ("u16", c.c_uint16),
                ("s32", c.c_int32), ("u32", c.c_uint32), ("s64", c.c_int64), ("u64", c.c_uint64),
                ("yes", c.c_bool), ("letter", c.c_char), ("layered", c.c_uint8)]


class Bits(c.Structure):
    _fields_ = [("one", c.c_uint32, 1), ("three", c.c_uint32, 3), ("minus", c.c_int32, 5),
                ("_", c.c_uint32, 7), ("sixteen", c.c_uint32, 16), ("wide", c.c_uint64, 33),
                ("wide_minus", c.c_int64, 20), ("pet", c.c_uint64, 4), ("flag", c.c_uint64, 1)]


class Anonymous(c.Structure):
    _fields_ = [("a", c.c_uint8), ("to", Point)]


class Word(c.Union):
    _fields_ = [("word", c.c_uint32), ("bytes", c.c_uint8 * 4)]


class Named(c.Union):
    _fields_ = [("half", c.c_uint16), ("spot", Point)]


class Nested(c.Structure):
    _fields_ = [("from", Point), ("anonymous", Anonymous), ("word", Word), ("named", Named),
                ("path", Point * 2), ("grid", (c.c_uint8 * 3) * 2), ("deep", (Point * 1) * 2)]


class Others(c.Structure):
    _fields_ = [("pointer", c.c_uint64), ("call", c.c_uint64), ("unknown", c.c_uint64),
                ("animal", c.c_int32), ("mask", c.c_uint32), ("odd", c.c_int32)]


def integers():
    low = Integers(-128, 255, -32768, 65535, -2**31, 2**32 - 1, -2**63, 2**64 - 1, True, b"x", 200)
    high = Integers(127, 0, 32767, 0, 2**31 - 1, 0, 2**63 - 1, 0, False, b"\0", 0)
    return {struct.pack("=I", 0): low, struct.pack("=I", 2**32 - 1): high}


def bits():
    full = Bits(1, 7, -16, 0x7f, 0xffff, 2**33 - 1, -2**19, 7, 1)
    mixed = Bits(0, 5, 15, 0, 0x1234, 0x155555555, 2**19 - 1, 0, 0)
    return {struct.pack("=i", -5): full, struct.pack("=i", 5): mixed}


def nested():
    value = Nested()
    for i, byte in enumerate(range(1, c.sizeof(value) + 1)):
        c.memset(c.addressof(value) + i, byte, 1)
    return {struct.pack("=i", key): value for key in (0, 7, -3, 99)}


def texts():
    layout = "=8s4s8s4s2b"
    value = struct.pack(layout, b"short", b"full", b"ab\0\0cd", b"\1\2\xff\0", -1, 1)
    odd = struct.pack(layout, b"a\"b\\c\n\t", b"\xff\1", b"\0\0\0\0\0x", b"", 0, 0)
    return {struct.pack("=HBB4s", 80, 6, 0, b"http"): value,
            struct.pack("=HBB4s", 0, 255, 0, b""): odd}


def others():
    value = Others(0xffff888012345678, 0x1000, 0, -3, 0x80000000, 1234)
    return {struct.pack("=Q", 2**63 + 1): value}


def floats():
    return {struct.pack("=b", key): struct.pack("=ffd", f, 0, d)
            for key, f, d in ((-1, 1.5, -0.1), (0, 0.0, 1e300), (1, -2.25, 3.0))}


def odd_floats():
    return {struct.pack("=b", key): struct.pack("=ffd", f, 0, d)
            for key, f, d in ((10, float("inf"), float("nan")), (11, float("-inf"), 0.0))}


def huge():
    return {struct.pack("=H", 65535): struct.pack("=QQQQ", 5, 0, 2**64 - 1, 2**64 - 1),
            struct.pack("=H", 1): struct.pack("=QQQQ", 2**64 - 1, 2**64 - 1, 0, 1)}


def plain():
    return {struct.pack("=q", key): struct.pack("=h", value)
            for key, value in ((-2**63, -1), (2**63 - 1, 32767))}


def points():
    return {bytes(Point(-1, 1)): struct.pack("=Q", 7)}


# map: what fills it
TYPED = {"t_integers": integers, "t_bits": bits, "t_nested": nested, "t_texts": texts,
         "t_others": others, "t_floats": floats, "t_huge": huge, "t_plain": plain,
         "t_string": points}
