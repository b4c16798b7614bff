"""Options as Xen parses them: `parse_params`, `parse_bool` (xen/common/kernel.c), `parse_size_and_unit` (xen/lib)."""

from __future__ import annotations

import pytest

from tests.reading.runs import runs
from verifier.layout.host import Options
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.reading.xen_options import options, size


def test_nothing_is_xens_default() -> None:
    assert options(None) == Options(None)
    assert options("  console=dtuart  loglvl=all ") == Options("  console=dtuart  loglvl=all ")


@pytest.mark.parametrize(("line", "truth"), [
    ("ext_regions", True), ("no-ext_regions", False), ("ext_regions=", True), ("ext_regions=1", True),
    ("ext_regions=on", True), ("ext_regions=yes", True), ("ext_regions=true", True), ("ext_regions=enable", True),
    ("ext_regions=0", False), ("ext_regions=no", False), ("ext_regions=off", False), ("ext_regions=false", False),
    ("ext_regions=disable", False), ("no-ext_regions=0", True), ("no-ext_regions=1", False),
    ("ext_regions=0 ext_regions", True), ("ext_regions no-ext_regions", False), ("ext_regions=0\text_regions", True),
    ("EXT_REGIONS=0", True), ("ext_regions_=0", True),
])  # fmt: skip
def test_truth(line: str, truth: bool) -> None:
    """The last wins; only spaces separate; names and values have their case. A tab makes the value a bad one."""
    assert options(line).ext_regions is truth


def test_a_bad_truth_changes_nothing_and_is_told() -> None:
    found = options("ext_regions=0 ext_regions=maybe")
    assert (found.ext_regions, found.invalid) == (False, ("ext_regions=maybe",))


@pytest.mark.parametrize(("text", "value", "rest"), [
    ("512M", 512 << 20, ""), ("512m", 512 << 20, ""), ("1G", 1 << 30, ""), ("2t", 2 << 40, ""), ("7b", 7, ""),
    ("512", 512 << 10, ""), ("0x10k", 16 << 10, ""), ("010K", 8 << 10, ""), ("09K", 0, "9K"), ("0xg", 0, "xg"),
    ("", 0, ""), ("M", 0, ""), ("no", 0, "no"), ("1MB", 1 << 20, "B"), ("16384T", 1 << 54, ""),
    ("18446744073709551616", 0, ""), ("0x8000000000000001G", 1 << 30, ""), ("1%", 1, "%"),
])  # fmt: skip
def test_sizes(text: str, value: int, rest: str) -> None:
    """Without a unit, KiB; with base 0 of C; modulo 2^64. Of `%` Xen leaves the number alone where a rest is wanted."""
    assert size(text) == (value, rest)


def test_dom0_mem_is_set_even_if_something_follows() -> None:
    """`parse_dom0_mem` assigns, then looks for a rest."""
    assert options("dom0_mem=1G").dom0_mem == 1 << 30
    found = options("dom0_mem=1G dom0_mem=512MB")
    assert (found.dom0_mem, found.invalid) == (512 << 20, ("dom0_mem=512MB",))
    assert options("no-dom0_mem=1G").dom0_mem is None  # -EINVAL before the function is called
    assert options("no-dom0_mem").dom0_mem == 0  # it is called with "no"
    assert options("dom0_mem").dom0_mem == 0


@pytest.mark.parametrize(("line", "frames", "valid"), [
    ("gnttab_max_frames=64", 64, True), ("gnttab_max_frames=0x40", 64, True), ("gnttab_max_frames=64k", None, False),
    ("gnttab_max_frames=2147483648", None, False), ("gnttab_max_frames=2147483647", 2147483647, True),
    ("gnttab_max_frames=8 gnttab_max_frames=9", 9, True), ("gnttab_max_frames=8 gnttab_max_frames=x", 8, False),
])  # fmt: skip
def test_grant_frames(line: str, frames: int | None, valid: bool) -> None:
    """`parse_gnttab_limit` assigns only what is wholly a number below 2^31."""
    found = options(line)
    assert (found.gnttab_max_frames, not found.invalid) == (frames, valid)


