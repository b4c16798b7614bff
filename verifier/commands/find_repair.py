"""Least changes of numbers that make a layout sound, verified as `check` would, and the comments that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from verifier.commands.check import Run
from verifier.layout.c_text import Wanted
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.layout.repair_report import Key, RepairPlan, RepairReport, aims
from verifier.reading.models import Model
from verifier.reading.request import Loaded, Request, load
from verifier.rules import comments_agree, model_current
from verifier.rules.catalogue import catalogue
from verifier.search.plan import Plan
from verifier.search.price import still_refuted
from verifier.search.repair_plan import plans
from verifier.writing.mended import Mended, mended, untruths
from verifier.writing.text import UnwrittenError
from verifier.writing.write import written

COMMENTS = comments_agree.RULE.id
BEYOND = frozenset({model_current.RULE.id})
"""Properties that say nothing of the layout's numbers, so that none makes them known: of code that a patch changes, whether
the models still describe it. What is unknown of any other property may be a fault of the layout, and is."""


def repair(request: Request, properties: tuple[str, ...] = ()) -> RepairReport:
    """Of the properties named, or of all. Raises InputError."""
    known = [rule.id for rule in catalogue()]
    for name in properties:
        if name not in known:
            raise InputError(f'no property "{name}"; there are {", ".join(known)}')
    loaded = load(request)
    run = Run(loaded, request)
    findings = [
        each for judgement in run.judgements for each in judgement.findings if each.severity == "error"
    ]
    asked = [each for each in findings if not properties or each.property in properties]
    targets = tuple(
        dict.fromkeys((each.property, each.subjects) for each in asked if each.verdict is Verdict.REFUTED)
    )
    rebuild = partial(loaded.source.layout, once=not loaded.layout.differing)
    unknown = [each for each in asked if each.verdict is Verdict.UNKNOWN]
    beyond = tuple(each for each in unknown if each.property in BEYOND and not properties)
    told = _Told(run, loaded, targets, tuple((each.property, each.subjects) for each in beyond))
    found = plans(
        run.case, run.judgements, rebuild, loaded.policy.waivers_for(loaded.named),
        properties=properties, by_words=told.by_words(), timeout=request.timeout,
    )  # fmt: skip
    opens = [each.message for each in unknown if each not in beyond]
    if not found.searched_all:
        opens.append("there are more changes than were tried")
    if not run.judgements:
        opens.append(f"no layout macro (GUEST_...) in {loaded.source.subject.name}: nothing was checked")
    listed = tuple(plan for plan in map(told.plan, found.plans) if plan.cured)
    wanted = frozenset(targets) if properties else aims(listed)
    listed = tuple(
        sorted(listed, key=lambda plan: not wanted <= plan.keys)
    )  # each half is the cheapest first
    cured = {key for plan in listed for key in plan.cured}
    return RepairReport(
        loaded.source.subject, loaded.facts.release, properties, targets, listed,
        tuple(key for key in targets if key not in cured), beyond, tuple(opens),
        written(loaded, told.wanted(listed[0].changes)) if listed else None, loaded.assumptions,
    )  # fmt: skip


class _Told:
    """Plans as they are told: with the comments that go with their numbers, judged in the text as it would be."""

    def __init__(self, run: Run, loaded: Loaded, targets: tuple[Key, ...], beyond: tuple[Key, ...]) -> None:
        self._case, self._source, self._targets, self._beyond = run.case, loaded.source, targets, beyond
        refuted = {
            each.subjects
            for judgement in run.judgements
            for each in judgement.findings
            if each.verdict is Verdict.REFUTED and each.property == COMMENTS
        }
        self._accepted = {each.subjects for each in untruths(run.case)} - refuted

    def wanted(self, changes: Mapping[str, int]) -> Wanted:
        """The numbers, and true comments if these are to be repaired."""
        return Wanted(changes, mends=any(name == COMMENTS for name, _ in self._targets))

    def by_words(self) -> frozenset[Key]:
        """Findings that other words of comments cure, whatever becomes of the numbers."""
        text = self._text({})
        return frozenset(self._said(text)) if isinstance(text, Mended) else frozenset()

    def plan(self, plan: Plan) -> RepairPlan:
        """With what it cures and leaves in the text."""
        changes, text = dict(plan.changes), self._text(dict(plan.changes))
        cured, left = set(plan.cured), list(plan.remaining)
        if isinstance(text, Mended):
            cured = {key for key in cured if key[0] != COMMENTS} | self._said(text)
            lies = sorted(text.lies - self._accepted)
            left = [key for key in left if key[0] != COMMENTS] + [(COMMENTS, each) for each in lies]
        return RepairPlan(
            changes, plan.ram, plan.other,
            tuple(key for key in self._targets if key in cured),
            (*left, *self._beyond),
            f"{plan.summary}{still_refuted(name for name, _ in left)}",
            plan.gives_up,
            text.reworded if isinstance(text, Mended) else (),
            text.notes if isinstance(text, Mended) else tuple(filter(None, (text,))),
            dict(plan.widths),
        )  # fmt: skip

    def _said(self, text: Mended) -> set[Key]:
        untrue = text.lies | text.doubtful
        return {key for key in self._targets if key[0] == COMMENTS and key[1] not in untrue}

    def _text(self, changes: Mapping[str, int]) -> Mended | str:
        """Why there is no text, if there is a reason; a release is known by its values."""
        if isinstance(self._source.content, Model):
            return ""
        try:
            return mended(self._case, self._source, self.wanted(changes))
        except UnwrittenError as error:
            return f"no text with these numbers: {error}"
