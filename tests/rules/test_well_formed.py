"""well-formed: one defect in each header, the exact sentence that names it."""

from __future__ import annotations

import pytest

from tests.rules.headers import NO_PATCH, Checker, only, refuted, verdicts
from verifier.layout.finding import Finding, Report, Verdict
from verifier.rules.catalogue import catalogue


def well_formed(report: Report) -> list[Finding]:
    return [finding for finding in refuted(report) if finding.property == "well-formed"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "#define GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)\n",
            "",
            "GUEST_MAGIC has no size: GUEST_MAGIC_SIZE is not defined",
        ),
        (
            "#define GUEST_MAGIC_BASE           xen_mk_ullong(0x39000000)\n",
            "",
            "GUEST_MAGIC has no base: GUEST_MAGIC_BASE is not defined",
        ),
        (
            "GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)",
            "GUEST_MAGIC_SIZE 0",
            "GUEST_MAGIC has size 0; it needs at least one byte",
        ),
        (
            "GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)",
            "GUEST_MAGIC_SIZE 0xfffffffffffff000ULL",
            "GUEST_MAGIC wraps: 0x39000000 plus 0xfffffffffffff000 (~16.0 EiB) is 0x10000000038fff000, "
            "~912 MiB past the end of 64 bits",
        ),
        (
            "GUEST_RAM_BANKS            2",
            "GUEST_RAM_BANKS 3",
            "GUEST_RAM_BANKS is 3, but the number of RAM banks is 2",
        ),
        (
            "GUEST_RAM_BASE             GUEST_RAM0_BASE",
            "GUEST_RAM_BASE GUEST_RAM1_BASE",
            "GUEST_RAM_BASE is 0xd0000000 (3328 MiB), but the lowest bank's base is 0x40000000 (1 GiB)",
        ),
        (
            "(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)",
            "(GUEST_RAM0_SIZE + GUEST_RAM0_SIZE)",
            "GUEST_RAM_MAX is 0x100000000 (4 GiB), but the sum of the banks' sizes is 0xa0000000 (2560 MiB)",
        ),
        (
            "{ GUEST_RAM0_BASE, GUEST_RAM1_BASE }",
            "{ GUEST_RAM1_BASE, GUEST_RAM0_BASE }",
            "GUEST_RAM_BANK_BASES[0] is 0xd0000000, but the banks' bases say 0x40000000",
        ),
        (
            "{ GUEST_RAM0_BASE, GUEST_RAM1_BASE }",
            "{ GUEST_RAM0_BASE }",
            "GUEST_RAM_BANK_BASES lists 1, but there are 2 RAM banks",
        ),
        (
            "{ GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }",
            "{ GUEST_RAM0_SIZE, 0x1000 }",
            "GUEST_RAM_BANK_SIZES[1] is 0x1000, but the banks' sizes say 0x20000000",
        ),
        (
            "GUEST_GICV3_RDIST_REGIONS  1",
            "GUEST_GICV3_RDIST_REGIONS 2",
            "GUEST_GICV3_RDIST_REGIONS is 2, but the number of redistributor regions is 1",
        ),
    ],
)
def test_one_defect(checked: Checker, old: str, new: str, message: str) -> None:
    found = well_formed(checked({old: new}))
    assert found[0].message == message
    assert found[0].counterexample is not None


def test_exactly_to_the_end_of_64_bits(checked: Checker) -> None:
    top = "#define GUEST_FOO_BASE 0xffffffffffff0000ULL\n#define GUEST_FOO_SIZE {}ULL"
    assert not well_formed(checked(added=top.format("0x10000")))
    assert well_formed(checked(added=top.format("0x10001")))[0].message.endswith(
        "1 byte past the end of 64 bits"
    )


@pytest.mark.parametrize(
    ("base", "size", "computed"),
    [
        ("0xc0000000", "0x40000000", "0x0"),  # unsigned int: wraps to 0
        ("0x7ffff000", "0x1000", "-0x80000000"),  # int: overflows
        ("0x80000000", "0x7fffffff", None),  # unsigned int, fits
        ("0xc0000000", "0x40000000ULL", None),  # one wide operand is enough
        ("0xc0000000UL", "0x40000000", None),  # 64 bits on arm64
    ],
)
def test_sums_that_c_computes_in_32_bits(
    checked: Checker, base: str, size: str, computed: str | None
) -> None:
    removed = {
        "GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)": "GUEST_RAM1_BASE 0x50000000ULL",
        "GUEST_RAM0_SIZE            xen_mk_ullong(0x80000000)": "GUEST_RAM0_SIZE 0x10000000ULL",
    }
    report = checked(removed, f"#define GUEST_FOO_BASE {base}\n#define GUEST_FOO_SIZE {size}", arch="arm64")
    found = well_formed(report)
    if computed is None:
        assert not found
    else:
        assert f"but base plus size is computed as {computed} in C" in found[0].message


def test_long_is_narrow_on_arm32(checked: Checker) -> None:
    added = "#define GUEST_FOO_BASE 0xf0000000UL\n#define GUEST_FOO_SIZE 0x10000000UL"
    assert not well_formed(checked(added=added))
    assert len(well_formed(checked(added=added, arch="arm32"))) == 1


def test_two_bases(checked: Checker) -> None:
    found = well_formed(checked(added="#define GUEST_MAGIC_ADDR 0x39000000ULL"))
    assert found[0].message == "GUEST_MAGIC has two bases, GUEST_MAGIC_BASE and GUEST_MAGIC_ADDR"


