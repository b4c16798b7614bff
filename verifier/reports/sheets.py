"""The formats that are made of a sheet: one module of this folder each, by the name of the format."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from verifier.layout.errors import InputError
from verifier.layout.units import one_line

if TYPE_CHECKING:
    from verifier.layout.sheet import Sheet  # every command knows the formats, and few make one

FORMATS = ("sarif", "junit", "codequality", "github", "markdown")


def render(kind: str, sheet: Sheet) -> str:
    """The sheet in one of `FORMATS`. Names in it come from mails and files: no control character gets through."""
    text: str = import_module(f"verifier.reports.{kind}").render(clean(sheet))
    return text


def render_error(kind: str, command: str, fault: InputError) -> str:
    """What stands there instead where the input could not be read."""
    file = None if fault.file is None else one_line(fault.file)
    told = InputError(one_line(fault.message), file, fault.line)
    text: str = import_module(f"verifier.reports.{kind}").render_error(command, told)
    return text


def clean(value: Any) -> Any:
    """The value with every string in it on one line, and so without control characters."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, tuple):
        return tuple(clean(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: clean(getattr(value, each.name)) for each in fields(value)})
    return value
