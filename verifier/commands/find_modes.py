"""`verifier find` about a layout as it is: repairs, head-room, reasons."""

from __future__ import annotations

from verifier.commands.output import Output
from verifier.reading.request import Request, load


def run(mode: str, request: Request, properties: tuple[str, ...], output: Output) -> int:
    """Write the report of `repair`, `headroom` or `reasons`; the exit status. Raises InputError."""
    if mode == "repair":
        return _repair(request, properties, output)
    from verifier.reports import headroom_json, headroom_text
    from verifier.search.headroom import headroom
    from verifier.search.reasons import reasons

    loaded = load(request)
    found = headroom(loaded, timeout=request.timeout, seed=request.seed)
    if mode == "headroom":
        output.write(
            lambda kind: (headroom_json if kind == "json" else headroom_text).render(
                found, verbose=output.verbose
            )
        )
    else:
        told = reasons(loaded, found)
        output.write(
            lambda kind: (headroom_json if kind == "json" else headroom_text).render_reasons(
                told, verbose=output.verbose
            )
        )
    return output.status("unknown" if found.doubts or not found.ranges else "proved")


def _repair(request: Request, properties: tuple[str, ...], output: Output) -> int:
    from verifier.commands.find_repair import repair
    from verifier.reports import repair_json, repair_text

    report = repair(request, properties)
    output.write(
        lambda kind: (
            repair_json.render(report) if kind == "json" else repair_text.render(report, quiet=output.quiet)
        )
    )
    return output.status(report.verdict)
