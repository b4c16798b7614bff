"""No two guests are alike to whoever chooses a counterexample, and counts that only together make it worse."""

from __future__ import annotations

from itertools import combinations

from tests.logic.test_best import GivesUp, guest
from tests.logic.test_optimum import space
from tests.logic.test_regimes_enumerated import small, var
from verifier.layout.configuration import FLAGS
from verifier.logic import term
from verifier.logic.optimum import best, rank
from verifier.logic.regimes import Regimes
from verifier.logic.solver import Solver
from verifier.logic.space import complete


def test_guests_that_differ_in_one_or_two_things_are_never_alike() -> None:
    """Else the solver's model, and so seed and version, would choose between them."""
    one = space("head")
    assert {"memory", "virtio", *FLAGS} <= set(one.dimensions)
    plain = complete(one, {})
    others = {
        name: [each.low + 1, each.low + 2] if each.is_count else each.choices[1:]
        for name, each in one.dimensions.items()
    }
    changes = [(name, value) for name, values in others.items() for value in values]
    guests = [{**plain, **dict(chosen)} for count in range(3) for chosen in combinations(changes, count)]
    different = {tuple(sorted(each.items())) for each in guests}
    assert len({rank(one, dict(each), 0) for each in different}) == len(different)


def test_counts_that_only_together_make_it_worse_are_both_guessed_at_their_ends() -> None:
    """As many conflicts as there are of both: at most 6 virtio devices, and then 6 of 12 vCPUs do."""
    one = small()
    vcpus, virtio = var("vcpus"), var("virtio")
    regimes = Regimes(one, term.either(vcpus >= 2, virtio >= 1))
    assert regimes.learn(Solver(one.assumptions))[1] == ""
    shown = best(regimes, term.smaller(vcpus, virtio), GivesUp(), guest(vcpus=2))  # type: ignore[arg-type]
    assert shown == guest(vcpus=6, virtio=6)
