"""`verifier prove`: theorems about what Xen's own algorithms do, for every input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from verifier.commands.options import solver_options
from verifier.commands.output import Output, output_options
from verifier.layout.errors import InputError

if TYPE_CHECKING:
    from verifier.layout.theorem_report import TheoremReport
    from verifier.xen.release import Build


@dataclass(frozen=True, slots=True)
class Asked:
    """Which theorems of which releases, and what else is to be done with their obligations."""

    names: tuple[str, ...] = ()
    release: str | None = None
    build: Build = "release"
    timeout: float = 30.0
    seed: int = 0
    cross_check: bool = False
    export_proof: str | None = None
    """The folder to write to."""


def prove(asked: Asked) -> TheoremReport:
    """Decide the theorems. Raises InputError, and InternalError where solvers disagree."""
    from verifier.commands import prove_more
    from verifier.reading import models
    from verifier.theorems.report import report
    from verifier.theorems.selection import chosen
    from verifier.theorems.verdict import Prover

    release = None if asked.release is None else models.tag_of(asked.release)
    prover = Prover(timeout=asked.timeout, seed=asked.seed, searches=True)
    found = report(chosen(asked.names), prover, asked=asked.names, release=release, build=asked.build)
    if asked.cross_check:
        opinions, notes = prove_more.cross_check(prover, timeout=asked.timeout)
        found = replace(found, opinions=opinions, notes=(*found.notes, *notes))
    if asked.export_proof is not None:
        notes = prove_more.export(prover, asked.export_proof, timeout=asked.timeout)
        found = replace(found, notes=(*found.notes, *notes))
    return found


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--xen", "release", metavar="RELEASE", help="Only this release of Xen (default: all).")
@click.option(
    "--build",
    type=click.Choice(["release", "debug"]),
    default="release",
    show_default=True,
    help="A debug build stops at failed assertions.",
)
@solver_options
@click.option("--recheck", is_flag=True, help="Only re-check what is stored in proofs/.")
@click.option("--cross-check", is_flag=True, help="Give every obligation to cvc5 and bitwuzla as well.")
@click.option(
    "--export-proof",
    metavar="DIR",
    help="Write every obligation, and a proof of it by cvc5, into this folder.",
)
@output_options("prove", "Obligations, and times.")
def command(names: tuple[str, ...], recheck: bool, output: Output, **options: Any) -> None:
    """Prove what Xen's own algorithms do, for every input, or refute it.

    NAME is a theorem (libxl/aligned), a producer of extended regions (libxl), a property (aligned), or a
    pattern of one of these (libxl/avoids-*); without a name all theorems are meant. Exit status: 0 all are
    proved; 1 one is refuted; 3 one is unknown, or the release has nothing to prove.
    """
    if recheck:
        from verifier.commands import prove_more

        if options["release"] is not None or options["cross_check"] or options["export_proof"] is not None:
            raise InputError(
                "--recheck re-checks all that is stored: no --xen, --cross-check or --export-proof goes with it"
            )
        raise SystemExit(prove_more.recheck(names, output))
    report = prove(Asked(names, **options))
    output.report(report, text="theorem_text", values="theorem_json", sheet="prove_sheet")
    raise SystemExit(output.status(report.verdict))
