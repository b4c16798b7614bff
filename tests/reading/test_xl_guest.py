"""What a configuration means to xl of a release, and what it refuses."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InputError
from verifier.layout.guest_config import GuestConfig, Iomem, UnknownKey
from verifier.layout.origin import Origin
from verifier.reading.xl_guest import read

MIB = 1 << 20
DRIVER_DOMAIN = """\
# A driver domain
name = "domd"
type = "pvh"
kernel = "/boot/Image"
ramdisk = "/boot/initrd"
memory = 1024
vcpus = 2
maxvcpus = 4
vuart = "sbsa_uart"
gic_version = "V3"
device_tree = "partial.dtb"
dtdev = [ "/soc/mmc@ee140000", "/soc/usb" ]
iomem = [ "0xe6055,1",
          "e6060,0x10@e7000", ]
irqs = [ 112, "113" ]
disk = [ "phy:/dev/vg/x,xvda,w",
         "/dev/mmcblk0p3, raw, xvdb, specification=virtio, backendtype=standalone, backend=DomD" ]
virtio = [ "type=virtio,device22,transport=mmio", "backend=DomD, type=virtio,device1, transport=MMIO" ]
pci = [ "01:00.0", "0000:02:1f.*,permissive=1", "name=disk" ]
max_grant_frames = 128
shadow_memory = 8
nr_spis = 0x100
acpi = 1
cpu_weight = 256
on_crash = "destroy"
"""


def at(line: int) -> Origin:
    return Origin("guest.cfg", line)


def guest(text: str, tag: str = "head") -> GuestConfig:
    return read(text.encode(), "guest.cfg", tag)


def remarks(text: str, tag: str = "head") -> list[tuple[int, str]]:
    return [(each.origin.line, each.text) for each in guest(f"name='g';{text}", tag).remarks]


def test_all_of_it() -> None:
    read = guest(DRIVER_DOMAIN)
    assert (read.name, read.kind, read.memory, read.maxmem) == ("domd", "pvh", 1024 * MIB, 1024 * MIB)
    assert (read.vcpus, read.maxvcpus, read.gic, read.vuart, read.acpi) == (2, 4, 3, True, True)
    assert read.iomem == (
        Iomem(0xE6055, 1, 0xE6055, at(13)),
        Iomem(0xE6060, 0x10, 0xE7000, at(14)),
    )
    assert [(each.number, each.origin.line) for each in read.irqs] == [(112, 15), (113, 15)]
    assert [(each.what, each.backend, each.origin.line) for each in read.virtio] == [
        ("disk xvdb", "DomD", 17),
        ("virtio,device22", None, 18),
        ("virtio,device1", "DomD", 18),
    ]
    assert [each.address for each in read.pci] == [(0, 1, 0, 0), (0, 2, 0x1F, None), None]
    assert [each.path for each in read.dtdev] == ["/soc/mmc@ee140000", "/soc/usb"]
    assert (read.max_grant_frames, read.max_maptrack_frames, read.nr_spis) == (128, None, 256)
    assert read.shadow_memory == 8 * MIB
    files = [read.kernel, read.ramdisk, read.device_tree]
    assert [(each.path, each.origin.line) for each in files if each] == [
        ("/boot/Image", 4),
        ("/boot/initrd", 5),
        ("partial.dtb", 11),
    ]
    assert read.irrelevant == ("cpu_weight", "on_crash")
    assert read.unknown == ()
    assert read.remarks == ()
    assert read.origins["memory"] == at(6)
    assert "maxmem" not in read.origins


def test_what_the_documents_of_xen_show() -> None:
    """docs/misc/arm/passthrough.txt, docs/hypervisor-guide/arm/firmware/arm-scmi.rst, xl-disk-configuration(5)."""
    text = """name="h0"; type="pvh"
