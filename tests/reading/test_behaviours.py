"""Which release does what, and what a file of behaviours must look like."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InputError
from verifier.reading.behaviours import Behaviour, behaviours, of_release, parse
from verifier.reading.toml_file import TomlFile

TAGS = [
    "4.15.5", "4.16.0", "4.16.1", "4.16.7", "4.17.0", "4.17.7", "4.18.0", "4.18.6", "4.19.0", "4.19.2", "4.19.3",
    "4.19.6", "4.20.0", "4.20.1", "4.20.4", "4.21.0", "4.22.0", "head",
]  # fmt: skip


@pytest.mark.parametrize(
    ("behaviour", "variant", "releases"),
    [
        (
            "rangeset-remove",
            "grows-neighbour",
            "4.15.5 4.16.0 4.16.1 4.16.7 4.17.0 4.17.7 4.18.0 4.18.6 4.19.0 4.19.2 4.20.0",
        ),
        ("region-end", "last-page-lost", "4.18.0 4.18.6 4.19.0 4.19.2 4.19.3 4.19.6 4.20.0 4.20.1 4.20.4"),
        ("holes-shared-memory", "kept", "4.16.0 4.16.1 4.16.7 4.17.0 4.17.7 4.18.0 4.18.6"),
        ("empty-grant-region", "removed", "4.16.0 4.16.1 4.16.7 4.17.0 4.17.7 4.20.0 4.20.1 4.20.4"),
        ("xen-reg", "removed", "4.21.0 4.22.0 head"),
        ("xl-regions", "around-iomem", "4.21.0 4.22.0 head"),
        ("hardware-domain-memory", "largest-first", "4.20.0 4.20.1 4.20.4 4.21.0"),
        ("hardware-domain-memory", "lowest-first", "4.22.0 head"),
        ("frame-table", "by-group", "4.22.0 head"),
        ("xenstore-page", "none", "4.15.5 4.16.0 4.16.1 4.16.7"),
        ("xenstore-page", "early", "4.21.0 4.22.0 head"),
        ("xl-regions", "none", "4.15.5"),
        ("xl-p2m-pool", "none", "4.16.0 4.16.1"),
        ("xl-p2m-pool-unit", "whole-mib", "4.15.5 4.16.0 4.16.1 4.16.7"),
    ],
)
def test_history(behaviour: str, variant: str, releases: str) -> None:
    found = [tag for tag in TAGS if (at := of_release(tag).get(behaviour)) and at.name == variant]
    assert found == releases.split()


def test_the_larger_array_came_with_the_first_point_release() -> None:
    caps = [of_release(tag)["region-cap"].value for tag in ("4.16.0", "4.16.1", "4.17.0")]
    assert caps == [128, 256, 256]


def test_a_release_too_old_has_no_such_behaviour() -> None:
    assert "region-end" not in of_release("4.15.5")


def test_every_change_names_its_commit() -> None:
    for behaviour in behaviours().values():
        for variant in behaviour.variants[1:]:
            assert len(variant.commits) >= 1 + bool(variant.also), (behaviour.name, variant.name)


GOOD = """format = "xen-behaviours/1"
[[behaviour]]
name = "b"
source = "s"
[[behaviour.variant]]
name = "old"
from = "4.4.0"
what = "w"
commits = []
[[behaviour.variant]]
name = "new"
from = "4.20.0"
also = ["4.18.2"]
what = "w"
commits = ["0123456789"]
"""


def read(text: str) -> Behaviour:
    return parse(TomlFile(text, "b.toml"))["b"]


def test_a_backport_holds_in_its_series_only() -> None:
    behaviour = read(GOOD)
    found = {
        tag: at.name for tag in ("4.18.1", "4.18.2", "4.19.5", "4.20.0", "head") if (at := behaviour.at(tag))
    }
    assert found == {"4.18.1": "old", "4.18.2": "new", "4.19.5": "old", "4.20.0": "new", "head": "new"}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("behaviours/1", "behaviours/2", 1, 'format is "xen-behaviours/2", not "xen-behaviours/1"'),
        ('from = "4.20.0"', 'from = "4.20"', 10, '"4.20" is no release such as "4.19.3"'),
        ('from = "4.20.0"', 'from = "4.4.0"', 10, '"also" names a release after 4.4.0'),
        ('from = "4.20.0"', 'from = "4.20.9999999999"', 10, '"4.20.9999999999" is no release such as "4.19.3"'),
        ('also = ["4.18.2"]\n', 'also = [4]\n', 10, '"4" is no release such as "4.19.3"'),
        ('from = "4.4.0"', 'from = "4.21.0"', 2, "variants are not in the order of their releases"),
        ('["0123456789"]', '["0123"]', 10, '"commits" is not a list of hashes of at least ten digits'),
        ('what = "w"\ncommits = []', "commits = []", 5, 'key "what" is missing'),
        ('name = "old"', 'nam = "old"', 5, 'unknown key "nam"; did you mean "name"'),
        ('source = "s"\n', "", 2, 'key "source" is missing'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as fault:
        read(GOOD.replace(old, new, 1))
    assert (fault.value.file, fault.value.line, fault.value.message) == ("b.toml", line, message)


def test_a_behaviour_stands_once() -> None:
    again = GOOD + GOOD.split("\n", 1)[1]
    with pytest.raises(InputError, match=r'^b\.toml:16: error: behaviour "b" is given twice$'):
        read(again)
