"""The reader against a C compiler (values and types) and against pcpp (expansion)."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pcpp import Preprocessor

from tests.reading.compiler import PRELUDE, gcc, run, shown
from verifier.layout.define import Define, Number
from verifier.reading.c_directives import DirectiveReader
from verifier.reading.c_header import read_header
from verifier.reading.c_tokens import NAME, Token, tokenize

DATA = Path(__file__).parent / "data"
FILES = ["layout.h", "traps.h"]
KINDS = {"int": (32, True), "unsigned": (32, False), "long": (64, True), "unsigned long": (64, False)}


def statement(define: Define) -> str:
    if isinstance(define.value, Number):
        return f"SHOW({define.name});"
    return (
        f'{{ unsigned long long list[] = {define.name}; printf("%llu", sizeof list / 8ULL);'
        f' for (int i = 0; i < sizeof list / 8; i++) printf(" %llu", list[i]); printf("\\n"); }}'
    )


def said(define: Define) -> str:
    if isinstance(define.value, Number):
        return shown(define.value)
    return " ".join(str(number) for number in (len(define.value), *(item.value for item in define.value)))


@pytest.mark.parametrize("name", FILES)
def test_values_and_types_are_the_compilers(name: str, tmp_path: Path) -> None:
    header = read_header((DATA / name).read_bytes(), name)
    assert len(header.defines) >= 34
    lines = run(tmp_path, map(statement, header.defines), before=f'#include "{DATA / name}"')
    assert dict(zip(header.defines, lines, strict=True)) == {
        define: said(define) for define in header.defines
    }


@pytest.mark.parametrize("name", FILES)
def test_names_and_first_lines_are_the_compilers(name: str, tmp_path: Path) -> None:
    source = f'{PRELUDE}#include "{DATA / name}"\n'
    found: dict[str, int] = {}
    line, inside = 0, False
    for text in gcc(tmp_path, source, "-E", "-dD", "-w").stdout.split("\n"):
        if marker := re.match(r'# (\d+) "([^"]*)"', text):
            line, inside = int(marker[1]), marker[2].endswith(name)
            continue
        if inside and (macro := re.match(r"#(define|undef) (GUEST_\w+)(?![\w(])", text)):
            found[macro[2]] = found.get(macro[2], line) if "SAME" in macro[2] else line
        line += 1
    header = read_header((DATA / name).read_bytes(), name)
    ours = {define.name: define.origin.line for define in header.defines}
    assert ours | {name: origin.line for name, origin in header.others} == found


def test_traps_say_what_they_are_worth() -> None:
    data = (DATA / "traps.h").read_bytes()
    wanted = re.findall(
        r"^// (GUEST_\w+) = (.*?) (int|unsigned|long|unsigned long|list)$", data.decode(), re.MULTILINE
    )
    assert len(wanted) >= 140
    found = {define.name: define.value for define in read_header(data, "traps.h").defines}
    for name, value, kind in wanted:
        number = found.pop(name)
        if isinstance(number, tuple):
            assert [int(text, 0) for text in value.strip("{} ").split(",")] == [item.value for item in number]
        else:
            assert (int(value, 0), *KINDS[kind]) == (number.value, number.bits, number.signed), name
    assert not found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("view", ["tools", "xen"])
def test_expansions_are_those_of_pcpp(name: str, view: str) -> None:
    text = known_to_pcpp((DATA / name).read_bytes().decode().replace("\r\n", "\n"))
    reader = DirectiveReader("arm64", view, {})
    reader.read(text.encode(), name)
    theirs = pcpp_expansions(text, "__XEN_TOOLS__" if view == "tools" else "__XEN__")
    ours = {}
    for macro in list(reader.names.table.values()):
        if macro.name.startswith("GUEST_") and macro.parameters is None:
            tokens = reader.expander.expand([Token(NAME, macro.name, 1, False)])
            ours[macro.name] = [token.text for token in tokens]
    assert ours == {macro: texts(text) for macro, text in theirs.items()}


def texts(text: str) -> list[str]:
    return [token.text for token in tokenize(text, "oracle", 1)]


UNKNOWN_TO_PCPP = {
    "GUEST_SPLICED_NAME": "ends the name at the splice",
    "GUEST_SPLICED_DIRECTIVE": "ends the directive's name at the splice",
    "GUEST_FORM_FEED": "does not take a form feed for white space",
    "GUEST_DIGRAPH": "knows no digraphs",
    "GUEST_DIGRAPH_PASTE": "knows no digraphs",
    "GUEST_NO_SPACE": "wants white space after the name",
    "GUEST_OBJECT_PASTE": "knows ## in function-like macros only",
    "GUEST_IF_ULL": "cannot read the suffix ULL",
    "GUEST_IF_DEFINED_MACRO": "refuses `defined` from a macro",
    "GUEST_IF_MODULO": "rounds down in division",
    "GUEST_SKIPPED_TEXT": "looks for comments in quotes of skipped lines",
}


def known_to_pcpp(text: str) -> str:
    """The traps without those that pcpp cannot read at all; each ends where the next begins."""
    head, *traps = re.split(r"(?m)^(?=// GUEST_)", text)
    return head + "".join(trap for trap in traps if trap.split()[1] not in UNKNOWN_TO_PCPP)


class Quiet(Preprocessor):  # type: ignore[misc]
    def on_error(self, file: str, line: int, message: str) -> None:
        raise AssertionError(f"{file}:{line}: {message}")


def pcpp_expansions(text: str, view: str) -> dict[str, str]:
    """What pcpp makes of the GUEST_ macros; its values are not used, it reads ULL wrongly."""
    other = Quiet()
    other.line_directive = None
    for line in (f"{view} 1", "__aarch64__ 1", "__GNUC__ 12"):
        other.define(line)
    for line in (
        "__xen_mk_ullong(x) x ## ULL",
        "xen_mk_ullong(x) __xen_mk_ullong(x)",
        "UINT64_C(x) x ## ULL",
    ):
        other.define(line)
    other.parse(text, "oracle")
    other.write(io.StringIO())
    return {
        name: "".join(token.value for token in other.expand_macros(other.tokenize(name)))
        for name, macro in list(other.macros.items())
        if name.startswith("GUEST_") and macro.arglist is None
    }
