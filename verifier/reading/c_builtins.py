"""Macros that the compiler or other headers of Xen define, and names known to be no macros."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from verifier.layout.origin import Origin
from verifier.reading.c_macros import Macro, parse_define
from verifier.reading.c_tokens import scan

ASSUMED = "<assumed>"
"""File named in the origin of a macro that another header of Xen or C would bring."""

_COMPILER = """\
#define __GNUC__ 12
#define __STDC__ 1
#define __STDC_VERSION__ 201112L
"""
# Xen, xen/include/public/xen.h: the number gets the suffix ULL outside of assembly; C11 7.20.4 for the rest
_HEADERS = """\
#define __xen_mk_ullong(x) x ## ULL
#define xen_mk_ullong(x) __xen_mk_ullong(x)
#define INT8_C(x) x
#define INT16_C(x) x
#define INT32_C(x) x
#define INT64_C(x) x ## LL
#define INTMAX_C(x) x ## LL
#define UINT8_C(x) x
#define UINT16_C(x) x
#define UINT32_C(x) x ## U
#define UINT64_C(x) x ## ULL
#define UINTMAX_C(x) x ## ULL
"""
_ARCHES = {"arm64": "__aarch64__", "arm32": "__arm__"}
_VIEWS = {"tools": "__XEN_TOOLS__", "xen": "__XEN__"}
_NEVER = {"__ASSEMBLY__", "__ASSEMBLER__", "__STRICT_ANSI__", "__cplusplus"}
_NEVER |= {"__i386__", "__x86_64__", "__riscv"}


@cache
def builtin_macros(arch: str, view: str) -> tuple[Macro, ...]:
    """The macros of a build for "arm64" or "arm32", of the "tools" or of "xen"; ValueError."""
    _check(arch, view)
    chosen = f"#define {_ARCHES[arch]} 1\n#define {_VIEWS[view]} 1\n"
    return (*_macros(_COMPILER + chosen, "<predefined>"), *_macros(_HEADERS, ASSUMED))


@cache
def never_defined(arch: str, view: str) -> frozenset[str]:
    """The names that no such build defines; ValueError."""
    _check(arch, view)
    others = {*_ARCHES.values(), *_VIEWS.values()} - {_ARCHES[arch], _VIEWS[view]}
    return frozenset(_NEVER | others)


def _check(arch: str, view: str) -> None:
    if arch not in _ARCHES:
        raise ValueError(f"arch '{arch}' is not one of {', '.join(_ARCHES)}")
    if view not in _VIEWS:
        raise ValueError(f"view '{view}' is not one of {', '.join(_VIEWS)}")


def _macros(text: str, file: str) -> list[Macro]:
    return [
        replace(parse_define(directive.tokens[1:], Origin(file, directive.line)), builtin=True)
        for directive in scan(text, file).directives
    ]
