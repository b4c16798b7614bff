"""What specifications of devices say: the readers against the library that xl itself has, field by field."""

from __future__ import annotations

import random
import re
from collections import Counter

from tests.live.libxlutil import DiskFields, Library
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.xl_config import Text
from verifier.reading.xl_devices import pci
from verifier.reading.xl_disk import Disk, disk

HERE = Origin("guest.cfg", 1)
_ALL = 0xFFFFFFFF
"""LIBXL_PCI_FUNC_ALL."""
_VIRTIO = 2
_STANDALONE = 4
_RAW = 4
"""Of libxl's enumerations of specifications, of backends and of formats."""
_TRUE = 1
"""Of a libxl_defbool."""

_PLAIN = ["0", "1", "7", "8", "1f", "20", "aB", "ff", "100", "ffff", "10000", "00000000001"]
_PLAIN += ["80000000", "100000000", "1ffffffff", "ffffffffffffffffffff"]
_ODD = ["0x2", "0X1f", "0x0100", "-0", "+3", " 4", "\t05", "-1", "g", ""]
_SLOTS = ["", "", "@0", "@1f", "@20", "@0x1F", "@ 5", "@-1", "@z", "@5g", "@"]
_BEHIND = ["", "", ",permissive=1", ",vslot=5g", ",vslot=20", ",name=x", ",bdf=1:2.3", ",bdf=100:0.0"]
_BEHIND += [",foo=1", ",", ",z", "z", "=", ",="]
_BEHIND += [",rdm_policy=Strict", ",rdm_policy=no", ",msitranslate=", ",seize=1,power_mgmt=0"]


def _number(draw: random.Random) -> str:
    return draw.choice(_ODD if draw.random() < 0.15 else _PLAIN[: draw.choice([5, 8, 11, len(_PLAIN)])])


def _address(draw: random.Random) -> str:
    """Mostly one that is in range, or not far from it; only the last of two or three may be no plain digits.

    Behind an odd one before that the library looks for no point, and at what it never set.
    """
    count = draw.choice([2, 2, 2, 3, 3, 3, 1, 4])
    parts = [draw.choice(_PLAIN) for _ in range(count - 1)] + [_number(draw)]
    return f"{':'.join(parts)}.{draw.choice(['*', _number(draw), draw.choice('0123456789')])}"


def _device(draw: random.Random) -> str:
    if draw.random() < 0.2:
        return draw.choice(
            ["name=x", "permissive=1", "", f"bdf={_address(draw)}", f"name=y,bdf={_address(draw)}"]
        )
    return f"{_address(draw)}{draw.choice(_SLOTS)}{draw.choice(_BEHIND)}"


def test_pci_devices_are_at_the_same_address(libxlutil: Library) -> None:
    """But of `0x` with no digit behind it, of which libraries differ."""
    seen: Counter[str] = Counter()
    for seed in range(6000):
        spec = _device(random.Random(seed))
        assert not re.search("0[xX](?![0-9a-fA-F])", spec), spec
        theirs = libxlutil.pci_fields(spec.encode())
        try:
            ours = pci(Text(spec, HERE))
        except InputError:
            assert theirs is None, spec
            seen["refused"] += 1
            continue
        assert theirs is not None, spec
        if ours.address is None:
            assert theirs.functions == 0, spec
            seen["named"] += 1
        else:
            function = None if theirs.functions == _ALL else theirs.function
            assert ours.address == (theirs.segment, theirs.bus, theirs.device, function), spec
            seen["every function" if function is None else "one function"] += 1
    assert len(seen) == 4
    assert min(seen.values()) > 100


_PARAMETERS = ["specification=virtio", "specification=virtio", "specification=xen", "backendtype=standalone"]
_PARAMETERS += [
    "backendtype=phy",
    "format=raw",
    "format=qcow2",
    "format=",
    "format=empty",
    "script=",
    "script=x",
]
_PARAMETERS += [
    "backend=",
    "backend=d1",
    "colo",
    "no-colo",
    "cdrom",
    "devtype=cdrom",
    "devtype=disk",
    "access=",
]
_PARAMETERS += ["vdev=xvdb", "discard", "colo-host=h", "target=", "target=/b"]
_TARGETS = ["/a", "", "/a,raw", ",", "nbd:/a", "qcow2:/a", "phy:/a", "target=/a", "cdrom", "/a,"]
_PLACES = ["xvda", "xvda,w", "hdc:cdrom", "hdc:disk", "hdc:x", "vdev=xvda", "raw,xvda"]


def _served(disk: DiskFields) -> bool:
    """disk_try_backend of libxl, for LIBXL_DISK_BACKEND_STANDALONE, as far as the specification says."""
    backend = disk.backend in (0, _STANDALONE)
    return backend and disk.format == _RAW and disk.script is None and disk.colo_enable != _TRUE


def test_disks_say_the_same(libxlutil: Library) -> None:
    seen: Counter[tuple[bool, bool] | None] = Counter()
    for seed in range(6000):
        draw = random.Random(seed)
        parts = [draw.choice(_PARAMETERS) for _ in range(draw.randint(0, 3))]
        spec = ",".join([draw.choice(_TARGETS), draw.choice(_PLACES), *parts])
        if draw.random() < 0.2:
            spec = ",".join([*parts, draw.choice(_PLACES), draw.choice(_TARGETS)])
        ours, theirs = _taken(spec), libxlutil.disk_fields(spec.encode())
        assert (ours is None) == (theirs is None), spec
        if ours is not None and theirs is not None:
            assert ours.vdev.encode() == theirs.vdev, spec
            assert (ours.backend or "").encode() == (theirs.backend_domname or b""), spec
            assert ours.virtio == (theirs.specification == _VIRTIO), spec
            assert (ours.virtio and not ours.unserved) == (ours.virtio and _served(theirs)), spec
        seen[None if ours is None else (ours.virtio, not ours.unserved)] += 1
    assert set(seen) == {None, (False, True), (True, True), (True, False)}
    assert min(seen.values()) > 100


def _taken(spec: str) -> Disk | None:
    try:
        return disk(Text(spec, HERE))
    except InputError:
        return None
