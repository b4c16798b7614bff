"""Debian's libxlutil as the judge of syntax: what real xl reads its configurations with.

Its packages are unpacked and never installed, as are those for booting Xen. The library runs in this process, so it must
not be given what makes it abort: NUL within quotes.
"""

from __future__ import annotations

import ctypes
import fcntl
import platform
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.live.packages import CACHE, MissingError, unpacked

PACKAGE = "libxenmisc4.17"
_STRING, _LIST = 0, 1

Seen = str | list["Seen"]
"""A value: numbers are strings, too."""


class DiskFields(ctypes.Structure):
    """The first of libxl_device_disk, as 4.17 has them (libxl_types.idl)."""

    _fields_ = (
        ("backend_domid", ctypes.c_uint32),
        ("backend_domname", ctypes.c_char_p),
        ("pdev_path", ctypes.c_char_p),
        ("vdev", ctypes.c_char_p),
        ("backend", ctypes.c_int),
        ("format", ctypes.c_int),
        ("script", ctypes.c_char_p),
        ("removable", ctypes.c_int),
        ("readwrite", ctypes.c_int),
        ("is_cdrom", ctypes.c_int),
        ("direct_io_safe", ctypes.c_bool),
        ("discard_enable", ctypes.c_int),
        ("specification", ctypes.c_int),
        ("transport", ctypes.c_int),
        ("irq", ctypes.c_uint32),
        ("base", ctypes.c_uint64),
        ("colo_enable", ctypes.c_int),
    )


class PciFields(ctypes.Structure):
    """The first of libxl_device_pci."""

    _fields_ = (
        ("function", ctypes.c_uint8),
        ("device", ctypes.c_uint8),
        ("bus", ctypes.c_uint8),
        ("segment", ctypes.c_int),
        ("slot", ctypes.c_uint32),
        ("functions", ctypes.c_uint32),
    )


class Library:
    """libxlutil, loaded."""

    def __init__(self, folder: Path) -> None:
        self._kept = _load(folder)
        self._xlu = next(each for each in self._kept if "libxlutil" in each._name)
        self._libc = ctypes.CDLL(None)
        self._libc.fopen.restype = ctypes.c_void_p
        self._report = ctypes.c_void_p(self._libc.fopen(b"/dev/null", b"w"))
        self._xlu.xlu_cfg_init.restype = ctypes.c_void_p
        self._xlu.xlu_cfg_get_listitem2.restype = ctypes.c_void_p

    def read(self, data: bytes, names: set[str]) -> Config | None:
        """The values of names in a configuration; None if it is refused."""
        config = ctypes.c_void_p(self._xlu.xlu_cfg_init(self._report, b"test"))
        try:
            if self._xlu.xlu_cfg_readdata(config, data, len(data)):
                return None
            return Config(
                {name: seen for name in names if (seen := self._setting(config, name.encode())) is not None},
                {name: number for name in names if (number := self._long(config, name.encode())) is not None},
            )
        finally:
            self._xlu.xlu_cfg_destroy(config)

    def disk(self, spec: bytes) -> bool:
        """Whether a specification of a disk is accepted."""
        return self.disk_fields(spec) is not None

    def disk_fields(self, spec: bytes) -> DiskFields | None:
        """What a specification of a disk says; None if it is refused."""
        disk, room = DiskFields(), ctypes.create_string_buffer(4096)  # larger than libxl_device_disk
        if self._parsed(
            lambda config: self._xlu.xlu_disk_parse(config, 1, (ctypes.c_char_p * 1)(spec), room)
        ):
            ctypes.memmove(ctypes.byref(disk), room, ctypes.sizeof(disk))
            return disk
        return None

    def pci(self, spec: bytes) -> bool:
        """Whether a specification of a PCI device is accepted."""
        return self.pci_fields(spec) is not None

    def pci_fields(self, spec: bytes) -> PciFields | None:
        """What a specification of a PCI device says; None if it is refused."""
        device, room = PciFields(), ctypes.create_string_buffer(4096)  # larger than libxl_device_pci
        if self._parsed(lambda config: self._xlu.xlu_pci_parse_spec_string(config, room, spec)):
            ctypes.memmove(ctypes.byref(device), room, ctypes.sizeof(device))
            return device
        return None

    def _parsed(self, parse: Callable[[ctypes.c_void_p], int]) -> bool:
        config = ctypes.c_void_p(self._xlu.xlu_cfg_init(self._report, b"test"))
        refused = parse(config)
        self._xlu.xlu_cfg_destroy(config)
        return not refused

    def _setting(self, config: ctypes.c_void_p, name: bytes) -> Seen | None:
        text = ctypes.c_char_p()
        if not self._xlu.xlu_cfg_get_string(config, name, ctypes.byref(text), 1):
            return _decoded(text)
        entries, count = ctypes.c_void_p(), ctypes.c_int()
        if self._xlu.xlu_cfg_get_list(config, name, ctypes.byref(entries), ctypes.byref(count), 1):
            return None
        return self._items(config, entries, count.value)

    def _items(self, config: ctypes.c_void_p, entries: ctypes.c_void_p, count: int | None) -> list[Seen]:
        found: list[Seen] = []
        while count is None or len(found) < count:
            item = ctypes.c_void_p(self._xlu.xlu_cfg_get_listitem2(entries, len(found)))
            if not item.value:
                assert count is None
                break
            found.append(self._value(config, item))
        return found

    def _value(self, config: ctypes.c_void_p, value: ctypes.c_void_p) -> Seen:
        if self._xlu.xlu_cfg_value_type(value) == _STRING:
            text = ctypes.c_char_p()
            assert not self._xlu.xlu_cfg_value_get_string(config, value, ctypes.byref(text), 1)
            return _decoded(text)
        inner = ctypes.c_void_p()
        assert not self._xlu.xlu_cfg_value_get_list(config, value, ctypes.byref(inner), 1)
        return self._items(config, inner, None)

    def _long(self, config: ctypes.c_void_p, name: bytes) -> int | None:
        number = ctypes.c_long()
        refused = self._xlu.xlu_cfg_get_long(config, name, ctypes.byref(number), 1)
        return None if refused else number.value


class Config:
    """What the library read."""

    def __init__(self, values: dict[str, Seen], longs: dict[str, int]) -> None:
        self.values = values
        self.longs = longs


@cache
def library() -> Library:
    """The library of this machine. Raises MissingError where its package cannot be had."""
    if platform.machine() not in ("x86_64", "aarch64"):
        raise MissingError(f"{PACKAGE} is not built for {platform.machine()}")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return Library(unpacked(PACKAGE, CACHE))


def _load(folder: Path) -> list[ctypes.CDLL]:
    """All of a folder's libraries, each after those that it needs."""
    waiting = sorted(
        path
        for path in folder.glob(f"usr/lib/{platform.machine()}-linux-gnu/*.so.*")
        if not path.is_symlink() or not path.resolve().is_file()
    )
    loaded: list[ctypes.CDLL] = []
    while waiting:
        rest = []
        for path in waiting:
            try:
                loaded.append(ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL))
            except OSError as error:
                rest.append(path)
                reason = str(error)
        if len(rest) == len(waiting):
            raise MissingError(f"{PACKAGE}: {reason}")
        waiting = rest
    return loaded


def _decoded(text: ctypes.c_char_p) -> str:
    return (text.value or b"").decode("utf-8", "surrogateescape")