@pytest.mark.parametrize(("line", "on"), [
    ("iommu", True), ("iommu=off", False), ("no-iommu", False), ("iommu=verbose,no", False), ("iommu=no,1", True),
    ("iommu=force", True), ("iommu=off iommu=force", False), ("no-iommu=1", True),
])  # fmt: skip
def test_iommu(line: str, on: bool) -> None:
    assert options(line).iommu is on


@pytest.mark.parametrize(("line", "vcpus", "valid"), [
    ("dom0_max_vcpus=4", 4, True), ("dom0_max_vcpus=0x10", 16, True), ("dom0_max_vcpus=4x", 4, False), ("", None, True),
    ("no-dom0_max_vcpus=4", 4, True), ("no-dom0_max_vcpus", None, True),
])  # fmt: skip
def test_vcpus_of_dom0(line: str, vcpus: int | None, *, valid: bool) -> None:
    """parse_params assigns, then looks for a rest (OPT_UINT)."""
    found = options(line)
    assert (found.dom0_max_vcpus, not found.invalid) == (vcpus, valid)


@pytest.mark.parametrize(("line", "path"), [
    ("dtuart=/soc/serial@1", "/soc/serial@1"), ("dtuart=serial0:115200n8", "serial0:115200n8"),
    ("dtuart=", None), ("", None),
])  # fmt: skip
def test_the_console(line: str, path: str | None) -> None:
    assert options(line).dtuart == path


def test_the_others() -> None:
    found = options("llc-coloring dom0-llc-colors=0-3,5 dom0-iommu=passthrough,none")
    assert (found.llc_coloring, found.dom0_llc_colors, found.dom0_iommu_none) == (True, "0-3,5", True)
    assert options("no-llc-coloring").llc_coloring is False
    assert options("").llc_coloring is None


@pytest.mark.parametrize(("line", "colours"), [
    ("", False), ("llc-coloring", True), ("llc-coloring=off", False),
    ("llc-size=1M llc-nr-ways=16", True), ("llc-size=1M", False), ("llc-nr-ways=16", False),
    ("llc-size=0 llc-nr-ways=16", False), ("llc-size=1M llc-nr-ways=0", False), ("llc-nr-ways=-1 llc-size=1", True),
    ("llc-coloring=off llc-size=1M llc-nr-ways=16", False), ("no-llc-coloring llc-size=1M llc-nr-ways=16", False),
    ("llc-coloring=on llc-size=0", True), ("no-llc-size=1M no-llc-nr-ways=16", True),
    ("llc-size=4G llc-nr-ways=16", False), ("llc-size=4194303K llc-nr-ways=16", True),  # 32 bits of OPT_SIZE
    ("llc-size=1M llc-nr-ways=4294967296", False), ("llc-size=1M llc-nr-ways=4294967295", True),
])  # fmt: skip
def test_colours(line: str, colours: bool) -> None:
    """llc_coloring_init takes size and ways of the last-level cache for a wish, unless `llc-coloring` is off."""
    assert options(line).colours is colours


@pytest.mark.parametrize(("word", "size", "ways"), [
    ("llc-size=2MB", 2 << 20, 0), ("llc-size=4G", 0, 0), ("llc-nr-ways=8x", 0, 8), ("llc-nr-ways=4294967296", 0, 0),
])  # fmt: skip
def test_sizes_of_the_cache_that_are_rejected(word: str, size: int, ways: int) -> None:
    """assign_integer_param is called before the rest is looked at; what has more than 32 bits it does not assign."""
    found = options(word)
    assert (found.llc_size, found.llc_ways, found.invalid) == (size, ways, (word,))


def test_long_options_are_cut() -> None:
    """MAX_PARAM_SIZE: 127 characters are kept."""
    assert options("dom0-llc-colors=" + "1," * 100).dom0_llc_colors == ("1," * 100)[: 127 - 16]


def test_the_line_is_what_xen_printed() -> None:
    """`Command line: ` in the log of debug builds is what was taken from the tree."""
    compared = 0
    for name, run in runs().items():
        printed = [
            line.partition("Command line: ")[2]
            for line in run.log.decode("utf-8", "replace").splitlines()
            if "Command line: " in line
        ]
        if printed:
            line = host_of(read_dtb(run.blob, name), run.release).options.line
            assert [line] == [text.rstrip("\r") for text in printed], name
            compared += 1
    assert compared >= 25
