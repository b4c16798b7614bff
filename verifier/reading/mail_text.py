"""The text of a part of a mail as lines: character set, line ends, and what mail programs do to lines."""

from __future__ import annotations

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.lines import Line

MAX_LINES = (
    500_000  # of what may matter; each takes some 150 bytes, and the largest patches of all have 100,000
)
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"


def decoded(data: bytes, charset: str) -> str:
    """As the mail says, else UTF-8, else Latin-1, which takes any byte."""
    for name in (charset, "utf-8-sig"):
        try:
            return data.decode(name) if name else data.decode("utf-8-sig")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def refuse_many(lines: int, origin: Origin) -> None:
    """Raise InputError for more than MAX_LINES."""
    if lines > MAX_LINES:
        raise InputError(f"more than {MAX_LINES} lines, which no patch has", origin.file, origin.line)


def lines_in(text: str, origin: Origin) -> tuple[Line, ...]:
    """The lines of a text that starts at `origin`, the dash-escaping of a signed one undone.

    Raises InputError for more than MAX_LINES.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    refuse_many(text.count("\n"), origin)
    file, first = origin.file, origin.line
    texts = text.removesuffix("\n").split("\n")
    if _SIGNED in texts:
        texts = _unescaped(texts)
    return tuple(Line(each, Origin(file, number)) for number, each in enumerate(texts, first))


def _unescaped(texts: list[str]) -> list[str]:
    """Undo the dash-escaping of a message signed in clear (RFC 9580, 7.2); the signature becomes blank lines."""
    inside = signature = False
    found = []
    for text in texts:
        signature = signature or (inside and text == "-----BEGIN PGP SIGNATURE-----")
        found.append("" if signature else text.removeprefix("- ") if inside else text)
        inside = text == _SIGNED or (inside and not signature)
        signature = signature and text != "-----END PGP SIGNATURE-----"
    return found


def unflowed(lines: tuple[Line, ...], *, delete: bool) -> tuple[Line, ...]:
    """Undo format=flowed (RFC 3676, 4): stuffed spaces go, lines that end in a space continue.

    A line that only a diff can start like that is never taken for a continuation.
    """
    found: list[Line] = []
    depth = -1
    for line in lines:
        text = line.text.lstrip(">")
        quotes = len(line.text) - len(text)
        stuffed = text.startswith(" ")
        text = text.removeprefix(" ")
        before = found[-1].text if found else ""
        soft = depth == quotes and before.endswith(" ") and before.strip("> ") not in {"", "--"}
        if soft and text and not stuffed and text[0] not in "+-@" and not text.startswith("diff "):
            head = before[:-1] if delete else before
            found[-1] = Line(head + text, found[-1].origin)
        else:
            found.append(Line(">" * quotes + (" " if quotes else "") + text, line.origin))
        depth = quotes
    return tuple(found)
