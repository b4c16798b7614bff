"""A formal verifier of guest physical address layouts for Xen on Arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verifier.version import __version__

if TYPE_CHECKING:
    from verifier.layout.finding import Report
    from verifier.reading.source import Request

__all__ = ["__version__", "check"]


def check(source: str, **options: object) -> Report:
    """Verify one layout; `source` and the options are those of `verifier check`.

    Options are the fields of `verifier.reading.source.Request`: `xen` and `base` (SOURCE strings),
    `arch` ("arm64" or "arm32"), `ipa_bits` and `companions` (tuples), `timeout` (seconds), `seed`.
    Raises `InputError` where the command would exit with status 2.
    """
    from verifier.commands.check import check as run  # z3 and the models load only when needed
    from verifier.reading.source import Request

    request: Request = Request(source=source, **options)  # type: ignore[arg-type]  # checked there
    return run(request)
