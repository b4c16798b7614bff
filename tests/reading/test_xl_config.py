"""The syntax of xl's configurations: what is read, and what is said of what is not."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest

from tests.reading import xl_texts
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.xl_config import MOST_BYTES, Settings, Text, Value, Values, parse


def read(text: str) -> Settings:
    return parse(text.encode(), "guest.cfg")


def plain(value: Value) -> object:
    return value.text if isinstance(value, Text) else [plain(item) for item in value.items]


def values(text: str) -> dict[str, object]:
    return {name: plain(setting.value) for name, setting in read(text).latest.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("\n\n;;\n", {}),
        ("# nothing\n", {}),
        ("memory = 512", {"memory": "512"}),
        ("a=0x1f;b=010 ; c.d_1 = '7'\n", {"a": "0x1f", "b": "010", "c.d_1": "7"}),
        ('name = "it\'s"\n', {"name": "it's"}),
        ("name = 'a \"b\" \\'c\\' \\\\ \\n'", {"name": "a \"b\" 'c' \\ \n"}),
        ("a = []\nb=[\n]", {"a": [], "b": []}),
        ("a = [ 1,\n  # two\n  '2', [ 3, ], ] # done\nb=1\n", {"a": ["1", "2", ["3"]], "b": "1"}),
        ("a = 1\na = [2]\n", {"a": ["2"]}),
        ("a = 'x'\na += 'y'\na += 1\n", {"a": "xy1"}),
        ("a = [1]\na += [2, [3]]\n", {"a": ["1", "2", ["3"]]}),
        ("a = [1]\na = [2]\na += [3]\n", {"a": ["2", "3"]}),
        ("a += 1\n", {"a": "1"}),
        ("a = '\\0123'", {"a": ""}),
        ("a = 1\n'", {"a": "1"}),
    ],
)
def test_values(text: str, expected: dict[str, object]) -> None:
    assert values(text) == expected


def test_places() -> None:
    settings = read("# first\nmemory = 1\n\niomem = [ 'a',\n 'b' ]\nmemory = 2 ; vcpus = 3\n")
    assert [(each.name, each.origin.line) for each in settings.statements] == [
        ("memory", 2),
        ("iomem", 4),
        ("memory", 6),
        ("vcpus", 6),
    ]
    assert settings.latest["memory"].origin == Origin("guest.cfg", 6)
    iomem = settings.latest["iomem"].value
    assert isinstance(iomem, Values)
    assert [item.origin.line for item in iomem.items] == [4, 5]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\nmemory 512\n", 2, 'column 8: "512" where xl expects "=" or "+=" behind "memory"'),
        ("a = \n", 1, 'column 5: end of line where xl expects a string, a number or "["'),
        ("a = b", 1, 'column 5: "b" where xl expects a string, a number or "["'),
        ("a = 1 b = 2", 1, 'column 7: "b" where xl expects the end of a line or ";"'),
        (
            "a = 12M\n",
            1,
            'column 7: "M" stands for nothing here; names and hexadecimal digits are lower case',
        ),
        ("a = 12m", 1, 'column 7: "m" where xl expects the end of a line or ";"'),
        ("= 1", 1, 'column 1: "=" where xl expects a name in lower case'),
        (
            "a = -1\n",
            1,
            'column 5: "-" stands for nothing here; xl reads no Python, and numbers have no sign',
        ),
        ("a = [1\n,2", 2, 'column 3: end of file where xl expects "," or "]"'),
        ("a = [,]", 1, 'column 6: "," where xl expects a value or "]"'),
        ("a = [1,,2]", 1, 'column 8: "," where xl expects a value or "]"'),
        ("a = [1 2]", 1, 'column 8: "2" where xl expects "," or "]"'),
        ("a = [1;2]", 1, 'column 7: ";" where xl expects "," or "]"'),
        ("a = ]", 1, 'column 5: "]" where xl expects a string, a number or "["'),
        ("a = 'x\n'", 1, "column 5: the string that begins with ' has no end in its line"),
        ("a = '\\x41'\n", 1, 'column 5: xl knows no "\\x" in a string'),
        ("a = '\\q'\n", 1, 'column 5: xl knows no "\\q" in a string'),
        ("a = '\\07'\n", 1, 'column 5: "\\" and a digit need two more digits in a string'),
        ("a = 1\r\nb = 2\r\n", 1, "column 6: carriage return; xl reads no lines that end in CR LF"),
        ("a = 1 # the end", 1, "column 7: the comment has no end of line, and xl takes it for no comment"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}a = 1", 1, "column 1: character U+FEFF stands for nothing here"),
        ("a = 1\na += [2]\n", 2, 'column 1: a list cannot be added to "a", which is a string since line 1'),
        ("a = []\na += 2\n", 2, 'column 1: a string cannot be added to "a", which is a list since line 1'),
        ("a = '\0'\n", 1, "column 5: NUL in a string, at which xl aborts"),
    ],
)
def test_what_xl_refuses(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(text)
    assert (error.value.message, error.value.file, error.value.line) == (message, "guest.cfg", line)


def test_the_last_byte_may_be_anything_and_is_dropped() -> None:
    settings = read("a = 1\nmemory = 512M")
    assert plain(settings.latest["memory"].value) == "512"
    assert settings.dropped == Text("M", Origin("guest.cfg", 2))
    assert read("a = 1\n").dropped is None


def test_bytes_that_are_no_text() -> None:
    assert values_of(b"a = '\xff'\n") == {"a": "\udcff"}
    for byte in (0x80, 0xFF):
        with pytest.raises(InputError, match=f"byte {byte:#x} stands for nothing here"):
            parse(b"a = %c1\n" % byte, "guest.cfg")


def values_of(data: bytes) -> dict[str, object]:
    return {name: plain(setting.value) for name, setting in parse(data, "guest.cfg").latest.items()}


def test_any_bytes_are_read_or_refused_with_their_place() -> None:
    draw = random.Random(1)
    refused: list[tuple[InputError, int]] = []
    for seed in range(2000):
        text = xl_texts.damaged(random.Random(seed)).encode()
        place = draw.randrange(len(text) + 1)
        data = text[:place] + draw.randbytes(draw.randint(0, 4)) + text[place:]
        try:
            parse(data, "guest.cfg")
        except InputError as error:
            refused.append((error, data.count(b"\n") + 1))
    assert 500 < len(refused) < 2000
    for fault, lines in refused:
        assert fault.file == "guest.cfg"
        assert fault.line in range(1, lines + 1)
        assert fault.message.startswith("column ")


def test_a_file_is_not_too_large() -> None:
    parse(b"#" * (MOST_BYTES - 1) + b"\n", "guest.cfg")
    with pytest.raises(InputError, match=r"the file has 0x100001 \(~1.00 MiB\), which is more than 1 MiB"):
        parse(b"#" * MOST_BYTES + b"\n", "guest.cfg")


@pytest.mark.parametrize(
    "piece",
    [
        b"a+='x'\n",
        b"a+=[1]\n",
        b"a=[",
        b"a=[[],",
        b"'\\\\",
        b'a="\\012\\n',
        b"a=1;",
        b"[" * 50,
        b"\n",
        b"a" * 90 + b"=",
    ],
)
def test_no_file_takes_long(piece: bytes) -> None:
    """The work is linear: a mebibyte takes at most some seconds, here a quarter of it."""
    begun = time.process_time()
    with suppress(InputError):
        parse(piece * (MOST_BYTES // 4 // len(piece)), "guest.cfg")
    assert time.process_time() - begun < 5
