"""The size of the hardware domain's device tree, to the byte, as real Xen wrote it or gave up writing it.

`data/dom0_trees.tar.xz` holds trees that real Xen was booted with under emulation, and in `boots.json` what it
printed: the width, processors and banks, how many extended regions, and the size of the tree for the hardware domain
(`Loading d0 DTB to`), null where Xen stopped with FDT_ERR_NOSPACE. Runs come in threes: a small tree; one with as
many devices between regions, and as long a name in a node that is not copied, as fill the buffer to the last byte;
and the same with a name one byte shorter. Those two were found by real Xen and arithmetic, not by the model.
`board-` are trees of real boards.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.reading.trees import GIC, Description, blob, machine, tree
from verifier.layout.domain_map import DomainMap, Extent
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict
from verifier.xen.release import xen
from verifier.xen.subjects import Given

DATA = Path(__file__).parent / "data" / "dom0_trees.tar.xz"
BUILDS = {"4.16.0": False, "4.17.7": False}
"""Whether the Xen of a release was built with CONFIG_STATIC_SHM, where it was not; none has a driver for the ITS."""
BANKS = (Extent(0x50000000, 0x60000000),)


@cache
def boots() -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    files = {}
    with tarfile.open(DATA) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            files[member.name] = content.read()
    return json.load(io.BytesIO(files.pop("boots.json"))), files


def predicted(case: dict[str, Any], content: bytes) -> DomainMap:
    """Of the hardware domain."""
    host = host_of(read_dtb(content, case["name"]), case["xen"])
    drivers = {"its": False, "static-shm": BUILDS.get(case["xen"], True)}
    banks = tuple(Extent(int(start, 16), int(end, 16)) for start, end in case["banks"])
    grant = Extent(0x40200000, 0x40240000)
    given = Given(case["ipa_bits"], case["iommu"], None, banks, grant, cpus=case["cpus"], drivers=drivers)
    return next(each for each in predict(host, xen(case["xen"]), given) if each.tree is not None)


def test_every_boot() -> None:
    cases, trees = boots()
    fitting: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    to_the_byte = 0
    for case in cases:
        found = predicted(case, trees[case["name"] + ".dtb"])
        size = found.tree
        assert size is not None
        assert found.extended_regions is not None
        assert len(found.extended_regions) == case["regions"], case["name"]
        assert size.least == size.most, case["name"]
        assert size.fits == (case["size"] is not None), case["name"]
        if case["size"] is None:
            assert found.boots is False
            assert found.reasons[0].startswith("prepare_dtb_hwdom: the device tree does not fit")
            failing[case["xen"]] += 1
            to_the_byte += size.least == size.room + 1
        else:
            assert size.least == case["size"], case["name"]
            assert found.boots is True
            fitting[case["xen"]] += 1
            to_the_byte += size.most == size.room
    print(f"fit {dict(fitting)}, do not {dict(failing)}, at the last byte {to_the_byte}")
    assert set(fitting) == {
        "4.16.0",
        "4.17.5",
        "4.17.7",
        "4.18.0",
        "4.19.0",
        "4.20.0",
        "4.21.2",
        "4.22.0",
        "head",
    }
    assert set(failing) == set(fitting) - {"4.22.0", "head"}
    assert min(fitting.values()) >= 10
    assert min(failing.values()) >= 10
    assert to_the_byte >= 150


def test_open_inputs_leave_both_ends() -> None:
    """The tree that fills the buffer to its last byte: an ITS, or one more bank of RAM, would be too much."""
    case = next(each for each in boots()[0] if each["name"] == "v3-exact-4.18")
    host = host_of(read_dtb(boots()[1]["v3-exact-4.18.dtb"], "t"), "4.18.0")
    banks = tuple(Extent(int(start, 16), int(end, 16)) for start, end in case["banks"])

    def d0(**known: Any) -> DomainMap:
        (found,) = predict(host, xen("4.18.0"), Given(case["ipa_bits"], True, **known))
        assert found.tree is not None
        return found

    known = d0(dom0_banks=banks, drivers={"its": False})
    assert (known.boots, known.tree and known.tree.open) == (True, ())
    its = d0(dom0_banks=banks)
    assert its.tree is not None
    assert (its.boots, its.tree.fits) == (None, None)
    assert its.tree.open == ("whether Xen has a driver for the ITS",)
    assert its.tree.least == its.tree.room < its.tree.most
    assert "may not fit" in its.reasons[0]
    assert "bytes (whether Xen has a driver for the ITS), the buffer has" in its.reasons[0]
    open_banks = d0(drivers={"its": False})
    assert open_banks.tree is not None
    # 256 MiB are two blocks of 128 MiB: of such blocks there are enough.
    assert open_banks.tree.open == ("1 to 2 banks of RAM: --dom0-bank or a log tells them",)
    assert open_banks.tree.most - open_banks.tree.least == 16
    assert f"1 fewer of its {case['regions']} extended regions would fit" in open_banks.reasons[0]


EXPECTED = """/dts-v1/;
/ {
    interrupt-parent = <1>;
    #address-cells = <2>;
    #size-cells = <1>;
    interrupt-controller {
        phandle = <1>;
        #address-cells = <0>;
        #interrupt-cells = <3>;
        interrupt-controller;
        compatible = "arm,gic-400";
        reg = <0 1 2 0 3 4>;
    };
    timer {
        compatible = "arm,armv8-timer";
        interrupts = <1 2 3 1 2 3 1 2 3>;
        interrupt-parent = <1>;
        clock-frequency = <5>;
    };
    soc {
        compatible = "simple-bus";
        ranges;
        my-status = "x";
        master {
            compatible = "v,master";
            reg = <9>;
            status = "okay";
        };
        given { status = "disabled"; };
    };
    chosen {
        rng = <1 2>;
        bootargs = "for dom0";
        linux,initrd-start = <0 0>;
        linux,initrd-end = <0 0>;
    };
    hypervisor {
        compatible = "xen,xen-N.NN", "xen,xen";
        reg = <0 0 0>, <0 0 0>, <0 0 0>;
        interrupts = <1 2 3>;
        interrupt-parent = <1>;
    };
    psci {
        compatible = "arm,psci-1.0", "arm,psci-0.2", "arm,psci";
        method = "hvc";
        cpu_off = <1>;
        cpu_on = <2>;
    };
    cpus {
        #address-cells = <1>;
        #size-cells = <0>;
        cpu@0 { compatible = "arm,armv8"; device_type = "cpu"; reg = <0>; enable-method = "psci"; };
        cpu@1 { compatible = "arm,armv8"; device_type = "cpu"; reg = <1>; enable-method = "psci"; };
    };
    memory@50000000 { device_type = "memory"; reg = <0 1 2>; };
    memory@7f000000 { device_type = "memory"; reg = <0 1 2 0 3 4>; };
};
"""
"""The tree for dom0 as handle_node and what it calls write it, read off Xen's sources."""


