"""The configuration space, in plain integers and for the solver, must be the same space."""

from __future__ import annotations

import random

import pytest

from verifier.layout.configuration import Space, space_of
from verifier.layout.origin import Origin
from verifier.layout.region import Bank, fill
from verifier.logic import term
from verifier.logic.space import complete, symbolic
from verifier.reading import models
from verifier.reading.source import open_source

GIB = 1 << 30
TAGS = ["4.4.0", "4.4.4", "4.5.0", "4.6.1", "4.12.4", "4.13.0", "4.16.0", "4.18.0", "head"]


def space(tag: str, arch: str = "arm64") -> Space:
    return space_of(open_source(f"xen-{tag}", arch=arch).layout(), models.facts(tag, arch))


def bank(name: str, size: int | None) -> Bank:
    return Bank(name, 0, size, Origin("here", 1), f"{name}_BASE", f"{name}_SIZE")


@pytest.mark.parametrize(
    ("memory", "used"), [(0, (0, 0)), (4, (4, 0)), (8, (8, 0)), (9, (8, 1)), (24, (8, 16)), (99, (8, 16))]
)
def test_banks_fill_in_order(memory: int, used: tuple[int, ...]) -> None:
    assert fill((bank("a", 8), bank("b", 16)), memory) == used


def test_a_bank_without_size_takes_all() -> None:
    assert fill((bank("a", None), bank("b", 16)), 99) == (99, 0)


@pytest.mark.parametrize(
    ("tag", "bits", "largest"),
    [
        # min(3 GiB + 1016 GiB, 3 GiB + reach - 8 GiB): reach is 2^39 with one root table, else 2^bits or 2^48
        ("head", 32, 507 * GIB),
        ("head", 36, 507 * GIB),
        ("head", 40, 1019 * GIB),
        ("head", 42, 1019 * GIB),
        ("head", 48, 1019 * GIB),
        ("4.5.0", 32, 507 * GIB),
        ("4.4.0", 40, 1022 * GIB),  # no bound but the reach of 2^40, and RAM starts at 2 GiB
        ("4.4.1", 40, 768 << 20),
    ],
)
def test_largest_memory(tag: str, bits: int, largest: int) -> None:
    assert space(tag).pages(bits) * 4096 == largest


@pytest.mark.parametrize(
    ("tag", "arch", "widths"),
    [
        ("4.4.0", "arm64", (40,)),
        ("4.5.0", "arm64", (32, 36, 40, 44, 48)),
        ("4.12.4", "arm64", (32, 36, 40, 44, 48)),
        ("4.13.0", "arm64", (32, 36, 40, 42, 44, 48)),
        ("head", "arm64", (32, 36, 40, 42, 44, 48)),
        ("4.17.7", "arm32", (40,)),
        ("4.18.0", "arm32", (32, 40)),
        ("head", "arm32", (32, 40)),
    ],
)
def test_widths_of_releases(tag: str, arch: str, widths: tuple[int, ...]) -> None:
    assert space(tag, arch).dimensions["ipa_bits"].choices == widths


@pytest.mark.parametrize(
    ("tag", "arch", "vcpus"),
    [
        ("4.4.0", "arm64", 8),
        ("4.5.5", "arm64", 8),
        ("4.6.0", "arm64", 128),
        ("head", "arm64", 128),
        ("head", "arm32", 8),
    ],
)
def test_vcpus_of_releases(tag: str, arch: str, vcpus: int) -> None:
    assert space(tag, arch).dimensions["vcpus"].high == vcpus


def test_dimensions_follow_the_layout() -> None:
    assert list(space("4.4.0").dimensions) == ["ipa_bits", "memory", "gic", "vcpus", "guest"]
    assert list(space("head").dimensions) == [
        "ipa_bits",
        "memory",
        "gic",
        "vcpus",
        "vpci",
        "vuart",
        "acpi",
        "virtio",
        "guest",
    ]
    assert space("4.4.0").dimensions["gic"].labels == ("v2",)
    assert space("head").dimensions["virtio"].high == 11  # SPIs 33 to 43


def test_arm64_covers_arm32() -> None:
    """Without --arch a header is checked for arm64: no width or vCPU count of arm32 may be missed."""
    for tag in TAGS:
        wide, narrow = space(tag), space(tag, "arm32")
        assert set(narrow.dimensions["ipa_bits"].choices) <= set(wide.dimensions["ipa_bits"].choices)
        assert narrow.dimensions["vcpus"].high <= wide.dimensions["vcpus"].high
        assert set(narrow.facts.guests) <= set(wide.facts.guests)
        for bits in narrow.dimensions["ipa_bits"].choices:
            assert narrow.pages(bits) <= wide.pages(bits)


@pytest.mark.parametrize("arch", ["arm64", "arm32"])
@pytest.mark.parametrize("tag", TAGS)
def test_integers_and_terms_are_the_same_space(tag: str, arch: str) -> None:
    """Random points, and points at every edge: both readings admit them or neither does."""
    one = space(tag, arch)
    assumptions = symbolic(one).assumptions
    source = random.Random(f"{tag} {arch}")
    edges = {one.pages(bits) + step for bits in one.dimensions["ipa_bits"].choices for step in (-1, 0, 1)}
    admitted = 0
    for _ in range(3000):
        point = {}
        for name, dimension in one.dimensions.items():
            if name == "memory":
                point[name] = source.choice([*edges, 0, 1, 2, source.randrange(1 << 29)])
            elif dimension.is_count:
                point[name] = source.choice([-1, 0, 1, 8, 9, dimension.high, dimension.high + 1])
            else:
                point[name] = (
                    source.choice([*dimension.choices, 7, -1])
                    if source.random() < 0.1
                    else source.choice(dimension.choices)
                )
        assert one.admits(point) == bool(term.evaluate(assumptions, point)), point
        admitted += one.admits(point)
    assert admitted > 100


@pytest.mark.parametrize("tag", TAGS)
def test_completed_configurations_are_admitted(tag: str) -> None:
    one = space(tag)
    for bits in one.dimensions["ipa_bits"].choices:
        assert one.admits(complete(one, {"ipa_bits": bits, "memory": one.pages(bits)}))
    assert one.admits(complete(one, {"memory": one.dimensions["memory"].low}))
