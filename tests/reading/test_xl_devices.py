"""Entries of lists of devices: what each is, on both sides of each bound of xl, libxl and Xen."""

from __future__ import annotations

import ctypes
import random

import pytest

from verifier.layout.errors import InputError
from verifier.layout.guest_config import Iomem, Irq, Remark, VirtioDevice
from verifier.layout.origin import Origin
from verifier.reading.xl_config import Text
from verifier.reading.xl_devices import iomem, irq, pci, virtio

HERE = Origin("guest.cfg", 7)
C = ctypes.CDLL(None)
LAST = (1 << 64) - 1
"""Also LIBXL_INVALID_GFN."""


def text(spec: str) -> Text:
    return Text(spec, HERE)


def address(spec: str) -> tuple[int, int, int, int | None] | None:
    return pci(text(spec)).address


def frames(spec: str) -> tuple[int, int, int] | None:
    """What xl makes of an entry of iomem with the very call that it makes, and Xen's `mfn + nr_mfns - 1 < mfn`."""
    start, count, gfn = ctypes.c_uint64(), ctypes.c_uint64(), ctypes.c_uint64(LAST)
    used = ctypes.c_int()
    numbers = [ctypes.byref(each) for each in (start, count, used, gfn, used)]
    found = C.sscanf(spec.encode(), b"%lx,%lx%n@%lx%n", *numbers)
    if found < 2 or used.value != len(spec) or not count.value:
        return None
    first = start.value if gfn.value == LAST else gfn.value
    last = (start.value + count.value - 1, first + count.value - 1)
    return None if max(last) > LAST else (start.value, count.value, first)


_PIECES = ["0", "1", "2", "ff", "0x10", "0XaB", "-1", "+1", " 3", "8000000000000000", "7fffffffffffffff"]
_PIECES += ["fffffffffffffffe", "ffffffffffffffff", "10000000000000000", "g", ""]


def test_iomem_is_what_xl_scans() -> None:
    accepted = 0
    for seed in range(6000):
        draw = random.Random(seed)
        start, count, gfn, end = (draw.choice(_PIECES) for _ in range(4))
        spec = f"{start},{count}" + draw.choice(["", f"@{gfn}", f"@{gfn}", f"@{gfn}@{end}", f",{gfn}"])
        theirs = frames(spec)
        try:
            ours = iomem(text(spec), with_gfn=True)
        except InputError:
            assert theirs is None, spec
            continue
        assert (ours.start, ours.count, ours.gfn) == theirs, spec
        accepted += 1
    assert accepted > 500


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("ffffffffffffffff,1", (LAST, 1, LAST)),
        ("8000000000000000,8000000000000000", (1 << 63, 1 << 63, 1 << 63)),
        ("0,ffffffffffffffff", (0, LAST, 0)),
        ("5,1@ffffffffffffffff", (5, 1, 5)),
        ("5,2@fffffffffffffffe", (5, 2, LAST - 1)),
    ],
)
def test_page_frames_may_reach_the_last_of_all(spec: str, expected: tuple[int, int, int]) -> None:
    assert iomem(text(spec), with_gfn=True) == Iomem(*expected, HERE)


@pytest.mark.parametrize(
    ("spec", "number"),
    [("0", 0), ("2147483647", 0x7FFFFFFF), ("+032", 32), (" 40", 40), ("-18446744073709551615", 1)],
)
def test_interrupts_are_decimal_numbers_of_31_bits(spec: str, number: int) -> None:
    assert irq(text(spec)) == Irq(number, HERE)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("0:0.0", (0, 0, 0, 0)),
        ("ff:1f.7", (0, 0xFF, 0x1F, 7)),
        ("ffff:ff:1f.7", (0xFFFF, 0xFF, 0x1F, 7)),
        ("ab:0x1e.0x6", (0, 0xAB, 0x1E, 6)),
        ("10:12.*", (0, 0x10, 0x12, None)),
        ("1:2:3.4", (1, 2, 3, 4)),
        ("1:2.3@1f", (0, 1, 2, 3)),
        ("1:2.3@0,seize=1", (0, 1, 2, 3)),
        ("1:2.3,vslot=1f,rdm_policy=RELAXED", (0, 1, 2, 3)),
        ("bdf=1:2.3", (0, 1, 2, 3)),
        ("msitranslate=1,bdf=1:2.*,power_mgmt=1", (0, 1, 2, None)),
        ("1:2.3,bdf=4:5.6", (0, 4, 5, 6)),
        ("1:2.3,", (0, 1, 2, 3)),
        ("100000001:f00000002:3.100000004", (1, 2, 3, 4)),
        ("name=nic", None),
        ("permissive=1,name=nic", None),
    ],
)
def test_a_pci_device_has_an_address_or_a_name(
    spec: str, expected: tuple[int, int, int, int | None] | None
) -> None:
    assert address(spec) == expected


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("100:0.0", '"100:0.0" is neither an address nor key=value'),
        ("0:20.0", '"0:20.0" is neither an address nor key=value'),
        ("0:0.8", '"0:0.8" is neither an address nor key=value'),
        ("10000:0:0.0", '"10000:0:0.0" is neither an address nor key=value'),
        ("0:0:0:0.0", '"0:0:0:0.0" is neither an address nor key=value'),
        ("80000000:0:0.0", '"80000000:0:0.0" is neither an address nor key=value'),
        ("0:0.80000000", '"0:0.80000000" is neither an address nor key=value'),
        ("0:0.ffffffffffffffff0", '"0:0.ffffffffffffffff0" is neither an address nor key=value'),
        ("1.0", '"1.0" is neither an address nor key=value'),
        ("0:0.", '"0:0." is neither an address nor key=value'),
        ("0:0:0x0:0", '"0:0:0x0:0" is neither an address nor key=value'),
        ("1:0x2:3.0", '"1:0x2:3.0" is neither an address nor key=value'),
        ("1:2;3", '"1:2;3" is neither an address nor key=value'),
        ("1:2,3", '"1:2,3" is neither an address nor key=value'),
        ("0:0", '"0:0" is neither an address nor key=value'),
        ("0:0.0x", None),
        ("0:0.0 ", '" " stands behind the address'),
        ("0:0.0@20", '"20" is no slot from 0 to 1f'),
        ("0:0.0@", '"" is no slot from 0 to 1f'),
        ("0:0.0@1.", '"." stands behind the address'),
        ("0:0.0,vslot=20", '"20" is no slot from 0 to 1f'),
        ("0:0.0,vslot=", '"" is no slot from 0 to 1f'),
        ("bdf=0:20.0", '"0:20.0" is no address'),
        ("name=nic,bdf=0:20.0", '"0:20.0" is no address'),
        ("0:0.0,slot=1", '"slot=1" is not known'),
        ("0:0.0,rdm_policy=none", '"rdm_policy=none" is not known'),
        ("0:0.0,policy=strict", '"policy=strict" is not known'),
        ("0:0.0,seize", '"seize" is neither an address nor key=value'),
        ("0:0.0,name=nic", "it has to have either an address or a name"),
        ("seize=1", "it has to have either an address or a name"),
        ("", "it has to have either an address or a name"),
    ],
)
def test_what_is_no_pci_device(spec: str, why: str | None) -> None:
    """Where nothing is said of why, C's libraries differ in what they read."""
    with pytest.raises(InputError) as error:
        pci(text(spec))
    if why is not None:
        assert error.value.message == f'pci "{spec}" is refused by xl: {why}'
    assert (error.value.file, error.value.line) == ("guest.cfg", 7)


