"""Which functions and constants of Xen a hunk of code changes, and whether models/ describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from verifier.layout.change import CodeChange
from verifier.layout.origin import Origin
from verifier.reading.hunk import Hunk
from verifier.reading.toml_file import data_folder, load

UNTOLD = "the file holds functions that models describe"
"""What rests on a change of which the function cannot be told."""

_KEYWORD = re.compile(r"(?:if|for|while|switch|return|else|do|case|default|goto|sizeof|typedef)\b")
_DEFINITION = re.compile(r"[A-Za-z_][\w \t*]*?\b([A-Za-z_]\w*)[ \t]*\(")
_CALLED = re.compile(r"\b([A-Za-z_]\w*)[ \t]*\(")
_MARK = re.compile(r"\b__\w+[ \t]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)(?=[ \t]*[\w*])")
"""`__attribute__((noinline))` or `__printf(1, 2)` before a name."""
_TRIVIAL = re.compile(
    r"\s*(?:$|//.*|#\s*include\b.*|/\*(?:(?!\*/).)*(?:\*/\s*)?$|\*/\s*$|\*(?:\s(?!.*[;={}()]).*)?$)"
)
"""Blank lines, comments and includes; a line with a star in front may be an expression."""
_PROTOTYPE = re.compile(r"[A-Za-z_][\w \t*]*[\s*]\w+\([^()=]*\)(?: *__\w+)*\s*;\s*$")
_OTHER_ARCH = re.compile(r"(?:^|[/-])(?:x86|riscv|ppc|ia64)(?:$|[/_.-])")


@dataclass(frozen=True, slots=True)
class Modelled:
    """An entry of models/functions.toml."""

    files: tuple[str, ...]
    functions: tuple[str, ...]
    constants: tuple[str, ...]
    what: str


@cache
def modelled_code() -> tuple[str, tuple[Modelled, ...]]:
    """The commit that models/ describe, and what of its code they describe."""
    data = load(data_folder("models") / "functions.toml", "models/functions.toml").data
    entries = (
        Modelled(tuple(each["files"]), tuple(each["functions"]), tuple(each["constants"]), each["what"])
        for each in data["modelled"]
    )
    return data["commit"], tuple(entries)


@cache
def modelled_words() -> re.Pattern[bytes]:
    """Finds in raw bytes what a patch of modelled code must mention: a file, function or constant."""
    _, entries = modelled_code()
    words = {_base(path) for each in entries for path in each.files}
    words |= {word for each in entries for word in (*each.functions, *each.constants)}
    return re.compile(rb"|".join(re.escape(word.encode()) for word in sorted(words)))


@cache
def modelled_constants() -> tuple[str, ...]:
    """The constants that models/ describe: a definition counts in whatever file it is."""
    return tuple(sorted({name for each in modelled_code()[1] for name in each.constants}))


def may_hold_modelled(path: str) -> bool:
    """Whether a file has the base name of one with modelled code, and is not of another architecture."""
    return _base(path) in _bases() and not other_architecture(path)


def other_architecture(path: str) -> bool:
    """Whether a path of the Xen tree belongs to an architecture that is not Arm."""
    return _OTHER_ARCH.search(path) is not None


def code_changes(hunk: Hunk) -> tuple[CodeChange, ...]:
    """Every function that a hunk changes in a file with modelled code, each once, in order.

    The text behind `@@` and definitions in the first column say which function a line is in. Where
    neither does, in a file with modelled code, the function is empty and counts as modelled.
    """
    commit, entries = modelled_code()
    if hunk.paths and all(other_architecture(path) for path in hunk.paths):
        return ()
    if hunk.paths and not {_base(path) for path in hunk.paths} & _bases() and not _mentions(hunk):
        return ()
    file = hunk.paths[-1] if hunk.paths else ""
    listed = any(
        path in each.files or (path.endswith(".c") and _base(path) in _bases())
        for path in hunk.paths
        for each in entries
    )
    found: dict[str, CodeChange] = {}
    for name, origin in _changed(hunk):
        what = _described(hunk.paths, name, entries) if name else UNTOLD
        if listed or (name and what):
            found.setdefault(name, CodeChange(file, name, origin, what, commit))
    for name, origin, what in _constants(hunk, entries):
        found.setdefault(name, CodeChange(file, name, origin, what, commit))
    return tuple(found.values())


@cache
def _bases() -> frozenset[str]:
    return frozenset(_base(path) for each in modelled_code()[1] for path in each.files)


def _mentions(hunk: Hunk) -> bool:
    """Whether a changed line may define a constant."""
    changed = (line.text for line in hunk.lines if line.sign != " ")
    return any(modelled_words().search(text.encode()) for text in changed if "define" in text or "=" in text)


def _described(paths: tuple[str, ...], name: str, entries: tuple[Modelled, ...]) -> str:
    """What rests on a function, by its file or one of the same name; by itself when no file is named."""
    bases = {_base(path) for path in paths}
    fitting = [
        each.what
        for each in entries
        if name in each.functions and (not paths or bases & {_base(path) for path in each.files})
    ]
    return "; ".join(dict.fromkeys(fitting))


def _changed(hunk: Hunk) -> Iterator[tuple[str, Origin]]:
    """The function around each changed line that is not blank; "" if it cannot be told."""
    named = _CALLED.search(_MARK.sub("", hunk.section))
    function, outside = named[1] if named else "", False
    for line in hunk.lines:
        text = line.text
        if text.startswith("}"):
            if line.sign != " ":
                yield function, line.origin
            function, outside = "", True
            continue
        plain = _MARK.sub("", text).lstrip() if text[:1].strip() else text
        starts = None if text.rstrip().endswith(";") or _KEYWORD.match(text) else _DEFINITION.match(plain)
        if starts:
            function, outside = starts[1], False
        trivial = _TRIVIAL.match(text) if outside or not function else None
        if line.sign != " " and text.strip() and not trivial and not _declares(text):
            yield function, line.origin


def _declares(text: str) -> bool:
    """Whether a line is a whole prototype, in the first column: it changes no function."""
    return _PROTOTYPE.match(text) is not None and not _KEYWORD.match(text)


def _constants(hunk: Hunk, entries: tuple[Modelled, ...]) -> Iterator[tuple[str, Origin, str]]:
    """Constants that changed lines mention in their own files, or define anywhere."""
    for line in hunk.lines:
        words = set(re.findall(r"\w+", line.text)) if line.sign != " " else set()
        for each in entries if words else ():
            for name in words.intersection(each.constants):
                own = any(path in each.files for path in hunk.paths)
                if own or re.search(rf"#\s*define\s+{name}\b|\b{name}\s*=[^=]", line.text):
                    yield name, line.origin, each.what


def _base(path: str) -> str:
    return path.rpartition("/")[2]
