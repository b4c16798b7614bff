"""`verifier schemes`: old and new Xen, old and new guest, for each way to tell a guest of unallocated space."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from verifier.commands.output import Output, output_options
from verifier.layout.errors import InputError
from verifier.layout.finding import Assumption

if TYPE_CHECKING:
    from verifier.layout.scheme_report import SchemeFound, SchemesReport
    from verifier.search.scheme_world import World

_PAGE, _MOST_BITS = 4096, 48
_ASSUMED = (
    Assumption(
        "guest-layout",
        "the guest is one that xl or dom0less builds on the guest layout; `verifier host` judges the dom0 of a board",
        "xen/include/public/arch-arm.h",
    ),
    Assumption(
        "theorems",
        "what the theorems on producers, and the rules of `verifier check`, take for granted: `verifier explain NAME` tells",
        "proofs/index.json",
    ),
    Assumption(
        "one-way",
        "a Xen with a scheme tells guests of space in that way and no other; reg[0] is else what its release has",
        "models/schemes.toml",
    ),
    Assumption(
        "future-guests",
        "no kernel knows a scheme but extra-regions yet: those that will are taken to follow the rule that the model names",
        "models/schemes.toml",
    ),
)


def schemes(world: World) -> SchemesReport:
    """Every cell and every heuristic, decided. Raises InputError, and InternalError for a counterexample that is none."""
    from verifier.layout.scheme_report import SchemesReport
    from verifier.logic.solver import solver_name
    from verifier.search.scheme_heuristics import heuristics, is_proved

    started = time.perf_counter()
    obligations = tuple(_obligations(world))
    proved = is_proved(obligations)
    found = heuristics(world, obligations)
    return SchemesReport(
        world.schemes.need,
        world.old,
        world.new,
        tuple(_found(world, each.name, whole_unit=proved) for each in world.schemes.schemes),
        found,
        _ASSUMED,
        solver_name(),
        time.perf_counter() - started,
    )


def _obligations(world: World) -> Iterator[tuple[str, str]]:
    """Of the heuristic `whole-unit`, for the unit of each kernel; equal ones once."""
    from verifier.layout.units import size
    from verifier.theorems.whole_unit import proof

    units = {
        (each.takes.unit, each.takes.joins): each.takes for each in world.consumers if each.takes is not None
    }
    for takes in units.values():
        for decided in proof(takes):
            yield f"units of {size(takes.unit)}: {decided.obligation.says}", decided.outcome


def _found(world: World, name: str, *, whole_unit: bool) -> SchemeFound:
    from verifier.layout.scheme_report import RANKED, SchemeFound
    from verifier.search.scheme_cells import cells, host_cell
    from verifier.search.scheme_costs import cost
    from verifier.search.scheme_places import release_of
    from verifier.search.scheme_room import room

    scheme = next(each for each in world.schemes.schemes if each.name == name)
    made = cells(world, scheme, whole_unit=whole_unit)
    better = next((each.name for each in world.schemes.heuristics if each.kind == "whole-unit"), scheme.rule)
    repaired = cells(world, replace(scheme, rule=better), whole_unit=whole_unit)[-1]
    helps = RANKED.index(repaired.word) > RANKED.index(made[-1].word)
    price = cost(world, scheme.place, in_grant=scheme.in_grant)
    host, place = host_cell(world, scheme), scheme.place
    free = room(release_of(place)) if place.kind == "proposal" else None
    most = None if free is None else (release_of(place), free)
    return SchemeFound(scheme, made, better if helps else "", repaired if helps else None, host, most, price)


@click.command()
@click.option("--foreign", metavar="SIZE", help="Foreign pages that a guest maps (default: 1 GiB).")
@click.option("--grants", metavar="SIZE", help="Grant frames that it maps (default: 16 MiB).")
@output_options("schemes", "What each kernel comes to under each release, sources, obligations, and times.")
def command(foreign: str | None, grants: str | None, output: Output) -> None:
    """Which way to tell a guest of unallocated space is sound, which takes RAM, which breaks.

    The matrix of the thread of August 2021: six schemes, Xen with and without each, guests that know it and real
    kernels that do not. Each cell is computed: from layouts, from theorems on Xen's own algorithms, from what
    kernels do. Exit status: 0 every cell and every heuristic is decided, whatever it says; 3 something is open.
    """
    from verifier.search.scheme_world import world

    found = world()
    need = found.schemes.need
    need = replace(need, foreign=_pages(foreign, need.foreign), grant=_pages(grants, need.grant))
    report = schemes(replace(found, schemes=replace(found.schemes, need=need)))
    output.report(report, text="schemes_text", values="schemes_json", sheet="")
    raise SystemExit(output.status(report.verdict))


def _pages(given: str | None, default: int) -> int:
    """Bytes of an option. Raises InputError for what is no number of whole pages."""
    if given is None:
        return default
    from verifier.reading.ranges import size_of

    value = size_of(given)
    if value % _PAGE or value >= 1 << _MOST_BITS:
        raise InputError(f'"{given}" is no number of whole pages of 4 KiB below 2^{_MOST_BITS} bytes')
    return value
