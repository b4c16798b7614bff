"""What mail does to the lines of a diff: quote marks, odd spaces, wrapped lines."""

from __future__ import annotations

import re

from verifier.layout.errors import InputError
from verifier.reading.lines import Line

MAX_LINE = 65_535
"""Characters of a line that is still looked at: as for headers."""
MAX_DEPTH = 40
"""Quote marks that are told apart; deeper quotes are taken for this deep."""

_ODD = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_NOTHING = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), "")
_SPACES = {**_ODD, **_NOTHING}
_MARKS = re.compile(r"(?: {0,2}>)+ ?|")
DIRECTIVE = re.compile(r"\s*#\s*(?:define|undef|if|ifdef|ifndef|elif|else|endif|include|error)\b")
_OPEN_DEFINE = re.compile(r"\s*#\s*define\s+GUEST_\w+\s*")
_DEFINE = re.compile(r"\s*#\s*define\b")


def clean(text: str) -> str:
    """No-break and other odd spaces as spaces, zero-width ones gone."""
    return text if text.isascii() else text.translate(_SPACES)


def depth_of(text: str) -> int:
    """How often a line is quoted."""
    marks = _MARKS.match(clean(text))
    return marks[0].count(">") if marks else 0


def continues(before: str, text: str) -> bool:
    """Whether `text` can be the rest of the wrapped line `before`: an open comment or an unfinished macro."""
    if before.rfind("/*") > before.rfind("*/"):
        return "*/" in text
    if not _DEFINE.match(before):
        return False
    code = before.partition("/*")[0]
    return code.count("(") > code.count(")") or (
        _OPEN_DEFINE.fullmatch(code) is not None and re.match(r"\(|0x|\d|xen_mk_|GUEST_|\{", text) is not None
    )


def unquoted(line: Line) -> tuple[str, str]:
    """The quote marks (and indentation of a diff), and the text behind them, odd spaces cleaned."""
    if len(line.text) > MAX_LINE:
        if re.match(r"[> ]{0,80}[-+]\s*#", line.text[:200]):
            raise too_long(line)
        return "", ""
    text = clean(line.text)
    found = _MARKS.match(text)
    end = found.end() if found else 0
    rest = text[end:]
    bare = rest.lstrip(" ")
    if bare[:2] == "@@" or (bare[:1] in {"+", "-"} and DIRECTIVE.match(bare[1:])):
        end += len(rest) - len(bare)
    return text[:end], text[end:]


def too_long(line: Line) -> InputError:
    return InputError(
        f"line of a diff is longer than {MAX_LINE} characters", line.origin.file, line.origin.line
    )


def within(text: str, prefix: str) -> str | None:
    """A line of a hunk quoted with `prefix`, None if it is quoted to another depth."""
    if len(text) > MAX_LINE:
        return None
    text = clean(text)
    if text.startswith(prefix):
        return text[len(prefix) :]
    if text.rstrip() == prefix.rstrip():
        return ""
    depth = min(prefix.count(">"), MAX_DEPTH)
    if not depth:
        return "" if not text.strip() else None
    found = re.match(r"(?: {0,2}>){%d}" % depth, text)  # noqa: UP031  # braces of both kinds
    if found is None:
        return None
    return text[found.end() :].removeprefix(" ") if prefix.endswith(" ") else text[found.end() :]


def file_path(text: str) -> str:
    return text if text == "/dev/null" else re.sub(r"^(?:[abciow]/|\./)", "", text)