_NO_OTHER = "is no virtio,deviceN, and libxl makes no other"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("type=virtio,device22,transport=mmio", VirtioDevice("virtio,device22", None, HERE)),
        ("transport=mmio,type=virtio,device", VirtioDevice("virtio,device", None, HERE)),
        ("transport=mmio,type=virtio,net", VirtioDevice("virtio,net", None, HERE, _NO_OTHER)),
        ("transport=mmio,type=virtio, device1", VirtioDevice("virtio, device1", None, HERE, _NO_OTHER)),
        ("type=pl011,transport=mmio", VirtioDevice("pl011", None, HERE, _NO_OTHER)),
        ("type=,transport=mmio", VirtioDevice("of no type", None, HERE, _NO_OTHER)),
        ("transport=Mmio", VirtioDevice("of no type", None, HERE, _NO_OTHER)),
        ("transport=mmio,type=net,type=virtio,device1", VirtioDevice("virtio,device1", None, HERE)),
        ("transport=unknown,transport=mmio,type=virtio,device1", VirtioDevice("virtio,device1", None, HERE)),
        ("transport=mmio,,type=virtio,,device1,", VirtioDevice("virtio,device1", None, HERE)),
        ("transport=mmio, type=virtio,device1,  backend=d", VirtioDevice("virtio,device1", "d", HERE)),
        ("transport=mmio,type=virtio,device1,backend=", VirtioDevice("virtio,device1", None, HERE)),
        ("transport=mmio,backend=virtio,type=virtio,device1", VirtioDevice("virtio,device1", "virtio", HERE)),
        ("transport=mmio,type=virtio,device1,grant_usage=virtio", VirtioDevice("virtio,device1", None, HERE)),
    ],
)
def test_what_a_virtio_device_is(spec: str, expected: VirtioDevice) -> None:
    """parse_virtio_list splits by commas with strtok, and joins what is behind a type that begins with virtio."""
    assert virtio(text(spec)) == expected


@pytest.mark.parametrize(
    "spec",
    ["", "type=virtio,device1", "transport=Unknown,type=virtio,device1", "transport=mmio,transport=unknown"],
)
def test_a_virtio_device_without_a_transport_gets_no_region(spec: str) -> None:
    expected = Remark(f'virtio "{spec}" has no transport=mmio, and gets no region', HERE)
    assert virtio(text(spec)) == expected


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("transport=mmio,type=virtio", 'has no device behind "type=virtio,"'),
        ("transport=mmio,type=virtio,", 'has no device behind "type=virtio,"'),
        ("type=virtio,device1,transport=", 'has transport "", which is not mmio'),
        ("transport=mmio2", 'has transport "mmio2", which is not mmio'),
        ("transport", 'has "transport", which xl does not know'),
        ("type", 'has "type", which xl does not know'),
        ("backend =d", 'has "backend ", which xl does not know'),
        ("transport=mmio, ", 'has "", which xl does not know'),
        ("Type=virtio,device1", 'has "Type", which xl does not know'),
    ],
)
def test_what_is_no_virtio_device(spec: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        virtio(text(spec))
    assert (error.value.message, error.value.line) == (f'virtio "{spec}" {why}', 7)
