"""Numbers, switches and words of a configuration: what each bound lets through, and what it does not."""

from __future__ import annotations

import pytest

from tests.reading.test_xl_guest import guest, remarks
from verifier.layout.errors import InputError
from verifier.layout.guest_config import GuestConfig

MIB = 1 << 20
MOST_MIB = (1 << 24) - 1
"""One page less than 2**32 pages are 16 TiB, of which xl counts MiB."""


def refused(text: str, tag: str = "head") -> str:
    with pytest.raises(InputError) as error:
        guest(f"name='g'\n{text}\n", tag)
    assert (error.value.file, error.value.line) == ("guest.cfg", 2)
    return error.value.message


@pytest.mark.parametrize("key", ["memory", "maxmem", "videoram", "shadow_memory"])
def test_mebibytes_below_16_tebibytes(key: str) -> None:
    assert getattr(guest(f"{key}={MOST_MIB}\n"), key) == MOST_MIB * MIB
    assert getattr(guest(f"{key}=0\n"), key) == 0
    assert refused(f"{key}={MOST_MIB + 1}") == f"{key} is 16777216 MiB, not from 0 to 16 TiB"
    assert refused(f"{key}='-1'") == f"{key} is -1 MiB, not from 0 to 16 TiB"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (1, 1)),
        ("vcpus=2147483647", (2147483647, 2147483647)),
        ("maxvcpus=2147483647", (1, 2147483647)),
        ("vcpus=2; maxvcpus=2", (2, 2)),
        ("vcpus=2; maxvcpus=3", (2, 3)),
        ("vcpus=2; maxvcpus=0", (2, 2)),
        ("vcpus='-1'; maxvcpus=1", (1, 1)),
    ],
)
def test_virtual_cpus(text: str, expected: tuple[int, int]) -> None:
    read = guest(f"{text}\n")
    assert (read.vcpus, read.maxvcpus) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("vcpus=2147483648", "vcpus is 2147483648, more than 2147483647"),
        ("maxvcpus=2147483648", "maxvcpus is 2147483648, more than 2147483647"),
        ("vcpus=3; maxvcpus=2", "maxvcpus is 2, less than 3 of vcpus"),
        ("maxvcpus='-1'", "maxvcpus is -1, less than 1 of vcpus"),
    ],
)
def test_virtual_cpus_that_are_refused(text: str, why: str) -> None:
    assert refused(text) == why


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("1", []),
        ("2", []),
        ("0", ["vcpus is 0, for which xl takes 1"]),
        ("'-1'", ["vcpus is -1, for which xl takes 1"]),
    ],
)
def test_less_than_one_virtual_cpu_is_said(number: str, said: list[str]) -> None:
    assert [text for _, text in remarks(f"vcpus={number}\n")] == said


@pytest.mark.parametrize(
    ("number", "kept"),
    [("'-1'", None), ("0", 0), ("1", 1), ("4294967294", 4294967294), ("4294967295", None)],
)
@pytest.mark.parametrize(
    ("key", "tag"), [("nr_spis", "head"), ("max_grant_frames", "4.12.0"), ("max_maptrack_frames", "4.12.0")]
)
def test_what_is_stored_in_32_bits(key: str, tag: str, number: str, kept: int | None) -> None:
    assert getattr(guest(f"{key}={number}\n", tag), key) == kept
    assert refused(f"{key}='-2'", tag) == f"{key} is -2, which 32 bits do not hold"
    assert refused(f"{key}=4294967296", tag) == f"{key} is 4294967296, which 32 bits do not hold"


@pytest.mark.parametrize("key", ["max_grant_frames", "max_maptrack_frames"])
def test_frames_of_grant_tables_are_bounded_from_4_13_on(key: str) -> None:
    for number in (0, 1, 2147483647):
        assert getattr(guest(f"{key}={number}\n", "4.13.0"), key) == number
        assert guest(f"{key}={number}\n").origins[key].line == 1
    for number in (-1, 2147483648):
        assert refused(f"{key}='{number}'") == f"{key} is {number}, not from 0 to 2147483647, and xl stops"


def _switches(read: GuestConfig) -> tuple[bool, bool, bool]:
    return read.hap, read.oos, read.acpi


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", (False, False, False)),
        ("1", (True, True, True)),
        ("2", (True, True, True)),
        ("'-1'", (True, True, True)),
        ("'no'", (True, True, False)),
        ("[]", (True, True, False)),
    ],
)
def test_a_switch_is_a_number(value: str, expected: tuple[bool, bool, bool]) -> None:
    assert _switches(guest(f"hap={value}; oos={value}; acpi={value}\n")) == expected


def test_switches_that_are_not_there() -> None:
    assert _switches(guest("\n")) == (True, True, False)
    assert guest("\n").file == "guest.cfg"


@pytest.mark.parametrize("word", ["disabled", "enabled", "sync_pt", "share_pt"])
def test_words_of_passthrough(word: str) -> None:
    assert guest(f"passthrough='{word.upper()}'\n").passthrough == word
    assert refused("passthrough='1'") == (
        'passthrough is "1", none of disabled, enabled, sync_pt, share_pt, default'
    )


@pytest.mark.parametrize(("word", "gic"), [("v2", 2), ("V3", 3), ("DEFAULT", None)])
def test_words_of_gic_version(word: str, gic: int | None) -> None:
    assert guest(f"gic_version='{word}'\n").gic == gic


@pytest.mark.parametrize(
    "text",
    ["type='h'", "type=''", "builder='hvm'", "builder='h'", "builder=''", "type='hvm'; builder='generic'"],
)
def test_hvm_is_not_there(text: str) -> None:
    key, _, value = text.partition(";")[0].partition("=")
    assert refused(text) == f'{key} "{value[1:-1]}" asks for HVM, which is not there on Arm'


