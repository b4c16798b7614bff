"""All modelled values, and Debian's real header, against a C compiler and against pcpp.

The compiler evaluates the macros; pcpp expands them and Python adds up what is left, which for these
layouts is numbers and plus signs. Neither shares code with the reader.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pcpp import Preprocessor

from tests.models.debian import Debian
from tests.reading.compiler import run
from tests.reading.test_c_oracles import said, statement
from verifier.layout.define import Define
from verifier.reading import models
from verifier.reading.source import open_source

NAMES = [f"xen-{model.tags[-1]}" for model in models.releases()] + [
    model.name for model in models.proposals()
]


def header_of(name: str) -> str:
    """The model as a header, numbers spelled as the real one does."""
    model = models.proposal(name) if models.has_proposal(name) else models.release(models.tag_of(name))
    base = models.release(models.tag_of(model.release)).replacements if model.release else {}
    lines = []
    for macro, (text, _) in {**base, **model.replacements}.items():
        spelled = re.sub(r"^(0x[0-9a-f]+)ULL$", r"xen_mk_ullong(\g<1>)", text)
        lines.append(f"#define {macro} {spelled}")
    return "\n".join(lines) + "\n"


def compiled(text: str, defines: list[Define], folder: Path) -> dict[str, str]:
    (folder / "model.h").write_text(text)
    lines = run(folder, map(statement, defines), before=f'#include "{folder / "model.h"}"')
    return dict(zip((define.name for define in defines), lines, strict=True))


def expanded(text: str, defines: list[Define]) -> dict[str, list[int]]:
    """What pcpp makes of each macro, added up."""
    reader = Preprocessor()
    reader.line_directive = None
    for macro in (
        "__XEN_TOOLS__ 1",
        "__aarch64__ 1",
        "__xen_mk_ullong(x) x ## ULL",
        "xen_mk_ullong(x) __xen_mk_ullong(x)",
    ):
        reader.define(macro)
    reader.parse(text, "model.h")
    reader.write(io.StringIO())
    found = {}
    for define in defines:
        tokens = reader.expand_macros(reader.tokenize(define.name))
        plain = "".join(token.value for token in tokens).strip("{} ()")
        found[define.name] = [
            sum(int(term.strip(" ()").removesuffix("ULL"), 0) for term in item.split("+"))
            for item in plain.split(",")
        ]
    return found


def numbers(define: Define) -> list[int]:
    return [each.value for each in (define.value if isinstance(define.value, tuple) else (define.value,))]


def agree(text: str, defines: list[Define], folder: Path) -> None:
    assert compiled(text, defines, folder) == {define.name: said(define) for define in defines}
    assert expanded(text, defines) == {define.name: numbers(define) for define in defines}


@pytest.mark.parametrize("name", NAMES)
def test_models(name: str, tmp_path: Path) -> None:
    defines = list(open_source(name).layout().defines.values())
    assert len(defines) >= 11
    agree(header_of(name), defines, tmp_path)


def test_debians_header(debian: Debian, tmp_path: Path) -> None:
    defines = list(open_source(str(debian.header)).layout().defines.values())
    assert len(defines) >= 40
    text = debian.header.read_text()
    # the compiler sees the real file, but not the structures in it, which need other headers
    kept = "\n".join(
        line
        for line in text.splitlines()
        if re.match(r"#\s*(define\s+\w*GUEST_\w+(?!\()\s|if|el|endif)", line)
    )
    agree(kept, defines, tmp_path)
