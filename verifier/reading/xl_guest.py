"""What an xl configuration asks for (parse_config_data of tools/xl/xl_parse.c), where it matters for a guest on Arm.

What makes xl stop is an InputError at its line; what makes it go on with something else than the file seems to say, and
what libxl or Xen refuse only once the guest is built, is a remark. Numbers are as on a 64-bit host.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from verifier.layout.guest_config import (
    PV,
    PVH,
    GuestConfig,
    NamedFile,
    Remark,
    UnknownKey,
    VirtioDevice,
)
from verifier.layout.origin import Origin
from verifier.reading import xl_devices
from verifier.reading.xl_config import Settings, Text, Value, Values, parse
from verifier.reading.xl_disk import disk
from verifier.reading.xl_keys import keys
from verifier.reading.xl_values import MOST_INT, Getters, at

T = TypeVar("T")
_MIB = 1 << 20
_LEAST_RAM = 32 * _MIB
"""Where neither memory nor maxmem is given (libxl__domain_build_info_setdefault)."""
_MOST_MIB = 1 << 24
"""`xc_dom_mem_init` counts pages in 32 bits: from here on it begins at 0 again."""
_MOST_FRAMES = (1 << 32) - 1
_GICS = {"default": None, "v2": 2, "v3": 3}
_VUARTS = {"unknown": False, "sbsa_uart": True}
_PASSTHROUGH = {each: each for each in ("disabled", "enabled", "sync_pt", "share_pt")} | {"default": None}

_HINTED = 100
"""Unknown keys that are compared with all known ones: a millisecond each."""


def read(data: bytes, file: str, tag: str) -> GuestConfig:
    """The guest of a configuration file, as xl of a release (`4.21.2`, `head`) takes it.

    Raises InputError, with file and line, for what that xl refuses.
    """
    settings = parse(data, file)
    _syntax(settings, tag)
    known = keys()
    latest = {
        name: setting
        for name, setting in settings.latest.items()
        if name in known.keys and known.keys[name].read_by(tag)
    }
    strange = [each for each in settings.latest.items() if each[0] not in latest]
    unknown = tuple(
        UnknownKey(name, setting.origin, known.hint(name, tag) if number < _HINTED else "")
        for number, (name, setting) in enumerate(strange)
    )
    irrelevant = tuple(name for name in latest if known.keys[name].matters is None)
    getters = Getters(latest)
    if settings.dropped is not None:
        getters.remark(f'xl drops the last byte, "{settings.dropped.text}"', settings.dropped.origin)
    _repeated(settings, getters)
    return _guest(getters, file, tag, unknown, irrelevant)


def _syntax(settings: Settings, tag: str) -> None:
    known = keys()
    for setting in settings.statements:
        if setting.added and not known.knows("additions", tag):
            raise at(f'"{setting.name} +=" is not read by this release', setting.origin)
        if not known.knows("lists-in-lists", tag) and (inner := _inner_list(setting.value)) is not None:
            raise at("a list within a list is not read by this release", inner)


def _inner_list(value: Value) -> Origin | None:
    items = value.items if isinstance(value, Values) else ()
    return next((item.origin for item in items if isinstance(item, Values)), None)


def _repeated(settings: Settings, getters: Getters) -> None:
    """Assignments that a later one makes void, of which xl says nothing."""
    last: dict[str, Origin] = {}
    for setting in reversed(settings.statements):
        later = last.get(setting.name)
        if later is not None:
            getters.remark(f"{setting.name} is given again in line {later.line}, which holds", setting.origin)
        if not setting.added:
            last[setting.name] = setting.origin


def _guest(
    getters: Getters, file: str, tag: str, unknown: tuple[UnknownKey, ...], irrelevant: tuple[str, ...]
) -> GuestConfig:
    name = getters.text("name")
    if name is None:
        getters.remark("there is no name", Origin(file, 1), refused=True)
    kind = _kind(getters)
    memory, maxmem, videoram = _memory(getters)
    vcpus, maxvcpus = _vcpus(getters)
    spis, shadow = _unsigned(getters, "nr_spis"), _mib(getters, "shadow_memory")
    kernel, ramdisk, device_tree = (_path(getters, key) for key in ("kernel", "ramdisk", "device_tree"))
    return GuestConfig(
        file=file,
        name=None if name is None else name.text,
        kind=kind,
        memory=memory,
        maxmem=maxmem,
        videoram=videoram,
        vcpus=vcpus,
        maxvcpus=maxvcpus,
        iomem=tuple(
            xl_devices.iomem(each, with_gfn=keys().knows("guest-frames", tag))
            for each in getters.items("iomem")
        ),
        irqs=tuple(map(xl_devices.irq, getters.items("irqs"))),
        gic=_choice(getters, "gic_version", _GICS),
        vuart=_choice(getters, "vuart", _VUARTS) or False,
        virtio=tuple(_virtio(getters, tag)),
        pci=tuple(map(xl_devices.pci, getters.texts("pci"))),
        dtdev=tuple(NamedFile(each.text, each.origin) for each in getters.texts("dtdev")),
        passthrough=_choice(getters, "passthrough", _PASSTHROUGH),
        max_grant_frames=_frames(getters, "max_grant_frames", tag),
        max_maptrack_frames=_frames(getters, "max_maptrack_frames", tag),
        max_grant_version=getters.bounded("max_grant_version", MOST_INT),
        shadow_memory=shadow,
        nr_spis=spis,
        kernel=kernel,
        ramdisk=ramdisk,
        device_tree=device_tree,
        acpi=getters.flag("acpi") or False,
        hap=getters.flag("hap") is not False,
        oos=getters.flag("oos") is not False,
        origins=getters.origins,
        remarks=tuple(sorted(getters.remarks, key=lambda remark: remark.origin.line)),  # all others are read
        unknown=unknown,
        irrelevant=irrelevant,
    )


def _kind(getters: Getters) -> str | None:
    """`type` and the older `builder`, of which xl looks at the first letters only."""
    kinds = set()
    for key, choices in (
        ("type", {"hvm": "hvm", PV: PV, PVH: PVH}),
        ("builder", {"hvm": "hvm", "generic": PV}),
    ):
        text = getters.text(key)
        if text is None:
            continue
        kind = next((kind for word, kind in choices.items() if word.startswith(text.text)), None)
        if kind is None:
            raise at(
                f'{key} "{text.text}" is no type of a domain; there are {", ".join(choices)}', text.origin
            )
        if kind == "hvm":
            raise at(f'{key} "{text.text}" asks for HVM, which is not there on Arm', text.origin)
        kinds.add(kind)
        if len(kinds) > 1:
            raise at('"builder" and "type" contradict each other', text.origin)
    return kinds.pop() if kinds else None


def _memory(getters: Getters) -> tuple[int, int, int]:
    """Bytes at the start, at most, and of video RAM."""
    if getters.items("vnuma"):
        raise at("vnuma may set how much RAM there is, and is not read here", getters.origins["vnuma"])
    memory, maxmem, video = (_mib(getters, key) for key in ("memory", "maxmem", "videoram"))
    maxmem = memory if maxmem is None else maxmem
    maxmem = _LEAST_RAM if maxmem is None else maxmem
    return maxmem if memory is None else memory, maxmem, video or 0


def _mib(getters: Getters, key: str) -> int | None:
    """Bytes of a key in MiB. Raises InputError for a number that no guest has, before C wraps it."""
    number = getters.number(key)
    if number is None:
        return None
    if not 0 <= number < _MOST_MIB:
        raise at(f"{key} is {number} MiB, not from 0 to 16 TiB", getters.origins[key])
    return number * _MIB


def _vcpus(getters: Getters) -> tuple[int, int]:
    """Virtual CPUs at the start and at most."""
    vcpus, most = getters.number("vcpus"), getters.number("maxvcpus")
    for key, number in (("vcpus", vcpus), ("maxvcpus", most)):
        if number is not None and number > MOST_INT:
            raise at(f"{key} is {number}, more than {MOST_INT}", getters.origins[key])
    if vcpus is not None and vcpus < 1:
        getters.remark(f"vcpus is {vcpus}, for which xl takes 1", getters.origins["vcpus"])
    count = 1 if vcpus is None else max(1, vcpus)
    most = most or count
    if most < count:
        raise at(f"maxvcpus is {most}, less than {count} of vcpus", getters.origins["maxvcpus"])
    return count, most


def _frames(getters: Getters, key: str, tag: str) -> int | None:
    """Of grant tables; None is as xl.conf has it."""
    if keys().knows("stops-at-bad-bounds", tag):
        return getters.bounded(key, MOST_INT)
    return _unsigned(getters, key)


def _unsigned(getters: Getters, key: str) -> int | None:
    """What xl stores in 32 bits; all bits set stands for the default."""
    number = getters.number(key)
    if number is None:
        return None
    if not -1 <= number <= _MOST_FRAMES:
        raise at(f"{key} is {number}, which 32 bits do not hold", getters.origins[key])
    return None if number in (-1, _MOST_FRAMES) else number


def _choice(getters: Getters, key: str, choices: dict[str, T]) -> T | None:
    """One of a few words, upper or lower case."""
    text = getters.text(key)
    if text is None:
        return None
    if text.text.lower() not in choices:
        raise at(f'{key} is "{text.text}", none of {", ".join(choices)}', text.origin)
    return choices[text.text.lower()]


def _path(getters: Getters, key: str) -> NamedFile | None:
    text = getters.text(key)
    return None if text is None else NamedFile(text.text, text.origin)


def _virtio(getters: Getters, tag: str) -> Iterator[VirtioDevice]:
    """Devices that get a virtio-mmio region: disks first (libxl__arch_domain_prepare_config)."""
    for spec in getters.texts("disk"):
        found = _disk(spec, tag)
        if found is not None:
            yield found
    for spec in getters.texts("virtio"):
        device = xl_devices.virtio(spec)
        if isinstance(device, Remark):
            getters.remarks.append(device)
        else:
            yield device


def _disk(spec: Text, tag: str) -> VirtioDevice | None:
    read = disk(spec)
    if not read.virtio:
        return None
    if not keys().knows("virtio-disks", tag):
        raise at(
            f'disk "{spec.text[:60]}" has a specification, which this release does not read', spec.origin
        )
    return VirtioDevice(f"disk {read.vdev}", read.backend, spec.origin, read.unserved)
