"""Entries of lists of devices in xl's configurations: iomem, irqs, pci and virtio."""

from __future__ import annotations

import re

from verifier.layout.errors import InputError
from verifier.layout.guest_config import Iomem, Irq, PciDevice, Remark, VirtioDevice
from verifier.reading.c_scanning import hexadecimal, unsigned_decimal
from verifier.reading.xl_config import Text, Value
from verifier.reading.xl_values import MOST_INT, at

_SPACE = 1 << 64
_INVALID_GFN = _SPACE - 1
"""LIBXL_INVALID_GFN, which stands for an entry without a guest frame."""
_UINT = (1 << 32) - 1
_BEGINNING = re.compile("[0-9a-fA-F]*(?::[0-9a-fA-F]*){1,2}(?![0-9a-fA-F:])")
"""Of an address; of two colons the first is behind the segment."""
_NUMBERS = ("permissive", "msitranslate", "seize", "power_mgmt")
_GENERIC = "virtio,device"
"""How each type of a virtio-mmio device begins (make_virtio_mmio_node_device)."""
_POLICIES = ("strict", "relaxed", "invalid")


def iomem(value: Value, *, with_gfn: bool) -> Iomem:
    """`START,COUNT[@GFN]`: page frames, always hexadecimal (parse_config_data; Xen's iomem_permission, memory_mapping).

    Without `with_gfn` the release does not know `@`. Raises InputError, as xl and Xen do.
    """
    text = _text("iomem", value)
    start, place = _frame(text, 0, ",", "START,COUNT or START,COUNT@GFN, all hexadecimal")
    count, place = _frame(text, place, "@", "the number of page frames in hexadecimal")
    gfn = _INVALID_GFN
    if text.text[place - 1 : place] == "@":
        if not with_gfn:
            raise at(
                f'iomem "{text.text[:60]}" names a guest frame, which this release does not read', text.origin
            )
        gfn, _ = _frame(text, place, "", "a guest frame in hexadecimal, and nothing behind it")
    if count == 0:
        raise at(f'iomem "{text.text[:60]}" is of no page frames, which Xen refuses', text.origin)
    gfn = start if gfn == _INVALID_GFN else gfn
    for what, first in (("host", start), ("guest", gfn)):
        if first + count > _SPACE:
            raise at(
                f'iomem "{text.text[:60]}" wraps: the last frame of the {what} is beyond 2**64', text.origin
            )
    return Iomem(start, count, gfn, text.origin)


def _frame(text: Text, place: int, end: str, wanted: str) -> tuple[int, int]:
    """A number and where what follows it begins: behind `end`, or the end of the text if that may come instead."""
    found = hexadecimal(text.text, place)
    if found is not None:
        number, behind = found
        if text.text[behind : behind + 1] == end:
            return number, behind + 1
        if behind == len(text.text) and end == "@":
            return number, behind
    raise at(f'iomem "{text.text[:60]}" is refused by xl; expected {wanted}', text.origin)


def irq(value: Value) -> Irq:
    """A number, decimal only (parse_config_data, libxl's domcreate_launch_dm). Raises InputError, as xl does."""
    text = _text("irqs", value)
    number = unsigned_decimal(text.text)
    if number is None:
        raise at(f'irq "{text.text[:60]}" is no decimal number', text.origin)
    if number > MOST_INT:
        raise at(f'irq "{text.text[:60]}" is too big', text.origin)
    return Irq(number, text.origin)


def _text(key: str, value: Value) -> Text:
    if not isinstance(value, Text):
        raise at(f"{key} has a list within, and xl stops", value.origin)
    return value


def pci(spec: Text) -> PciDevice:
    """`[SSSS:]BB:DD.F[@VSLOT][,key=value]` (xlu_pci_parse_spec_string). Raises InputError, as xl does."""
    address, end = _address(spec.text)
    rest = spec.text[end:]
    if address is not None:
        if rest.startswith("@"):
            rest = _slot(spec, rest[1:])
        if rest and not rest.startswith(","):
            raise _no_pci(spec, f'"{rest}" stands behind the address')
        rest = rest[1:]
    named = False
    while rest:
        key, equals, rest = rest.partition("=")
        if not equals:
            raise _no_pci(spec, f'"{key}" is neither an address nor key=value')
        value, _comma, rest = rest.partition(",")
        if key == "bdf":
            address = _bdf(spec, value)
        else:
            named |= key == "name"
            _pci_option(spec, key, value)
    if named == (address is not None):
        raise _no_pci(spec, "it has to have either an address or a name")
    return PciDevice(spec.text, address, spec.origin)


