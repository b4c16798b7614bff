"""Names as nobody should choose them, in every field of a sheet."""

from __future__ import annotations

from verifier.layout.finding import Assumption, Cite
from verifier.layout.sheet import Mark, Part, Place, Row, Sheet, Topic

TEXTS = (
    "</details>",
    "</summary></details>",
    "]]>",
    "<script>alert(1)</script>",
    "<!--",
    "&lt;&#64;",
    "a|b",
    "a\\|b\\",
    "line\n\nbreak\n# heading",
    "\r::error::x",
    "%0A::error::y",
    "::set-output name=a::b",
    "##[error]z",
    "a:b,c=d%e",
    "\x1b[31m\x00\x07\x7f\x85",
    "\u202eevil\u2066\u2028",
    "\ud800\udcff\uffff\ufffe",
    "```````\n```",
    "```````",
    "`code` ``",
    "@everyone a@example.org",
    "#12 !34",
    "[x](http://evil.example) ![i](http://evil.example/i.png)",
    "[x]: http://evil.example",
    "https://evil.example www.evil.example",
    "**b** _i_ ~~s~~ $m$",
    "ünïcödé 漢字 🙂",
    "",
    " ",
)
VERDICTS = ("proved", "refuted", "unknown", "not-applicable", "waived")


def _row(verdict: str, severity: str, text: str) -> Row:
    return Row(
        "no-overlap",
        verdict,
        severity,
        (text, f"other {text}"),
        f"begin {text} end",
        (f"detail {text}", text),
        (text, text),
        f"example {text}",
        (f"write {text}",),
        Place(f"dir/{text}.h", 3),
        (Mark(text, 0x1000, 0x3000, Place(text, 4)), Mark("GUEST_X", 0x2000, 1 << 48)),
        f"accepted by {text}" if verdict == "waived" else "",
    )


def hostile(text: str) -> Sheet:
    """Every verdict of both severities, in two parts, with the text everywhere."""
    rows = tuple(_row(verdict, severity, text) for verdict in VERDICTS for severity in ("error", "advice"))
    topic = Topic("no-overlap", text, text, text, (Cite(text, text),))
    parts = tuple(
        Part(
            f"patch {number} {text}",
            f"{text}: refuted",
            "refuted",
            rows,
            (text, f"note {text}"),
            (f"note {text}",),
        )
        for number in (1, 2)
    )
    return Sheet(
        "check",
        text,
        f"{text}: refuted",
        "refuted",
        (topic,),
        parts,
        (Assumption("id", text, text),),
        "z3",
    )
