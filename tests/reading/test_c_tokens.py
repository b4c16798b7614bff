"""Physical text to directives of tokens and comments."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InputError
from verifier.reading import c_tokens
from verifier.reading.c_tokens import Scan, decode, paste, scan, shorten, spell, tokenize


def read(text: str) -> Scan:
    return scan(decode(text.encode(), "t.h"), "t.h")


def words(text: str) -> list[list[str]]:
    """The texts of the tokens of each directive."""
    return [[token.text for token in directive.tokens] for directive in read(text).directives]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text, "t.h", 1)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#define A 1", [["define", "A", "1"]]),
        ("  # \t define A(x) x\n", [["define", "A", "(", "x", ")", "x"]]),
        ("#de\\\nfine A\\\nB 0x1\\\n2\n", [["define", "AB", "0x12"]]),
        ("#define A 1 \\ \t \n 2\n", [["define", "A", "1", "2"]]),
        ("#define A 1\\", [["define", "A", "1"]]),
        ("#define A 1 // b \\\n c\n#undef A", [["define", "A", "1"], ["undef", "A"]]),
        ("#define A /* b\n c */ 1\n", [["define", "A", "1"]]),
        ("/* a */ /* b\n */ # /* c */ if 1\n", [["if", "1"]]),
        ("x /* a */ # if 1\n", []),
        ("x /* a \n */ # if 1\n", []),
        ("x\\\n# if 1\n", []),
        ("// a \\\n# if 1\n", []),
        ("/* a\n# if 1\n*/", []),
        ('char a[] = "/*";\n# if 1\n"*/"', [["if", "1"]]),
        ("char a = '\"';\n# if 1\n", [["if", "1"]]),
        ("it's /* open\n# if 1\n", [["if", "1"]]),
        ("#define A '\"' /* ' */ 1\n", [["define", "A", "'\"'", "1"]]),
        ('#define A "a\\"// b" 1\n', [["define", "A", '"a\\"// b"', "1"]]),
        ("%: define A <% <: 1 :> %> %:%: x\n", [["define", "A", "{", "[", "1", "]", "}", "##", "x"]]),
        ("#\f\vdefine\fA\v1\n", [["define", "A", "1"]]),
        ("#\n# \n#", [[], [], []]),
        ("a / b // c\n#if 1", [["if", "1"]]),
        ("", []),
        ("\\", []),
        ("\\\n", []),
        ("\n\\\n#if 1", [["if", "1"]]),
    ],
)
def test_directives(text: str, found: list[list[str]]) -> None:
    assert words(text) == found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_once(end: str) -> None:
    text = end.join(["", "x", "#define A \\", " 1", "/* a", "b */", "#undef A", ""])
    directives = read(text).directives
    assert [(item.line, item.last_line) for item in directives] == [(3, 4), (7, 7)]
    assert [token.line for token in directives[0].tokens] == [3, 3, 4]
    assert [(item.line, item.last_line) for item in read(text).comments] == [(5, 6)]


def test_tokens_know_their_line_after_splices_and_comments() -> None:
    text = "#define A \\\n\\\n B /*\n\n*/ C D\\\nE \\\n F\n\\\n#if \\\n G\n"
    first, second = read(text).directives
    assert [(token.text, token.line) for token in first.tokens] == [
        ("define", 1),
        ("A", 1),
        ("B", 3),
        ("C", 5),
        ("DE", 5),
        ("F", 7),
    ]
    assert (first.line, first.last_line) == (1, 7)
    assert [(token.text, token.line) for token in second.tokens] == [("if", 9), ("G", 10)]
    assert second.line == 9


def test_comments_are_kept_wherever_they_stand() -> None:
    text = "/* a */ x // b\n#if 1 /* c */ // d\n \"/* e */\" '//' /* f\n\n g */"
    assert [(item.text, item.line, item.last_line) for item in read(text).comments] == [
        ("/* a */", 1, 1),
        ("// b", 1, 1),
        ("/* c */", 2, 2),
        ("// d", 2, 2),
        ("/* f\n\n g */", 3, 5),
    ]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("#if 1\n#endif", True),
        ("#if 1 /* a */ // b\n\n /* c */ // d\n /* e\n */ #endif", True),
        ("#if 1\nx\n#endif", False),
        ("#if 1\n/* a */ x /* b */\n#endif", False),
        ('#if 1\n""\n#endif', False),
    ],
)
def test_bare_tells_whether_code_stands_between(text: str, bare: bool) -> None:
    assert [item.bare for item in read(text).directives] == [True, bare]


def test_kinds_of_tokens() -> None:
    assert kinds("a_1 $b é 0x1e+1 .5 1.e-2 'x' L'\\'' \"s\" u8\"\" \"open") == [
        ("name", "a_1"),
        ("name", "$b"),
        ("name", "é"),
        ("number", "0x1e+1"),
        ("number", ".5"),
        ("number", "1.e-2"),
        ("char", "'x'"),
        ("char", "L'\\''"),
        ("string", '"s"'),
        ("string", 'u8""'),
        ("other", '"open'),
    ]
    assert kinds("1+2 a'b `") == [
        ("number", "1"),
        ("punctuator", "+"),
        ("number", "2"),
        ("name", "a"),
        ("other", "'b `"),
    ]
    long = [
        ">>=",
        "<<=",
        "...",
        "##",
        "->",
        "++",
        "&&",
        "||",
        "<=",
        ">=",
        "==",
        "!=",
        "<<",
        ">>",
        "+=",
        "?",
        "@",
    ]
    assert [text for _, text in kinds(" ".join(long))] == long
    assert kinds("a // b\n c /* d\n e */ f") == [("name", "a"), ("name", "c"), ("name", "f")]


def test_white_space_is_remembered_once() -> None:
    tokens = tokenize(" a  b/**/c(d , e)", "t.h", 7)
    assert spell(tokens) == "a b c(d , e)"
    assert {token.line for token in tokens} == {7}


def test_pasting_makes_one_token_or_none() -> None:
    def pasted(left: str, right: str) -> tuple[str, str] | None:
        token = paste(tokenize(left, "t.h", 1)[0], tokenize(right, "t.h", 1)[0])
        return None if token is None else (token.kind, token.text)

    assert pasted("0x1", "ULL") == ("number", "0x1ULL")
    assert pasted("a", "1") == ("name", "a1")
    assert pasted("<", "<") == ("punctuator", "<<")
    assert pasted("L", "'a'") == ("char", "L'a'")
    assert pasted("/", "/") is None
    assert pasted("/", "*") is None
    assert pasted("1", "(") is None
    assert pasted("'", "'") is None
    assert pasted("a" * 4000, "b" * 97) is None


def test_long_texts_are_cut_in_messages() -> None:
    assert shorten("a" * 60) == "a" * 60
    assert shorten("a" * 61) == "a" * 57 + "..."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbf#if 1\r\n", "#if 1\n"),
        ("/* é */".encode(), "/* é */"),
        (b"/* \xe9 */", "/* é */"),
        (b"\xef\xbb\xbf\xe9", "é"),
        (b"a\rb\r\nc\n\r", "a\nb\nc\n\n"),
    ],
)
def test_decoding(data: bytes, text: str) -> None:
    assert decode(data, "t.h") == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\n\n/* a\n", "t.h:3: error: unterminated comment"),
        (b"#define A /* a\n\n", "t.h:1: error: unterminated comment"),
        (b"#define A \\\n/* a\n\n", "t.h:2: error: unterminated comment"),
        (b"\\\n\\\n/*/", "t.h:3: error: unterminated comment"),
        (b"a\nb\0", "t.h:2: error: binary file, not a C header"),
        ("é".encode("utf-16"), "t.h:1: error: file is UTF-16, not a C header; save it as UTF-8"),
        (b"\xfe\xff\0a", "t.h:1: error: file is UTF-16, not a C header; save it as UTF-8"),
        (b"\n" + b" " * 65536, "t.h:2: error: line is longer than 65535 characters"),
        (b"#" + b"\\\n1" * 65536, "t.h:1: error: line is longer than 65535 characters"),
        (b" " * (2**20 + 1), "t.h: error: file of 1048577 bytes is too large; the limit is 1048576 bytes"),
        (b"#\n" * 26667, "t.h:26667: error: more than 80000 directives, comments, strings and tokens in all"),
        (
            b"//\n" * 26667,
            "t.h:26667: error: more than 80000 directives, comments, strings and tokens in all",
        ),
        (
            b'""\n' * 80001,
            "t.h:80001: error: more than 80000 directives, comments, strings and tokens in all",
        ),
        (
            b"#" + b"+ \\\n" * 20000 + b"\n#" + b"+ " * 30000 + b"\n#" + b"+ " * 30000,
            "t.h:20003: error: more than 80000 directives, comments, strings and tokens in all",
        ),
    ],
)
def test_refused_files(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as found:
        scan(decode(data, "t.h"), "t.h")
    assert str(found.value) == message


def test_refused_pieces_of_text() -> None:
    with pytest.raises(InputError) as found:
        tokenize("1 /* a", "m.toml", 9)
    assert str(found.value) == "m.toml:9: error: unterminated comment"
    with pytest.raises(InputError) as found:
        tokenize("1" * (c_tokens.MAX_LINE + 1), "m.toml", 9)
    assert str(found.value) == "m.toml:9: error: text is longer than 65535 characters"


def test_pieces_of_files_before_count() -> None:
    text = "#if 1\n#endif // a\n"
    assert scan(text, "t.h").pieces == 12
    assert scan(text, "t.h", c_tokens.MAX_PIECES - 12).pieces == 12
    with pytest.raises(InputError):
        scan(text, "t.h", c_tokens.MAX_PIECES - 11)
