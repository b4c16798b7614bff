"""Tokens of a configuration: where they are, and how messages show what is none."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InputError
from verifier.reading.xl_tokens import ADD, END, NAME, NEWLINE, NUMBER, STRING, Token, tokens


def read(text: str) -> list[Token]:
    return list(tokens(text, "guest.cfg"))


def test_kinds_and_places() -> None:
    text = "ab.c_1 = 'x\\'y' # of 1\n\t0f+=[2, \"z\"];\n"
    assert read(text) == [
        Token(NAME, "ab.c_1", 1, 1),
        Token("=", "=", 1, 8),
        Token(STRING, "x'y", 1, 10),
        Token(NEWLINE, "", 1, 17),
        Token(NUMBER, "0f", 2, 2),
        Token(ADD, "+=", 2, 4),
        Token("[", "[", 2, 6),
        Token(NUMBER, "2", 2, 7),
        Token(",", ",", 2, 8),
        Token(STRING, "z", 2, 10),
        Token("]", "]", 2, 13),
        Token(";", ";", 2, 14),
        Token(NEWLINE, "", 2, 15),
        Token(END, "", 3, 1),
    ]


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (Token(NAME, "a" * 40, 1, 1), '"' + "a" * 40 + '"'),
        (Token(STRING, "a" * 41, 1, 1), '"' + "a" * 37 + '..."'),
        (Token(NUMBER, "12", 1, 1), '"12"'),
        (Token(ADD, ADD, 1, 1), '"+="'),
        (Token(NEWLINE, "", 1, 1), "end of line"),
        (Token(END, "M", 1, 1), "end of file"),
    ],
)
def test_how_messages_show_a_token(token: Token, shown: str) -> None:
    assert str(token) == shown


_PYTHON = "; xl reads no Python, and numbers have no sign"
_CASE = "; names and hexadecimal digits are lower case"


@pytest.mark.parametrize(
    ("character", "said"),
    [
        *((each, f'"{each}" stands for nothing here{_PYTHON}') for each in "+-.():"),
        *((each, f'"{each}" stands for nothing here') for each in "_~!@\\|{"),
        *((each, f'"{each}" stands for nothing here{_CASE}') for each in "AFZ"),
        ("\x01", "character U+0001 stands for nothing here"),
        ("\x7f", "character U+007F stands for nothing here"),
        ("\u00c9", "character U+00C9 stands for nothing here"),
        ("\udc80", "byte 0x80 stands for nothing here"),
        ("\udcff", "byte 0xff stands for nothing here"),
        ("\udc7f", "character U+DC7F stands for nothing here"),
        ("\udd00", "character U+DD00 stands for nothing here"),
        ("\ud7ff", "character U+D7FF stands for nothing here"),
        ("\ue000", "character U+E000 stands for nothing here"),
        ("\r", "carriage return; xl reads no lines that end in CR LF"),
        ("#", "the comment has no end of line, and xl takes it for no comment"),
        ("'", "the string that begins with ' has no end in its line"),
        ('"', 'the string that begins with " has no end in its line'),
    ],
)
def test_what_stands_for_nothing(character: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        read(f"\na {character} ")
    assert (error.value.message, error.value.line) == (f"column 3: {said}", 2)


@pytest.mark.parametrize("character", ["M", "-", "\r", "'", "#", "\x7f", "\udc80", chr(0xDCFF)])
def test_the_last_byte_is_dropped(character: str) -> None:
    assert read(f"\na{character}")[-1] == Token(END, character, 2, 2)


@pytest.mark.parametrize("character", ["\x80", "\u00e9", "\u20ac", "\udc7f", "\ue000"])
def test_the_last_character_is_not_if_it_has_more_bytes(character: str) -> None:
    """The scanner sees bytes, of which only the very last has nothing behind it."""
    with pytest.raises(InputError, match=rf"character U\+{ord(character):04X} stands for nothing here"):
        read(f"a{character}")


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (r"\a\b\f\n\r\t\v", "\a\b\f\n\r\t\v"),
        (r"\"\'\\", "\"'\\"),
        (r"x\012y", "xy"),
        (r"x\01y", None),
        (r"x\0 1y", "xy"),
        (r"x\0+1y", "xy"),
        (r"x\0 +1y", "xy"),
        (r"x\0123", "x"),
        (r"x\01234", "x4"),
        (r"\7", None),
        (r"\0y12", None),
        (r"\8", None),
        (r"\x41", None),
    ],
)
def test_escapes(inner: str, text: str | None) -> None:
    """xlu__cfgl_dequote reads behind a digit three characters with strtoul, base 10, and drops what it read."""
    if text is None:
        with pytest.raises(InputError):
            read(f'"{inner}"')
    else:
        assert read(f'"{inner}"')[0] == Token(STRING, text, 1, 1)