@pytest.mark.parametrize("release", ["4.17.0", "4.22.0"])
def test_dtc_makes_a_tree_of_that_size(release: str, tmp_path: Path) -> None:
    """dtc shares names' ends as well; its header is 8 bytes shorter, not padded to a reserve map entry."""
    parts = [cell for start in (0x1000, 0x3000, 0x5000, 0x7000) for cell in (0, start, 0x2000)]
    board: Description = {
        **machine(2, 1),
        "intc": {**GIC, "#address-cells": [0], "reg": parts},
        "timer": {"compatible": "arm,armv8-timer", "interrupts": [1, 13, 4], "clock-frequency": [5]},
        "memory@40000000": {"device_type": "memory", "reg": [0, 0x40000000, 0x40000000]},
        "smmu": {"compatible": "arm,mmu-500", "phandle": [7]},
        "soc": {
            "compatible": "simple-bus",
            "ranges": b"",
            "my-status": "x",
            "master": {"status": "okay", "compatible": "v,master", "iommus": [7, 8], "reg": [9]},
            "given": {"xen,passthrough": b""},
            "private": {"interrupts": [1, 7, 4], "below": {"a": "b"}},
        },
        "chosen": {
            "#address-cells": [1],
            "#size-cells": [1],
            "rng": [1, 2],
            "stdout-path": "/nothing",
            "bootargs": "not used",
            "xen,dom0-bootargs": "for dom0",
            "k": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0x48000000, 0x10000],
                  "bootargs": "nor this"},
            "r": {"compatible": ["multiboot,ramdisk", "multiboot,module"], "reg": [0x49000000, 0x10000]},
        },
        "reserved-memory": {
            "compatible": "arm,psci",
            "#address-cells": [2],
            "#size-cells": [1],
            "a": {"reg": [0, 0x7F000000, 0x1000, 0, 0x7F100000, 0x1000]},
        },
    }  # fmt: skip
    text = EXPECTED if release == "4.17.0" else EXPECTED.replace("    interrupt-controller {", "    intc {")
    text = text.replace(
        "    chosen {", "    chosen {\n        #address-cells = <1>;\n        #size-cells = <1>;"
    )
    (tmp_path / "t.dts").write_text(text)
    built = subprocess.run(
        ["dtc", "-q", "-O", "dtb", str(tmp_path / "t.dts")], capture_output=True, check=True
    )
    host = host_of(tree(board), release)
    (d0,) = predict(host, xen(release), Given(36, True, None, BANKS, BANKS[0], cpus=2))
    assert d0.tree is not None
    assert d0.extended_regions is not None
    assert len(d0.extended_regions) == 2
    assert (d0.tree.least, d0.tree.most) == (len(built.stdout) + 8, len(built.stdout) + 8)
    assert d0.tree.room == len(blob(board)) + (4240 if release == "4.22.0" else 144)


def test_redistributor_regions_that_reg_does_not_have() -> None:
    """A count of 2^32 - 1 is bounded by what `reg` describes; without that the reader ran for minutes."""
    gic: Description = {
        **GIC,
        "compatible": "arm,gic-v3",
        "#redistributor-regions": [0xFFFFFFFF],
        "reg": [0, 0x8000000, 0x10000, 0, 0x80A0000, 0x40000, 0, 0x90A0000],
    }
    board: Description = {**machine(2, 1), "intc": gic}
    found = host_of(tree(board), "head").dom0.gic
    assert found is not None
    assert found.redistributors == (0x40000,)  # of two and a part; the first pair is the distributor's
