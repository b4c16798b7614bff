"""The readers of xl's configurations against the library that xl itself has, on texts that nobody chose."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from tests.live.libxlutil import Library, Seen
from tests.reading import xl_texts
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading import c_scanning
from verifier.reading.xl_config import Setting, Text, Value, parse
from verifier.reading.xl_devices import pci
from verifier.reading.xl_disk import disk

HERE = Origin("guest.cfg", 1)


def plain(value: Value) -> Seen:
    return value.text if isinstance(value, Text) else [plain(item) for item in value.items]


def latest(data: bytes) -> dict[str, Setting] | None:
    try:
        return dict(parse(data, "guest.cfg").latest)
    except InputError:
        return None


def long(setting: Setting) -> int | None:
    """As `Getters.number` has it."""
    if setting.added or not isinstance(setting.value, Text):
        return None
    return c_scanning.long(setting.value.text)


@pytest.mark.parametrize("make", [xl_texts.config, xl_texts.damaged, xl_texts.tokens])
def test_the_same_files_are_read_and_say_the_same(
    libxlutil: Library, make: Callable[[random.Random], str]
) -> None:
    accepted = numbers = 0
    for seed in range(5000):
        data = make(random.Random(seed)).encode()
        ours = latest(data)
        theirs = libxlutil.read(data, {*xl_texts.NAMES, *(ours or {})})
        assert (ours is None) == (theirs is None), data
        if ours is not None and theirs is not None:
            assert {name: plain(setting.value) for name, setting in ours.items()} == theirs.values, data
            longs = {name: long(setting) for name, setting in ours.items()}
            assert {name: each for name, each in longs.items() if each is not None} == theirs.longs, data
            accepted += 1
            numbers += len(theirs.longs)
    assert 500 < accepted < 4900
    assert numbers > 100 or make is xl_texts.tokens


def test_every_byte_everywhere(libxlutil: Library) -> None:
    """But NUL within a string, at which the library aborts."""
    places = [
        b"a=1\n%sb=2\n",
        b"a=1 %s\n",
        b"a=%s1\n",
        b'a="x%sy"\n',
        b"a=[1,%s2]\n",
        b"# %s\na=1\n",
        b"a=1\n%s",
    ]
    places += [b"a%s=1\n", b'a="\\%s"\n', b'a="\\01%s2"\n', b"a=1%s", b'a="\\0%s"']
    seen = set()
    for template in places:
        for byte in range(256):
            if byte == 0 and b'"' in template:
                continue
            data = template % bytes([byte])
            ours, theirs = latest(data), libxlutil.read(data, {"a", "b"})
            assert (ours is None) == (theirs is None), data
            seen.add(ours is None)
            if ours is not None and theirs is not None:
                got = {name: plain(setting.value) for name, setting in ours.items()}
                assert {name: got[name] for name in theirs.values} == theirs.values, data
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("opening", "inner", "closing"),
    [
        ("[", "", "]"),
        ("[", "1", "]"),
        ("[", "1,2", "]"),
        ("[", "1\n,2\n", "]"),
        ("[1,", "", "]"),
        ("[1,2,", "", "]"),
        ("[\n1,\n", "", "\n]\n"),
        ("[", "", "\n]"),
        ("[\n", "", "]"),
        ("[[],", "", "]"),
    ],
)
def test_lists_are_as_deep_as_the_parser_of_xl_has_room_for(
    libxlutil: Library, opening: str, inner: str, closing: str
) -> None:
    def deepest(accepts: Callable[[bytes], bool]) -> int:
        low, high = 1, 6000
        while low < high:
            middle = (low + high + 1) // 2
            accepted = accepts(f"a={opening * middle}{inner}{closing * middle}".encode())
            low, high = (middle, high) if accepted else (low, middle - 1)
        return low

    depth = deepest(lambda data: libxlutil.read(data, set()) is not None)
    assert 1000 < depth < 6000
    assert deepest(lambda data: latest(data) is not None) == depth


_DISK = [
    "/dev/x",
    "file:/a",
    "phy:/dev/x",
    "raw",
    "qcow2",
    "xvda",
    "hda",
    "hdc:cdrom",
    "hda:disk",
    "hdc:foo",
    "r",
    "rw",
]
_DISK += [
    "w",
    "",
    "format=raw",
    "format=qcow2",
    "format=",
    "format=zz",
    "vdev=xvda",
    "vdev=hdb",
    "access=rw",
    "cdrom",
]
_DISK += [
    "access=x",
    "access=",
    "specification=virtio",
    "specification=xen",
    "backendtype=standalone",
    "foo=b",
]
_DISK += [
    "backendtype=phy",
    "target=/a,b",
    "target=",
    "devtype=cdrom",
    "devtype=disk",
    "devtype=x",
    "backend=d1",
]
_DISK += [
    "script=x",
    "foo=bar",
    "nbd:x",
    "tap:qcow2:/x",
    "weird:/x",
    "discard",
    "colo-port=1",
    "colo-port=x",
    " ",
]
_DISK += ["\t", "qcow2:/img", "vhd:", "zz:"]
"""But what later releases know: `trusted`, `untrusted`, `grant_usage`."""


def test_the_same_disks_are_read(libxlutil: Library) -> None:
    accepted = 0
    for seed in range(8000):
        draw = random.Random(seed)
        parts = [draw.choice(_DISK) for _ in range(draw.randint(0, 5))]
        if draw.random() < 0.6:
            parts = [
                "/dev/x",
                draw.choice(["raw", "", "vdev=xvda"]),
                draw.choice(["xvda", "hdc:cdrom"]),
                *parts[:3],
            ]
        spec = draw.choice([",", ",", ", "]).join(parts)
        taken = _taken(disk, spec)
        assert taken == libxlutil.disk(spec.encode()), spec
        accepted += taken
    assert 1000 < accepted < 7000


_PCI = [
    "00",
    "1f",
    "20",
    "a",
    "ff",
    "100",
    "ffff",
    "10000",
    ":",
    ":",
    ".",
    "@",
    "5",
    "*",
    ",",
    "bdf=",
    "name=x",
]
_PCI += [
    "vslot=4",
    "permissive=1",
    "rdm_policy=strict",
    "rdm_policy=no",
    "foo=1",
    "00:01.0",
    "0:1:2.3",
    "7",
    "8",
    "=",
]


def test_the_same_pci_devices_are_read(libxlutil: Library) -> None:
    """But addresses without a function, behind which the library looks at what it never set, and numbers that wrap."""
    accepted = 0
    for seed in range(8000):
        draw = random.Random(seed)
        spec = "".join(draw.choice(_PCI) for _ in range(draw.randint(0, 4)))
        spec = draw.choice(["00:01.0", "1:2:3.4", "0:1f.*", "bdf=00:1.0,", ""]) + spec
        taken = _taken(pci, spec)
        undefined = any("." not in part for part in spec.split("bdf=")[1:])
        if not undefined and not re.search("[0-9a-f]{9}", spec):
            assert taken == libxlutil.pci(spec.encode()), spec
        accepted += taken
    assert 500 < accepted < 7000


def _taken(read: Callable[[Text], object], spec: str) -> bool:
    try:
        read(Text(spec, HERE))
    except InputError:
        return False
    return True
