"""The delivery schemes that ship are read; what describes none is refused, with its line."""

from __future__ import annotations

import re

import pytest

from verifier.layout.data import data_folder
from verifier.layout.errors import InputError
from verifier.layout.scheme import Schemes
from verifier.reading.consumers import consumers
from verifier.reading.schemes import parse, schemes
from verifier.reading.toml_file import TomlFile

TEXT = """\
format = "schemes/1"

[need]
grant = 0x1000000
foreign = 0x40000000
guest = 0x100000000
source = "here"

[own-pages]
consumers = ["u-boot"]
source = "here"

[widths]
cpu = [44, 40]
iommu = [40]
source = "here"

[[place]]
name = "fixed"
kind = "proposal"
title = "a range"
proposal = "rfc-2021-safe-range"
region = "GUEST_SAFE_RANGE"
properties = ["no-overlap"]
source = "here"

[[place]]
name = "end"
kind = "end"
title = "the end"
theorems = ["top-of-space/sound-if"]
source = "here"

[[scheme]]
name = "one"
title = "One"
new = "says so"
old = "lacks"
old-says = "says nothing"
holds = "grant"
guests = "future"
rule = "trust"
place = "fixed"
sources = ["here"]

[[heuristic]]
name = "large"
kind = "at-least"
title = "large enough"
bytes = 0x1000000
source = "here"
"""


def read(text: str) -> Schemes:
    return parse(TomlFile(text, "schemes.toml"))


def test_what_is_read() -> None:
    found = read(TEXT)
    assert (found.need.grant, found.need.foreign, found.need.guest) == (16 << 20, 1 << 30, 4 << 30)
    assert found.need.total == (16 << 20) + (1 << 30)
    assert found.own_pages == ("u-boot",)
    assert (found.widths.cpu, found.widths.iommu) == ((40, 44), (40,))
    (one,) = found.schemes
    assert (one.in_grant, one.known, one.old, one.place.region) == (True, False, "lacks", "GUEST_SAFE_RANGE")
    assert found.heuristics[0].size == 16 << 20
    assert found.rule_of(one) is None


def test_the_six_schemes_of_the_thread_ship() -> None:
    """In the order of the question: hypercall, larger region 0, extra regions, property, compatible string, top."""
    found = schemes()
    assert [each.name for each in found.schemes] == [
        "hypercall",
        "larger-region-0",
        "extra-regions",
        "new-property",
        "new-compatible",
        "top-of-space",
    ]
    assert [each.name for each in found.schemes if each.in_grant] == ["larger-region-0", "new-compatible"]
    assert [each.name for each in found.schemes if each.known] == ["extra-regions"]
    assert set(found.own_pages) <= {each.name for each in consumers()}
    assert all(each.sources and each.place.source for each in found.schemes)
    assert all(each.source for each in found.heuristics)


def test_no_verdict_is_typed_in() -> None:
    """Facts only: the words of cells and verdicts stand nowhere but in comments."""
    text = (data_folder("models") / "schemes.toml").read_text(encoding="utf-8")
    data = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert not re.search(r"sound\b(?!-if)|breaks|refuted|proved|steals", data)


CHANGES = {
    "another format": ('"schemes/1"', '"schemes/2"', 1, 'format is "schemes/2", not "schemes/1"'),
    "an unknown key": ("guests = ", "guest = ", 34, 'unknown key "guest"; did you mean "guests"'),
    "no whole pages": ("grant = 0x1000000", "grant = 0x1000001", 3, '"grant" is 0x1000001: no whole pages below 2^48 bytes'),
    "nothing wanted": ("foreign = 0x40000000", "foreign = 0", 3, '"foreign" is 0: no whole pages below 2^48 bytes'),
    "a negative size": ("guest = 0x100000000", "guest = -4096", 3, '"guest" is -4096: no whole pages below 2^48 bytes'),
    "no such kernel": ('["u-boot"]', '["v-boot"]', 9, '"consumers" has "v-boot", which there is not'),
    "no width": ("cpu = [44, 40]", "cpu = [44, 64]", 13, '"cpu" has something that is no width from 32 to 52'),
    "a width that is a text": ("iommu = [40]", 'iommu = ["40"]', 13, '"iommu" has something that is no width from 32 to 52'),
    "no kind of place": ('kind = "end"', 'kind = "top"', 27, '"kind" is top, not proposal, theorems or end'),
    "no such proposal": ("rfc-2021-safe-range", "rfc-2022", 18, 'there is no proposal "rfc-2022"'),
    "no such region": ("GUEST_SAFE_RANGE", "GUEST_SAFE", 18, 'rfc-2021-safe-range has no region "GUEST_SAFE"'),
    "no such theorem": ("top-of-space/sound-if", "top-of-space/sound", 27,
                        '"theorems" has "top-of-space/sound", which there is not'),
    "an unknown answer": ('old = "lacks"', 'old = "lies"', 34, '"old" is lies, not refuses, lacks, has-less or silent'),
    "neither own nor grant": ('holds = "grant"', 'holds = "both"', 34, '"holds" is both, not own or grant'),
    "no kind of guests": ('guests = "future"', 'guests = "all"', 34, '"guests" is all, not future or consumers'),
    "no such rule": ('rule = "trust"', 'rule = "hope"', 34, '"rule" is hope, not trust or large'),
    "no such place": ('place = "fixed"', 'place = "moved"', 34, '"place" is moved, not fixed or end'),
    "no source": ('sources = ["here"]', "sources = []", 34, '"sources" is empty'),
    "a source that is none": ('sources = ["here"]', "sources = [7]", 34, '"sources" has something that is no text'),
    "an empty title": ('title = "One"', 'title = ""', 34, '"title" is empty'),
    "no kind of heuristic": ('kind = "at-least"', 'kind = "luck"', 46,
                             '"kind" is luck, not at-least, above-old, presence, any-region, whole-unit or own-width'),
    "a threshold without a size": ("bytes = 0x1000000\n", "", 46, 'key "bytes" is missing'),
    "no name": ('name = "one"', 'name = "One"', 34, "a scheme has no name of small letters, digits and dashes"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_refused(case: str) -> None:
    old, new, line, message = CHANGES[case]
    assert TEXT.count(old) == 1
    with pytest.raises(InputError) as fault:
        read(TEXT.replace(old, new))
    assert (fault.value.file, fault.value.line, fault.value.message) == ("schemes.toml", line, message)


@pytest.mark.parametrize("table", ["place", "scheme", "heuristic"])
def test_a_name_is_given_once(table: str) -> None:
    start = TEXT.index(f"[[{table}]]")
    end = TEXT.find("[[", start + 2)
    entry = TEXT[start : end if end > 0 else len(TEXT)]
    name = re.search(r'name = "(.*)"', entry)
    assert name is not None
    with pytest.raises(InputError, match=f'two of {table} are named "{name[1]}"'):
        read(f"{TEXT}\n{entry}")


@pytest.mark.parametrize("table", ["place", "scheme", "heuristic"])
def test_an_empty_list_is_refused(table: str) -> None:
    heads = [
        each
        for each in re.split(r"(?=^\[\[)", TEXT, flags=re.MULTILINE)
        if not each.startswith(f"[[{table}]]")
    ]
    with pytest.raises(InputError, match=f'there is no "{table}"$'):
        read("".join(heads).replace('format = "schemes/1"\n', f'format = "schemes/1"\n{table} = []\n'))