@pytest.mark.parametrize("text", ["type='pv'; builder='generic'", "builder='g'", "type='pv'"])
def test_what_is_pv(text: str) -> None:
    assert guest(f"{text}\n").kind == "pv"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("type='pvm'", 'type "pvm" is no type of a domain; there are hvm, pv, pvh'),
        ("type='pvh'; builder='generic'", '"builder" and "type" contradict each other'),
        ("irqs=[2147483648]", 'irq "2147483648" is too big'),
        ("vnuma=['x']", "vnuma may set how much RAM there is, and is not read here"),
        ("max_grant_frames='-x'", 'max_grant_frames is "-x", which is no number, and xl stops'),
    ],
)
def test_more_that_is_refused(text: str, why: str) -> None:
    assert refused(text) == why


def test_an_empty_list_of_nodes_is_none() -> None:
    assert guest("vnuma=[]\n").memory == 32 * MIB


def test_memory_is_that_of_its_maximum_and_the_other_way_round() -> None:
    """Where one is missing, xl takes the other; where both are, libxl has 32 MiB."""
    both = guest("memory=3; maxmem=5\n")
    assert (both.memory, both.maxmem) == (3 * MIB, 5 * MIB)
    assert guest("memory=0; maxmem=5\n").memory == 0
    assert guest("memory=5; maxmem=0\n").maxmem == 0


def test_a_hint_for_each_of_a_hundred_unknown_keys() -> None:
    text = "".join(f"memroy.{number} = 1\n" for number in range(99)) + "memroy=1\nvcpsu=1\n"
    unknown = guest(f"name='g'\n{text}").unknown
    assert len(unknown) == 101
    assert unknown[99].hint == 'did you mean "memory"'
    assert (unknown[100].name, unknown[100].hint) == ("vcpsu", "")


def test_remarks_are_in_the_order_of_lines() -> None:
    text = "dtdev=1\nvirtio=['']\nirqs=2\nmemory=[]\nvcpus=0\nmemory=1\nname=[]\n"
    said = guest(text).remarks
    assert [each.origin.line for each in said] == [1, 1, 2, 3, 4, 5, 7]
    assert {each.origin.file for each in said} == {"guest.cfg"}
    assert [each.text for each in said if each.refused] == ["there is no name"]


def test_what_an_added_number_is() -> None:
    """A first `+=` is an assignment to the parser, and still no number to xl."""
    assert guest("memory+=64\n").memory == 32 * MIB
    assert guest("memory+=64\nmemory=64\n").memory == 64 * MIB
    assert [line for line, _ in remarks("memory=1\nmemory+=2\nmemory=3\n")] == [1, 2]
    assert remarks("memory=1\nextra='a'\nextra+='b'\n") == []


@pytest.mark.parametrize(
    ("first", "more", "last", "why"),
    [("'a'", "1", "[]", "a list cannot be added"), ("[]", "[1]", "'a'", "a string cannot be added")],
)
def test_what_a_name_is_it_is_from_its_assignment_on(first: str, more: str, last: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        guest(f"a={first}\na+={more}\na+={more}\na+={last}\n")
    kind = "a string" if why.startswith("a list") else "a list"
    assert error.value.message == f'column 1: {why} to "a", which is {kind} since line 1'
    assert error.value.line == 4


LONG = "x" * 80
CUT = "x" * 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"iomem=['{LONG}']", f'iomem "{CUT}" is refused by xl; expected START,COUNT or START,COUNT@GFN, all hexadecimal'),
        (f"iomem=['1,0@{'0' * 80}']", f'iomem "1,0@{"0" * 56}" is of no page frames, which Xen refuses'),
        (f"iomem=['-1,2@{'0' * 80}']", f'iomem "-1,2@{"0" * 55}" wraps: the last frame of the host is beyond 2**64'),
        (f"irqs=['{LONG}']", f'irq "{CUT}" is no decimal number'),
        (f"irqs=['{'9' * 80}']", f'irq "{"9" * 60}" is too big'),
        (f"pci=['seize={LONG}']", f'pci "seize={LONG[:54]}" is refused by xl: it has to have either an address or a name'),
        (f"disk=['{LONG}']", f'disk "{CUT}" names no vdev'),
        (f"virtio=['{LONG}']", f'virtio "{CUT}" has "{LONG}", which xl does not know'),
        (f"virtio=['{' ' * 70}type=virtio']", f'virtio "{" " * 60}" has no device behind "type=virtio,"'),
        (f"virtio=['{' ' * 70}transport=pci']", f'virtio "{" " * 60}" has transport "pci", which is not mmio'),
        (f"max_grant_frames='{LONG}'", f'max_grant_frames is "{LONG[:40]}", which is no number, and xl stops'),
    ],
)  # fmt: skip
def test_of_long_values_messages_have_the_beginning(text: str, message: str) -> None:
    assert refused(text) == message


def test_of_long_values_in_old_releases() -> None:
    assert refused(f"iomem=['1,1@{'0' * 80}']", "4.4.0") == (
        f'iomem "1,1@{"0" * 56}" names a guest frame, which this release does not read'
    )
    assert refused(f"disk=['{LONG},,b,specification=virtio']", "4.16.0") == (
        f'disk "{CUT}" has a specification, which this release does not read'
    )


def test_of_a_long_device_that_gets_no_region() -> None:
    assert remarks(f"virtio=['backend={LONG}']\n") == [
        (1, f'virtio "backend={LONG[:52]}" has no transport=mmio, and gets no region')
    ]
