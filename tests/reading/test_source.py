"""What SOURCE is, its content tells; what reading it took for granted is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.layout.errors import InputError
from verifier.layout.layout import Layout
from verifier.reading.models import parse
from verifier.reading.request import Request, load
from verifier.reading.source import open_source
from verifier.reading.toml_file import TomlFile

MODEL = """\
format = "xen-layout-model/1"
kind = "proposal"
release = "4.22"

[defines]
GUEST_FOO_BASE = 0x5000000
GUEST_FOO_SIZE = "GUEST_GICD_SIZE * 2"
"""


def layout_of(tmp_path: Path, text: str, name: str = "layout") -> Layout:
    path = tmp_path / name
    path.write_text(text)
    return open_source(str(path)).layout()


@pytest.mark.parametrize("name", ["layout", "layout.toml", "layout.h", "layout.patch"])
def test_a_model_is_one_whatever_its_name(tmp_path: Path, name: str) -> None:
    layout = layout_of(tmp_path, MODEL, name)
    region = next(region for region in layout.regions if region.name == "GUEST_FOO")
    assert (region.start, region.end, region.kind) == (0x5000000, 0x5002000, "other")
    assert (region.origin.file, region.origin.line) == (str(tmp_path / name), 6)
    assert layout.number("GUEST_RAM1_SIZE") == 0xFE00000000


@pytest.mark.parametrize(
    ("line", "message", "number"),
    [
        ('kind = "proposals"', 'kind is "proposals", neither "release" nor "proposal"', 2),
        ("kind = 7", '"kind" is an integer, not a string', 2),
        ("relase = 1", 'unknown key "relase"; did you mean "release"', 2),
        (
            "xyzzy = 1",
            'unknown key "xyzzy"; known are format, kind, tags, release, title, source, commits, defines, remove',
            2,
        ),
        ('kind = "proposal"', 'a proposal needs the key "release"', 2),
        ('kind = "release"', 'a release needs the key "tags"', 2),
        ('kind = "release"\ntags = [4]', '"tags" is not a list of strings', 3),
    ],
)
def test_faults_of_models_have_a_line(line: str, message: str, number: int) -> None:
    text = f'format = "xen-layout-model/1"\n{line}\n[defines]\n'
    with pytest.raises(InputError) as caught:
        parse(TomlFile(text, "m.toml"), "m")
    assert (caught.value.message, caught.value.file, caught.value.line) == (message, "m.toml", number)


@pytest.mark.parametrize(
    ("define", "message", "line"),
    [
        (
            "GUEST_FOO_BASE = -1",
            '"GUEST_FOO_BASE" is neither a number from 0, a C expression in quotes, nor a list of those',
            7,
        ),
        (
            "GUEST_FOO_BASE = true",
            '"GUEST_FOO_BASE" is neither a number from 0, a C expression in quotes, nor a list of those',
            7,
        ),
        (
            "GUEST_FOO_BASE = 1.5",
            '"GUEST_FOO_BASE" is neither a number from 0, a C expression in quotes, nor a list of those',
            7,
        ),
        ('"GUEST FOO" = 1', '"GUEST FOO" is no macro name', 7),
    ],
)
def test_faults_of_defines_have_a_line(define: str, message: str, line: int) -> None:
    text = (
        'format = "xen-layout-model/1"\nkind = "proposal"\nrelease = "4.22"\n\n[defines]\nGUEST_BAR_BASE = 1\n'
        + define
    )
    with pytest.raises(InputError) as caught:
        parse(TomlFile(text, "m.toml"), "m")
    assert (caught.value.message, caught.value.line) == (message, line)


def test_a_model_may_remove_what_is_there(tmp_path: Path) -> None:
    model = MODEL.replace("\n[defines]", '\nremove = ["GUEST_MAX_VCPUS"]\n[defines]')
    assert layout_of(tmp_path, model).number("GUEST_MAX_VCPUS") is None
    with pytest.raises(InputError, match=r'"GUEST_NONE" is to be removed but 4\.22 does not define it'):
        layout_of(tmp_path, model.replace("GUEST_MAX_VCPUS", "GUEST_NONE"))


def test_a_define_that_refers_to_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="GUEST_NONE_SIZE"):
        layout_of(tmp_path, MODEL.replace("GUEST_GICD_SIZE", "GUEST_NONE_SIZE"))


@pytest.mark.parametrize(
    ("options", "release", "baseline"),
    [
        ({"source": "xen-4.15"}, "4.15.7", "4.15.7"),
        ({"source": "xen-4.15", "xen": "4.22"}, "4.22.0", "4.15.7"),
        ({"source": "xen-4.15", "base": "xen-4.4"}, "4.15.7", "4.4.4"),
        ({"source": "HEADER"}, "head", "head"),
        ({"source": "HEADER", "xen": "xen-4.16"}, "4.16.7", "4.16.7"),
        (
            {"source": "HEADER", "base": "4.5"},
            "head",
            "4.5.5",
        ),  # what is compared with is not the Xen assumed
        ({"source": "HEADER", "xen": "4.16", "base": "4.5"}, "4.16.7", "4.5.5"),
        ({"source": "HEADER", "base": "HEADER"}, "head", "HEADER"),
        ({"source": "rfc-2021-safe-range"}, "4.15.0", "4.15.0"),
        ({"source": "rfc-2021-safe-range", "xen": "4.16"}, "4.16.7", "4.16.7"),
    ],
)
def test_release_and_baseline(tmp_path: Path, options: dict[str, str], release: str, baseline: str) -> None:
    header = tmp_path / "h.h"
    header.write_text("#define GUEST_FOO_BASE 1\n#define GUEST_FOO_SIZE 1\n")
    named = {key: value.replace("HEADER", str(header)) for key, value in options.items()}
    loaded = load(Request(**named))  # type: ignore[arg-type]  # all are strings here
    assert loaded.facts.release == release
    assert loaded.baseline_release == baseline.replace("HEADER", str(header))


def test_what_was_taken_for_granted_is_listed(tmp_path: Path) -> None:
    header, xen = tmp_path / "h.h", tmp_path / "xen.h"
    header.write_text("#define GUEST_FOO_BASE xen_mk_ullong(1)\n#define GUEST_FOO_SIZE 1\n")
    xen.write_text('#include "xen-compat.h"\n#define xen_mk_ullong(x) x ## ULL\n')
    alone = {each.id: each for each in load(Request(str(header))).assumptions}
    assert "macro-xen-mk-ullong" in alone
    given = {each.id: each for each in load(Request(str(header), companions=(str(xen),))).assumptions}
    assert "macro-xen-mk-ullong" not in given
    assert given["unread-xen-compat-h"].source == "included at xen.h:1"
    assert {"ipa-bits", "gicv2-vcpus"} <= set(given)