def test_toolstack_and_hypervisor_must_agree(checked: Checker) -> None:
    added = (
        "#ifdef __XEN_TOOLS__\n#define GUEST_FOO_BASE 0x5000000ULL\n#else\n#define GUEST_FOO_BASE 0x6000000ULL\n"
        "#endif /**/\n#define GUEST_FOO_SIZE 0x1000ULL"
    )
    assert only(checked(added=added), "well-formed").message == (
        "GUEST_FOO_BASE is 0x5000000 for the toolstack but 0x6000000 for the hypervisor"
    )


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("#define GUEST_FOO 0x12345", "matches no pattern of the vocabulary"),
        (
            "#ifdef CONFIG_FOO\n#define GUEST_FOO_BASE 0x5000000ULL\n#endif /**/",
            "only under conditions on CONFIG_FOO",
        ),
        (
            "#ifndef CONFIG_FOO\n#define GUEST_FOO_BASE 0x5000000ULL\n#define GUEST_FOO_SIZE 0x1000ULL\n#endif /**/",
            "only under conditions on CONFIG_FOO",
        ),
        ("#define GUEST_MAX_VCPUS 64", "is defined twice with different values"),
        ("#ifdef __XEN__\n#define GUEST_FOO_PPI 20\n#endif /**/", "do not see the same GUEST_FOO_PPI"),
    ],
)
def test_what_cannot_be_told_is_unknown(checked: Checker, added: str, words: str) -> None:
    report = checked(added=added)
    assert not refuted(report)
    assert report.verdict is not Verdict.PROVED
    assert verdicts(report)["well-formed"] is Verdict.UNKNOWN
    assert any(words in finding.message for finding in report.findings)


def test_what_is_not_placed_keeps_other_rules_from_proving(checked: Checker) -> None:
    """Without its size nobody knows whether GUEST_MAGIC overlaps anything."""
    report = checked({"#define GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)\n": ""})
    expected = {rule.id: Verdict.UNKNOWN if rule.about_regions else Verdict.PROVED for rule in catalogue()}
    assert verdicts(report) == expected | NO_PATCH | {
        "well-formed": Verdict.REFUTED,
        "stable": Verdict.REFUTED,
    }


def test_without_a_bank_nothing_about_memory_is_known(checked: Checker) -> None:
    report = checked(
        {
            "#define GUEST_RAM0_SIZE            xen_mk_ullong(0x80000000)\n": "",
            "(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)": "0xa0000000ULL",
            "{ GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }": "{ 0x80000000ULL, GUEST_RAM1_SIZE }",
        }
    )
    assert verdicts(report)["no-overlap"] is Verdict.UNKNOWN
    assert not [finding for finding in refuted(report) if finding.property != "well-formed"]


def test_a_known_number_of_an_unknown_name_is_no_address(checked: Checker) -> None:
    """GUEST_VPCI_ADDR_TYPE_MEM has the number of the virtio window and is none."""
    report = checked()
    numbers = report.space.layout
    assert numbers.number("GUEST_VPCI_ADDR_TYPE_MEM") == numbers.number("GUEST_VIRTIO_MMIO_BASE")
    assert verdicts(report)["no-overlap"] is Verdict.PROVED


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("GUEST_MAX_VCPUS            128", "GUEST_MAX_VCPUS 0", "GUEST_MAX_VCPUS is 0; it needs at least 1"),
        (
            "GUEST_MAX_VCPUS            128",
            "GUEST_MAX_VCPUS { 1, 2 }",
            "GUEST_MAX_VCPUS is a list of 2, not a number",
        ),
        (
            "GUEST_VIRTIO_MMIO_SPI_LAST  43",
            "GUEST_VIRTIO_MMIO_SPI_LAST -1",
            "GUEST_VIRTIO_MMIO_SPI_LAST is -1; it needs at least 0",
        ),
    ],
)
def test_numbers_that_are_none(checked: Checker, old: str, new: str, message: str) -> None:
    assert well_formed(checked({old: new}))[0].message == message


@pytest.mark.parametrize("maximum", ["0", "-1", "0xfff"])
def test_without_any_guest_nothing_about_guests_is_told(checked: Checker, maximum: str) -> None:
    report = checked({"(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)": maximum})
    expected = {rule.id: Verdict.UNKNOWN if rule.about_regions else Verdict.PROVED for rule in catalogue()}
    assert verdicts(report) == expected | NO_PATCH | {"well-formed": Verdict.REFUTED}


ON_ARM = "#ifdef __arm__\n#define GUEST_FOO_BASE 0x38000000ULL\n#define GUEST_FOO_SIZE 0x1000ULL\n#endif /**/"


def test_a_header_that_differs_on_arm32_is_not_proved_by_arm64_alone(checked: Checker) -> None:
    """On arm32 it puts a region over the grant table: the default must not pass it."""
    assert checked(added=ON_ARM).verdict is Verdict.UNKNOWN
    assert checked(added=ON_ARM, arch="arm64").verdict is Verdict.PROVED
    assert checked(added=ON_ARM, arch="arm32").verdict is Verdict.REFUTED


def test_huge_promises_are_no_internal_error(checked: Checker) -> None:
    report = checked({"GUEST_MAX_VCPUS            128": "GUEST_MAX_VCPUS 0xffffffffffffffffULL"})
    assert only(report, "minimum-size").repairs == ()


def test_other_digits_make_no_bank(checked: Checker) -> None:
    added = "#define GUEST_RAM\u0663_BASE 0xf1000000ULL\n#define GUEST_RAM\u0663_SIZE 0x1000ULL"
    assert checked(added=added).verdict is Verdict.PROVED
