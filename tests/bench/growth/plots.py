"""The plots of manual/benchmarks: `python -m tests.bench.growth.plots` draws them anew from growth.csv.

The same points give the same file, with one version of matplotlib. Text stays text, on white, so that pages that are dark
show it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import FOLDER
from tests.bench.growth.points import Point, read

_LOOK = {
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
_NAMES = {
    "entries": ("Host tree", "entries of reg"),
    "regions": ("Header", "regions"),
    "placing": ("Three new regions placed", "fixed regions"),
    "boards": ("Many boards", "boards"),
    "iomem": ("Guest of xl", "entries of iomem"),
}
"""Titles of the plots, and of what is counted."""


def picture(curve: str) -> Path:
    """The file of a curve."""
    return FOLDER / f"{curve}.svg"


def draw(points: Sequence[Point]) -> None:
    """A file for each curve: seconds, and where memory was measured, mebibytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    for curve, (title, counted) in _NAMES.items():
        found = [each for each in points if each.curve == curve and each.seconds is not None]
        if not found:
            continue
        with_memory = any(each.memory for each in found) and curve != "placing"
        with mpl.rc_context(_LOOK):
            figure = Figure(figsize=(8.4 if with_memory else 4.6, 3.4), layout="constrained", facecolor="white")
            axes = figure.subplots(1, 2 if with_memory else 1, squeeze=False)[0]
            names = list(dict.fromkeys(each.series for each in found))
            for name, colour, marker in zip(names, _COLOURS, _MARKERS, strict=False):
                own = [each for each in found if each.series == name]
                style = {"color": colour, "marker": marker, "markersize": 4, "linewidth": 1.2, "label": name}
                sizes = [each.size for each in own]
                axes[0].loglog(sizes, [each.seconds for each in own], **style)
                if with_memory:
                    axes[1].loglog(sizes, [(each.memory or 0) / (1 << 20) for each in own], **style)
            axes[0].set(title=title, xlabel=counted, ylabel="seconds")
            if with_memory:
                axes[1].set(title="largest process", xlabel=counted, ylabel="MiB")
            axes[0].legend(frameon=False)
            figure.savefig(picture(curve), metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    draw(read())
