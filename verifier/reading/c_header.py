"""A C header -> its `GUEST_*` macros as numbers.

Directives are followed as C11 6.10 says, for one build: that of the tools or of the hypervisor. No
file is ever opened; the macros of other headers come from their contents, given by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from verifier.layout.define import Comment, Conditional, Define
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_builtins import ASSUMED
from verifier.reading.c_comments import group_comments
from verifier.reading.c_directives import PREFIX, DirectiveReader, base_name
from verifier.reading.c_macros import Macro, MacroError, parse_define
from verifier.reading.c_tokens import NAME, shorten, tokenize
from verifier.reading.c_values import value_of

_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_UNCHANGED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Header:
    """The `GUEST_*` object-like macros of a header in one build, and what was met on the way."""

    defines: tuple[Define, ...]
    """Those with a value at the end of the header, in order of definition, the companions' first."""
    comments: tuple[Comment, ...]
    """The comments that have at least one of `defines` on their lines or below."""
    conditionals: tuple[Conditional, ...]
    """Definitions that other builds may lack, have in place of ours, or evaluate differently."""
    others: tuple[tuple[str, Origin], ...]
    """Those whose replacement is empty or no number."""
    assumed: tuple[str, ...]
    """Macros of other headers that were used without a companion defining them, sorted."""
    unread: tuple[tuple[str, Origin], ...]
    """Files that companions include and nobody gave, and where they are included."""


def read_header(
    data: bytes,
    name: str,
    *,
    arch: str = "arm64",
    view: str = "tools",
    companions: Mapping[str, bytes] = _NOTHING,
    changes: Mapping[str, int] = _UNCHANGED,
) -> Header:
    """Read the contents of a header called `name` in origins and errors.

    `arch` is "arm64" or "arm32", `view` "tools" or "xen". `companions` are contents of headers read
    before, by file name; they serve their own `#include`s and the header's. `changes` gives macros
    other values, as `unsigned long long`. InputError with file and line for text that is not C or
    whose macros have no value; ValueError for an unknown `arch` or `view`, and for a change of a name
    that is no object-like macro or to a value not in [0, 2**64).
    """
    _check_values(changes)
    known = frozenset(base_name(file) for file in (*companions, name))
    reader = DirectiveReader(arch, view, changes, known)
    for file, content in companions.items():
        reader.read(content, file, companion=True)
    reader.read(data, name)
    _check_changes(changes, reader)
    return _result(reader, arch)


def evaluate_defines(
    replacements: Mapping[str, tuple[str, Origin]],
    *,
    arch: str = "arm64",
    changes: Mapping[str, int] = _UNCHANGED,
) -> tuple[Define, ...]:
    """Evaluate object-like macros given as name -> (replacement list, origin), in that order.

    Each must be a number or a brace list of numbers; it may use the others, in any order, and
    `xen_mk_ullong` and its like. InputError at the origin; ValueError as for `read_header`.
    """
    _check_values(changes)
    reader = DirectiveReader(arch, "tools", changes)
    for name, (text, origin) in replacements.items():
        _enter(reader, name, text, origin)
    _check_changes(changes, reader)
    macros = [reader.names.table[name] for name in replacements]
    found = [_evaluate(macro, reader, arch, strict=True) for macro in macros]
    return tuple(item for item in found if item is not None)


def _enter(reader: DirectiveReader, name: str, text: str, origin: Origin) -> None:
    """Define an object-like macro that no file holds; InputError at its origin."""
    if [(token.kind, token.text) for token in tokenize(name, origin.file, origin.line)] != [(NAME, name)]:
        raise InputError(f"'{shorten(name)}' is no macro name", origin.file, origin.line)
    try:
        reader.enter(parse_define(tokenize(f"{name} {text}", origin.file, origin.line), origin))
    except MacroError as error:
        raise InputError(str(error), origin.file, origin.line) from None


def _check_values(changes: Mapping[str, int]) -> None:
    for name, value in changes.items():
        if not 0 <= value < 1 << 64:
            raise ValueError(f"{value:#x} is no value for '{name}'; it must be in [0, 2**64)")


def _check_changes(changes: Mapping[str, int], reader: DirectiveReader) -> None:
    for name in changes:
        macro = reader.names.table.get(name)
        if macro is None or macro.builtin or macro.parameters is not None:
            raise ValueError(f"'{name}' is no object-like macro of the header")


def _result(reader: DirectiveReader, arch: str) -> Header:
    table = reader.names.table
    used = set(reader.expander.used)
    defines: list[Define] = []
    others: list[tuple[str, Origin]] = []
    for macro in table.values():
        if macro.name.startswith(PREFIX) and macro.parameters is None:
            found = _evaluate(macro, reader, arch)
            used |= reader.expander.used
            if found is None:
                others.append((macro.name, macro.origin))
            else:
                defines.append(found)
    assumed = {name for name in used & table.keys() if table[name].origin.file == ASSUMED}
    if "xen_mk_ullong" in assumed:
        assumed.discard("__xen_mk_ullong")  # its own helper
    return Header(
        tuple(defines),
        _comments(defines, reader),
        _conditionals(reader),
        tuple(others),
        tuple(sorted(assumed)),
        tuple(reader.unread.items()),
    )


def _evaluate(macro: Macro, reader: DirectiveReader, arch: str, *, strict: bool = False) -> Define | None:
    """The macro with its value, None when it is no number."""
    reader.expander.used.clear()
    value = value_of(macro, reader.expander, arch, strict=strict)
    unsure = {name for name in (*reader.expander.used, macro.name) if name in reader.names.unsure}
    if unsure:
        reader.note(macro, reader.names.behind(unsure))
    return None if value is None else Define(macro.name, value, macro.text, macro.origin, macro.previous)


def _comments(defines: list[Define], reader: DirectiveReader) -> tuple[Comment, ...]:
    result: list[Comment] = []
    for file, found in reader.scans.items():
        spans = [reader.spans[item.origin] for item in defines if item.origin.file == file]
        result += group_comments(found.comments, found.text, file, spans)
    return tuple(result)


def _conditionals(reader: DirectiveReader) -> tuple[Conditional, ...]:
    order = {file: place for place, file in enumerate(reader.scans)}
    noted = reader.conditionals
    lists = {names: tuple(sorted(names)) for names in set(noted.values())}
    found = [Conditional(name, origin, lists[names]) for (name, origin), names in noted.items()]
    return tuple(sorted(found, key=lambda item: (order[item.origin.file], item.origin.line)))
