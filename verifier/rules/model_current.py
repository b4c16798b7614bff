"""model-current: what the verdicts rest on is the Xen that the models describe."""

from __future__ import annotations

from verifier.layout.change import CodeChange
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.rules.catalogue import Doubt, Explanation, Rule


def obligations(case: Case) -> list[Obligation]:
    """One for each function that the patch changes and no model describes: nothing rests on it."""
    return [
        Obligation((change.function or change.file,), False)
        for change in case.layout.code
        if not change.modelled
    ]


def doubts(case: Case) -> list[Doubt]:
    """Every change of what a model describes: whether the model still holds, nobody has looked."""
    return [
        Doubt((change.function or change.file,), _told(change), change.origin)
        for change in case.layout.code
        if change.modelled
    ]


def _told(change: CodeChange) -> str:
    file = change.file or "a file that the patch does not name"
    if not change.function:
        return (
            f"code in {file} changes ({change.origin}), and which function it is in cannot be told; models/ describe "
            f"some of that file as of {change.commit}"
        )
    return (
        f"{change.function} in {file} changes ({change.origin}); models/ describe it as of {change.commit}: "
        f"{change.modelled}"
    )


def explain(_case: Case, failure: Fails) -> Explanation:
    """Never asked for: a changed function is a doubt, not a refutation."""
    message = f"{failure.obligation.subjects[0]} is not what the models describe"
    return Explanation(message, (), Counterexample(failure.worst, Witness("differs", found=1, needed=0), ()))


RULE = Rule(
    id="model-current",
    position=13,
    title="the models describe the code that the patch leaves",
    statement="A patch changes no function or constant of Xen that models/ describe. One that does is unknown, with the "
    "function and the commit that is modelled: whether the model still holds has to be looked at.",
    why="Every verdict rests on what the models say of Xen: a patch that changes how regions are placed, or how far the "
    "P2M reaches, can make a layout unsound without touching the header.",
    formula="a changed line lies in a function of models/functions.toml, or in one that cannot be told",
    cites=(Cite("models/functions.toml", "functions and constants, their files, and what rests on each"),),
    obligations=obligations,
    explain=explain,
    example_words="a patch that changes find_domU_holes of xen/arch/arm/domain_build.c leaves the verdict unknown",
    about_regions=False,
    doubts=doubts,
    silence="no patch that changes Xen's code",
)