def _pci_option(spec: Text, key: str, value: str) -> None:
    if key == "vslot":
        _slot(spec, value)
    elif key not in ("name", *_NUMBERS) and not (key == "rdm_policy" and value.lower() in _POLICIES):
        raise _no_pci(spec, f'"{key}={value}" is not known')


def _bdf(spec: Text, value: str) -> tuple[int, int, int, int | None]:
    address, _ = _address(value)
    if address is None:
        raise _no_pci(spec, f'"{value}" is no address')
    return address


def _address(text: str) -> tuple[tuple[int, int, int, int | None] | None, int]:
    """An address at the beginning of a text and where it ends; None, which ends at once, if there is none (parse_bdf)."""
    beginning = _BEGINNING.match(text)
    if beginning is None:
        return None, 0
    colons, place = beginning[0].count(":"), 0
    numbers = [0] if colons == 1 else []
    for mark in ":" * colons + ".":
        found = _unsigned(text, place)
        if found is None or text[found[1] : found[1] + 1] != mark:
            return None, 0
        numbers.append(found[0])
        place = found[1] + 1
    if text[place : place + 1] == "*":
        function, end = None, place + 1
    elif (found := _unsigned(text, place)) is not None and found[0] <= 7:
        function, end = found
    else:
        return None, 0
    segment, bus, device = numbers
    if segment > 0xFFFF or bus > 0xFF or device > 0x1F:
        return None, 0
    return (segment, bus, device, function), end


def _unsigned(text: str, place: int) -> tuple[int, int] | None:
    """`%x`, which is `%lx` cut to 32 bits."""
    found = hexadecimal(text, place)
    return None if found is None else (found[0] & _UINT, found[1])


def _slot(spec: Text, text: str) -> str:
    """What follows a slot of the guest's bus."""
    found = _unsigned(text, 0)
    if found is None or found[0] > 0x1F:
        raise _no_pci(spec, f'"{text}" is no slot from 0 to 1f')
    return text[found[1] :]


def _no_pci(spec: Text, why: str) -> InputError:
    return at(f'pci "{spec.text[:60]}" is refused by xl: {why}', spec.origin)


def virtio(spec: Text) -> VirtioDevice | Remark:
    """`type=virtio,device22, transport=mmio, backend=DomD, grant_usage=1` (parse_virtio_list, parse_virtio_config).

    One without `transport=mmio` gets no region: a remark. Raises InputError, as xl does.
    """
    given: dict[str, str] = {}
    parts = [part for part in spec.text.split(",") if part]
    while parts:
        name, equals, value = parts.pop(0).lstrip(" ").partition("=")
        if not equals or name not in ("backend", "type", "transport", "grant_usage"):
            raise at(f'virtio "{spec.text[:60]}" has "{name}", which xl does not know', spec.origin)
        if name == "type" and value.startswith("virtio"):
            if not parts:
                raise at(f'virtio "{spec.text[:60]}" has no device behind "type={value},"', spec.origin)
            value = f"{value},{parts.pop(0)}"
        if name == "transport" and value.lower() not in ("mmio", "unknown"):
            raise at(f'virtio "{spec.text[:60]}" has transport "{value}", which is not mmio', spec.origin)
        given[name] = value
    if given.get("transport", "").lower() != "mmio":
        return Remark(f'virtio "{spec.text[:60]}" has no transport=mmio, and gets no region', spec.origin)
    what = given.get("type", "")
    fault = "" if what.startswith(_GENERIC) else f"is no {_GENERIC}N, and libxl makes no other"
    return VirtioDevice(what or "of no type", given.get("backend") or None, spec.origin, fault)