device_tree = "/srv/xen/guest-midway.dtb"
dtdev = [ "/soc/ethernet@fff51000" ]
irqs = [ 112, 113, 114 ]
iomem = [ "0xfff51,1@0x10000" ]
arm_sci = "type=scmi_smc"
iomem += [
    "47ff0,1@22001",
]
disk = [ '/dev/vg/guest-volume,,hda', '/srv/xen/image.iso,,hdc,cdrom',
         'format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/srv/xen/image.iso' ]
vuart = "sbsa_uart"
"""
    read = guest(text)
    pages = [(each.start << 12, each.count, each.gfn << 12) for each in read.iomem]
    assert pages == [(0xFFF51000, 1, 0x10000000), (0x47FF0000, 1, 0x22001000)]
    assert [each.number for each in read.irqs] == [112, 113, 114]
    assert (read.name, read.kind, read.virtio, read.vuart) == ("h0", "pvh", (), True)
    assert read.irrelevant == ("arm_sci",)
    assert (read.remarks, read.unknown) == ((), ())


def test_defaults() -> None:
    read = guest("name = 'g'\n")
    assert (read.memory, read.maxmem, read.videoram) == (32 * MIB, 32 * MIB, 0)
    assert (read.vcpus, read.maxvcpus, read.kind, read.gic, read.vuart, read.acpi) == (
        1,
        1,
        None,
        None,
        False,
        False,
    )
    assert (read.iomem, read.irqs, read.virtio, read.pci, read.dtdev) == ((), (), (), (), ())
    assert (read.max_grant_frames, read.shadow_memory, read.nr_spis, read.kernel) == (None, None, None, None)
    assert read.origins == {"name": at(1)}


@pytest.mark.parametrize(
    ("text", "memory", "maxmem"),
    [
        ("memory=512", 512, 512),
        ("maxmem=64", 64, 64),
        ("memory='0x10'; maxmem=040", 16, 32),
        ("memory=0", 0, 0),
    ],
)
def test_memory_is_in_mib_in_any_base_of_c(text: str, memory: int, maxmem: int) -> None:
    read = guest(text)
    assert (read.memory, read.maxmem) == (memory * MIB, maxmem * MIB)


def test_video_ram_is_in_mib() -> None:
    assert guest("videoram=8").videoram == 8 * MIB


@pytest.mark.parametrize(
    ("number", "kept"), [("0", 0), ("4294967294", 4294967294), ("4294967295", None), ("'-1'", None)]
)
def test_all_bits_set_is_the_default(number: str, kept: int | None) -> None:
    """LIBXL_NR_SPIS_DEFAULT."""
    assert guest(f"nr_spis={number}").nr_spis == kept


@pytest.mark.parametrize(("number", "vcpus"), [("0", 1), ("1", 1), ("3", 3), ("'-2'", 1)])
def test_vcpus(number: str, vcpus: int) -> None:
    read = guest(f"vcpus={number}")
    assert (read.vcpus, read.maxvcpus) == (vcpus, vcpus)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("type='pv'", "pv"), ("type='p'", "pv"), ("type='pvh'", "pvh"), ("builder='generic'", "pv"), ("", None)],
)
def test_of_a_type_the_first_letters_count(text: str, kind: str | None) -> None:
    assert guest(text).kind == kind


def test_a_default_may_be_named() -> None:
    read = guest("gic_version='default'; vuart='unknown'; passthrough='default'; max_grant_frames=0\n")
    assert (read.gic, read.vuart, read.passthrough, read.max_grant_frames) == (None, False, None, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memory='-1'", "memory is -1 MiB, not from 0 to 16 TiB"),
        ("maxmem=16777216", "maxmem is 16777216 MiB, not from 0 to 16 TiB"),
        ("vcpus=4; maxvcpus=2", "maxvcpus is 2, less than 4 of vcpus"),
        ("vcpus=2147483648", "vcpus is 2147483648, more than 2147483647"),
        ("gic_version='v4'", 'gic_version is "v4", none of default, v2, v3'),
        ("vuart='pl011'", 'vuart is "pl011", none of unknown, sbsa_uart'),
        ("type='hvm'", 'type "hvm" asks for HVM, which is not there on Arm'),
        ("builder='linux'", 'builder "linux" is no type of a domain; there are hvm, generic'),
        ("type='pvh'; builder='generic'", '"builder" and "type" contradict each other'),
        ("max_grant_frames='-1'", "max_grant_frames is -1, not from 0 to 2147483647, and xl stops"),
        ("max_grant_frames='many'", 'max_grant_frames is "many", which is no number, and xl stops'),
        # Of what is added to xlu_cfg_get_bounded_long makes no number (EINVAL); xl goes on where there is no such key alone.
        (
            "max_grant_frames+=7",
            'max_grant_frames is added to with "+=", which numbers are not, and xl stops',
        ),
        ("max_maptrack_frames=[]", "max_maptrack_frames is a list, and xl stops"),
        ("nr_spis=4294967296", "nr_spis is 4294967296, which 32 bits do not hold"),
        ("irqs=[0x20]", 'irq "0x20" is no decimal number'),
        ("irqs=['2147483648']", 'irq "2147483648" is too big'),
        ("irqs=['-1']", 'irq "-1" is too big'),
        ("irqs=[[1]]", "irqs has a list within, and xl stops"),
        ("iomem=['1']", 'iomem "1" is refused by xl; expected START,COUNT or START,COUNT@GFN, all hexadecimal'),
        ("iomem=['1,g']", 'iomem "1,g" is refused by xl; expected the number of page frames in hexadecimal'),
        ("iomem=['1,2 ']", 'iomem "1,2 " is refused by xl; expected the number of page frames in hexadecimal'),
        (
            "iomem=['1,2@']",
            'iomem "1,2@" is refused by xl; expected a guest frame in hexadecimal, and nothing behind it',
        ),
        ("iomem=['1,0']", 'iomem "1,0" is of no page frames, which Xen refuses'),
        (
            "iomem=['-1,2']",
            'iomem "-1,2" wraps: the last frame of the host is beyond 2**64',
        ),
        (
            "iomem=['0,2@fffffffffffffffe@']",
            'iomem "0,2@fffffffffffffffe@" is refused by xl; expected a guest frame in hexadecimal, and nothing behind it',
        ),
        ("iomem=['0,3@fffffffffffffffe']",
         'iomem "0,3@fffffffffffffffe" wraps: the last frame of the guest is beyond 2**64'),
        ("pci=['01:20.0']", 'pci "01:20.0" is refused by xl: "01:20.0" is neither an address nor key=value'),
        ("pci=['permissive=1']", 'pci "permissive=1" is refused by xl: it has to have either an address or a name'),
        ("disk=['x,raw']", 'disk "x,raw" names no vdev'),
        (
            "disk=['vdev=xvda,target=x','a,,b,specification=vhost']",
            'disk "a,,b,specification=vhost" has specification "vhost", none of xen, virtio',
        ),
        ("virtio=['type=virtio,device1,transport=pci']",
         'virtio "type=virtio,device1,transport=pci" has transport "pci", which is not mmio'),
        ("virtio=['kind=1']", 'virtio "kind=1" has "kind", which xl does not know'),
        ("vnuma=[['pnode=0','size=512']]", "vnuma may set how much RAM there is, and is not read here"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        guest(f"\nname='g'\n{text}\n")
    assert (error.value.message, error.value.file, error.value.line) == (message, "guest.cfg", 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("memory='512M'\n", [(1, 'memory is "512M", which is no number, and xl takes none')]),
        ("memory=08\n", [(1, 'memory is "08", which is no number, and xl takes none')]),
        ("memory=[512]\n", [(1, "memory is a list where one value is wanted, and xl takes none")]),
        ("memory+=512\n", [(1, 'memory is added to with "+=", which numbers are not, and xl takes none')]),
        ("irqs=7\n", [(1, "irqs is one value where a list is wanted, and xl takes none")]),
        ("pci=['1:2.3',[],'1:2.4']\n", [(1, "pci has a list within, and xl takes nothing from there on")]),
        ("\nmemory=1\nmemory=2\n", [(2, "memory is given again in line 3, which holds")]),
        ("extra='a'\nextra+='b'\n", []),
        ("extra='a'\nextra+='b'\nextra='c'\n",
         [(1, "extra is given again in line 3, which holds"), (2, "extra is given again in line 3, which holds")]),
        ("vcpus=0\n", [(1, "vcpus is 0, for which xl takes 1")]),
        ("memory=512M", [(1, 'xl drops the last byte, "M"')]),
        ("virtio=['type=virtio,device1']\n",
         [(1, 'virtio "type=virtio,device1" has no transport=mmio, and gets no region')]),
    ],
)  # fmt: skip
def test_what_is_not_as_it_seems(text: str, expected: list[tuple[int, str]]) -> None:
    assert remarks(text) == expected


def test_a_value_of_the_wrong_kind_has_no_place() -> None:
    read = guest("memory='512M'\n")
    assert read.memory == 32 * MIB
    assert "memory" not in read.origins


def test_without_a_name_there_is_no_guest() -> None:
    (remark,) = guest("memory=1\n").remarks
    assert remark.refused
    assert remark.text == "there is no name"


def test_keys_come_and_go() -> None:
    text = "name='g'\nvirtio=[]\nmemroy=1\npvh=1\nfrobnicate=1\n"
    assert guest(text, "4.17.7").unknown == (
        UnknownKey("virtio", at(2), "known from 4.18.0 on"),
        UnknownKey("memroy", at(3), 'did you mean "memory"'),
        UnknownKey("pvh", at(4), "known before 4.9.0 only"),
        UnknownKey("frobnicate", at(5), ""),
    )
    assert [each.name for each in guest(text, "head").unknown] == ["memroy", "pvh", "frobnicate"]
    assert "pvh" not in [each.name for each in guest(text, "4.8.0").unknown]


def test_a_key_of_a_later_release_has_no_effect() -> None:
    text = "name='g'; vuart='sbsa_uart'; gic_version='v2'; max_grant_frames=7\n"
    assert (guest(text, "4.9.0").vuart, guest(text, "4.10.0").vuart) == (False, True)
    assert (guest(text, "4.5.0").gic, guest(text, "4.6.0").gic) == (None, 2)
    assert (guest(text, "4.9.0").max_grant_frames, guest(text, "4.10.0").max_grant_frames) == (None, 7)


@pytest.mark.parametrize(
    ("text", "first", "message"),
    [
        ("a+='x'", "4.13.0", '"a +=" is not read by this release'),
        ("a=[[]]", "4.6.0", "a list within a list is not read by this release"),
        ("iomem=['1,2@3']", "4.5.0", 'iomem "1,2@3" names a guest frame, which this release does not read'),
        (
            "disk=['a,,b,specification=virtio']",
            "4.17.0",
            'disk "a,,b,specification=virtio" has a specification, which this release does not read',
        ),
    ],
)
def test_syntax_came_with_releases(text: str, first: str, message: str) -> None:
    guest(f"name='g';{text}\n", first)
    major, minor, _ = first.split(".")
    with pytest.raises(InputError) as error:
        guest(f"name='g';{text}\n", f"{major}.{int(minor) - 1}.0")
    assert (error.value.message, error.value.line) == (message, 1)


def test_bad_bounds_stop_xl_of_later_releases_only() -> None:
    text = "name='g'; max_grant_frames='x'\n"
    assert guest(text, "4.12.0").max_grant_frames is None
    with pytest.raises(InputError):
        guest(text, "4.13.0")
