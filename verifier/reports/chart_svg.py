"""A chart as an SVG file: all that is to be seen of it without a script; names in it are escaped."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from verifier.layout.chart import Chart, view
from verifier.reports.chart_shapes import AXIS, GAP, TOP, column_width, shapes
from verifier.reports.sheets import clean

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def render(chart: Chart, *, is_linear: bool = False) -> str:
    """The file, with a style of its own that follows the reader's choice of light or dark."""
    return drawing(clean(chart), style=asset("chart.css"), is_linear=is_linear) + "\n"


def drawing(chart: Chart, *, style: str = "", is_linear: bool = False) -> str:
    """The element `svg`; without a style it needs the page's."""
    from markupsafe import Markup

    drawn = shapes(chart, view(chart, chart.first), is_linear=is_linear)
    right = AXIS + len(chart.columns) * (column_width(chart) + GAP) - GAP
    module = template("chart.svg.j2").make_module({"right": right})
    text = str(module.drawing(chart, drawn, TOP, AXIS, Markup(style)))  # type: ignore[attr-defined]  # noqa: S704
    return text.strip()


def template(name: str) -> Template:
    """One of `pages`, whatever is put into it escaped."""
    return _environment().get_template(name)


@cache
def asset(name: str) -> str:
    """A file of `pages` as it is."""
    return (files("verifier.reports") / "pages" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["px"] = _px
    return made


def _px(number: float) -> str:
    """A tenth of a pixel is more than anyone sees."""
    return f"{number:.1f}".removesuffix(".0")
