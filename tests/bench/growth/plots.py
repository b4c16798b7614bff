"""The plots of manual/benchmarks: `python -m tests.bench.growth.plots` draws them anew from growth.csv.

The same points give the same file, with one version of matplotlib. Text stays text, on white, so that pages that are dark
show it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import FOLDER
from tests.bench.growth.points import TITLES, Point, read

_LOOK: dict[Any, Any] = {
    "svg.hashsalt": "xen-layout-verifier",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "legend.fontsize": 8,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLOURS = ("#0b5fa5", "#c2410c", "#15803d", "#7e22ce", "#525252")
"""In the order of the series: this tool first. Markers tell them apart as well."""
_MARKERS = "osD^v"


def picture(curve: str) -> Path:
    """The file of a curve."""
    return FOLDER / f"{curve}.svg"


def draw(points: Sequence[Point]) -> None:
    """A file for each curve that was measured."""
    import matplotlib as mpl

    for curve in TITLES:
        found = [each for each in points if each.curve == curve and each.seconds is not None]
        if found:
            with mpl.rc_context(_LOOK):
                _drawn(found, *TITLES[curve]).savefig(
                    picture(curve), metadata={"Date": None, "Creator": None}
                )


def _drawn(found: Sequence[Point], title: str, counted: str) -> Any:
    """Seconds, and where memory was measured, mebibytes; both axes logarithmic."""
    from matplotlib.figure import Figure

    panels = [(title, "seconds", [(each, each.seconds or 0.0) for each in found])]
    if any(each.memory for each in found):
        panels.append(("largest process", "MiB", [(each, (each.memory or 0) / (1 << 20)) for each in found]))
    figure = Figure(figsize=(4.4 * len(panels), 3.4), layout="constrained", facecolor="white")
    sizes = sorted({each.size for each in found})
    for axes, (name, unit, values) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
    ):
        axes.set(title=name, xlabel=counted, ylabel=unit, xscale="log", yscale="log")
        for series, colour, marker in zip(
            dict.fromkeys(each.series for each in found), _COLOURS, _MARKERS, strict=False
        ):
            own = [(point.size, value) for point, value in values if point.series == series]
            axes.plot(
                *zip(*own, strict=True),
                color=colour,
                marker=marker,
                markersize=4,
                linewidth=1.2,
                label=series,
            )
        if unit == "MiB":
            ticks = [
                1 << power for power in range(3, 12) if (1 << power) < 2 * max(value for _, value in values)
            ]
            axes.set_ylim(6, 1.5 * ticks[-1])
            axes.set_yticks(ticks, [str(each) for each in ticks])
        axes.set_xticks(sizes, [f"{each:,}" for each in sizes])
        axes.minorticks_off()
    figure.axes[0].legend(frameon=False)
    return figure


if __name__ == "__main__":
    draw(read())
