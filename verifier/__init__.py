"""A formal verifier of guest physical address layouts for Xen on Arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from verifier.version import __version__

if TYPE_CHECKING:
    from verifier.layout.finding import Report

__all__ = ["__version__", "check"]


def check(  # noqa: PLR0913  # the command's options
    source: str,
    *,
    xen: str | None = None,
    base: str | None = None,
    arch: str | None = None,
    ipa_bits: Sequence[int] = (),
    companions: Sequence[str] = (),
    timeout: float = 30.0,
    seed: int = 0,
    policy: str | None = None,
) -> Report:
    """Verify one layout; `source` and the options are those of `verifier check`.

    `source` is a path, a release or a proposal, `-` for standard input; `xen` the release whose
    behaviour is assumed; `base` a SOURCE to compare with; `arch` "arm64", "arm32" or None for both; `ipa_bits` the
    widths to check (none: all of the release); `companions` paths of headers that `source` needs;
    `timeout` seconds for one question to the solver; `policy` a policy file, "none", or None for
    upstream's. Raises `InputError` where the command would
    end with status 2.
    """
    from verifier.commands.check import check as run  # z3 and the models load only when needed
    from verifier.reading.request import Request

    return run(Request(source, xen, base, arch, tuple(ipa_bits), tuple(companions), timeout, seed, policy))
