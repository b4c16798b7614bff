"""Disks: what is refused, and which of those for virtio a backend takes (disk_try_backend of libxl_device.c)."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.xl_config import Text
from verifier.reading.xl_disk import Disk, disk

VIRTIO = "specification=virtio"


def read(spec: str) -> Disk:
    return disk(Text(spec, Origin("guest.cfg", 7)))


@pytest.mark.parametrize(
    "spec",
    [
        f"/a,raw,xvda,w,{VIRTIO}",
        f"/a,,xvda,{VIRTIO},backendtype=standalone",
        f"phy:/a,xvda,w,{VIRTIO},format=",
        f"{VIRTIO},no-colo,colo-host=h,vdev=xvda,target=/a",
        f"/a,raw,xvda,{VIRTIO},cdrom",
        f"/a,raw,xvda,{VIRTIO},colo,no-colo",
        f",raw,xvda,{VIRTIO},cdrom,devtype=disk",
        f",raw,xvda:disk,{VIRTIO}",
    ],
)
def test_a_disk_that_the_backend_for_virtio_takes(spec: str) -> None:
    assert read(spec) == Disk("xvda", virtio=True, backend=None)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("/a,raw,xvda,backendtype=phy", "has backendtype phy, and virtio only standalone"),
        ("/a,raw,xvda,backendtype=qdisk,format=raw", "has backendtype qdisk, and virtio only standalone"),
        ("/a,qcow2,xvda", "has format qcow2, and virtio only raw"),
        ("vhd:/a,xvda,w", "has format vhd, and virtio only raw"),
        (",hdc:cdrom", "has format empty, and virtio only raw"),
        (",,hdc:cdrom", "has format empty, and virtio only raw"),
        ("cdrom,,,hdc", "has format empty, and virtio only raw"),
        ("vdev=hdc,cdrom", "has format empty, and virtio only raw"),
        ("vdev=hdc,format=raw,devtype=cdrom,target=", "has format empty, and virtio only raw"),
        ("nbd:/a,hdc,w", "has a script, and virtio none"),
        ("/a,raw,xvda,script=block-x", "has a script, and virtio none"),
        ("/a,raw,xvda,script=", "has a script, and virtio none"),
        ("/a,raw,xvda,colo", "has COLO, and virtio none"),
        ("/a,raw,xvda,no-colo,colo", "has COLO, and virtio none"),
    ],
)
def test_a_disk_that_it_does_not_take(rest: str, why: str) -> None:
    spec = rest.replace("target=", f"{VIRTIO},target=") if "target=" in rest else f"{rest},{VIRTIO}"
    assert read(spec).unserved == why
    assert read(spec).virtio
    assert read(rest).unserved == ""
    assert not read(rest).virtio


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("vdev=xvda", "names no target"),
        ("vdev=xvda,cdrom,devtype=disk", "names no target"),
        ("cdrom", "names no vdev"),
        ("/a,raw", "names no vdev"),
        ("/a,raw,xvda,w,x", 'has "x" behind all parameters that have a position'),
        ("/a,raw,xvda,x", 'has access "x", none of r, ro, rw, w'),
        ("/a,raw,hdc:tape", 'has type "tape", neither cdrom nor disk'),
        ("/a,hdc:cdrom", 'has format "hdc:cdrom", none of raw, qcow, qcow2, vhd, empty, qed'),
        ("/a,raw,xvda,format=qcow", 'has format "raw" and "qcow"'),
        ("/a,raw,xvda,vdev=xvdb", 'has vdev "xvda" and "xvdb"'),
        ("/a,raw,xvda,script=a,script=b", 'has script "a" and "b"'),
        ("/a,raw,xvda,target=/b", 'has the targets "/a" and "/b"'),
        ("/a,raw,xvda,backendtype=phy,backendtype=tap", 'has backendtype "phy" and "tap"'),
        ("/a,raw,xvda,specification=xen,specification=virtio", 'has specification "xen" and "virtio"'),
        ("/a,raw,xvda,colo-port=0", 'has colo-port "0", which is no number from 1'),
        ("/a,raw,xvda,grant_usage=2", 'has grant_usage "2", none of 0, 1'),
        ("/a,raw,xvda,size=1", 'has the parameter "size", which xl does not know'),
        ("iscsi2:/a,xvda,w", 'has the prefix "iscsi2:", which xl does not know'),
    ],
)  # fmt: skip
def test_what_is_refused(spec: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        read(spec)
    assert (error.value.message, error.value.file, error.value.line) == (
        f'disk "{spec}" {why}',
        "guest.cfg",
        7,
    )


@pytest.mark.parametrize(
    ("spec", "vdev", "backend"),
    [
        ("/a,raw,xvda,r,access=w,access=ro", "xvda", None),
        ("/a,raw,xvda,format=raw,grant_usage=0,grant_usage=1", "xvda", None),
        ("/a,raw,,vdev=xvdb,backend=,backend=dom", "xvdb", "dom"),
        ("colo-port=1,colo-port=2,/a,raw,xvda", "xvda", None),
        ("discard,trusted,/a,no-discard,untrusted,raw,direct-io-safe,xvda", "xvda", None),
        ("/a,raw,xvda,backend=", "xvda", None),
        (" /a,\traw, vdev=xvda ", "xvda ", None),
        ("vdev=xvda,target=/a,b=c:d,", "xvda", None),
        ("tap:qcow2:/a,xvda,w", "xvda", None),
    ],
)
def test_what_may_be_said_twice_and_anywhere(spec: str, vdev: str, backend: str | None) -> None:
    assert read(spec) == Disk(vdev, virtio=False, backend=backend)
