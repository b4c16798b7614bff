"""model-current, asked directly: what a patch changes of Xen, told where a model rests on it and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import case, differs, layout
from verifier.layout.change import CodeChange
from verifier.layout.origin import Origin
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.rules import model_current

PLACE = Origin("a.patch", 7)


def changing(file: str, function: str, modelled: str) -> Case:
    change = CodeChange(file, function, PLACE, modelled, "c0ffee")
    return case(replace(layout({}), code=(change,)))


@pytest.mark.parametrize(
    ("file", "function", "subject", "told"),
    [
        ("d.c", "f", "f", "f in d.c changes (a.patch:7); models/ describe it as of c0ffee: the holes"),
        (
            "",
            "f",
            "f",
            "f in a file that the patch does not name changes (a.patch:7); models/ describe it as of c0ffee: the holes",
        ),
        (
            "d.c",
            "",
            "d.c",
            "code in d.c changes (a.patch:7), and which function it is in cannot be told; models/ describe some of that "
            "file as of c0ffee",
        ),
    ],
)
def test_a_change_is_a_doubt_where_a_model_rests_on_it(
    file: str, function: str, subject: str, told: str
) -> None:
    """Else it is nothing that could fail: it was looked at."""
    rests = changing(file, function, "the holes")
    assert [(each.subjects, each.reason, each.place) for each in model_current.doubts(rests)] == [
        ((subject,), told, PLACE)
    ]
    assert model_current.obligations(rests) == []
    free = changing(file, function, "")
    assert model_current.doubts(free) == []
    assert model_current.obligations(free) == [Obligation((subject,), False)]


def test_a_patch_of_the_header_alone_changes_no_code() -> None:
    asked = case(layout({}))
    assert (model_current.obligations(asked), model_current.doubts(asked)) == ([], [])


def test_a_refutation_would_name_what_is_not_as_the_models_have_it() -> None:
    said = model_current.explain(case(layout({})), Fails(Obligation(("f",), True), (), True, {"vcpus": 1}))
    assert said.message == "f is not what the models describe"
    assert (said.counterexample.witness, said.counterexample.configuration) == (differs(1, 0), {"vcpus": 1})


def test_code_is_changed_whatever_the_regions_are() -> None:
    assert not model_current.RULE.about_regions
    assert not model_current.RULE.advice
    assert not model_current.RULE.relative
