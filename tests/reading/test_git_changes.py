"""Every commit that changes what a verdict rests on is found, with merges told once, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.reading.git_repositories import CODE, COMPANION, HEADER_TEXT, LIBXL, MAKEFILE_TEXT, Made, xen
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading import git_changes
from verifier.reading.functions import other_architecture
from verifier.reading.git import EMPTY, HEADER, MAKEFILE, Files, Repository, Version
from verifier.reading.git_changes import AT_ONCE, TEXTS_AT_ONCE, Change, changes

TOP = HEADER_TEXT.replace("0x40000000", "0x80000000")
END = HEADER_TEXT.replace("/* end */", "#define GUEST_RAM1_BASE 0x200000000ULL")
OTHER = CODE.replace("return x", "return 2")
HELPER = CODE.replace("return a", "return 2")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return xen(tmp_path / "xen")


def found(made: Made, wanted: str) -> tuple[Change, ...]:
    repository = Repository.open(str(made.folder))
    return changes(repository, repository.commits(wanted))


def functions(change: Change) -> list[str]:
    return [each.function for each in change.patch.code if each.modelled]


def test_nothing_that_matters(made: Made) -> None:
    first = made.git("rev-parse", "HEAD")
    made.commit({"README": "x\n", "xen/arch/x86/mm.c": "int f(void)\n{\n    return 1;\n}\n"})
    made.commit({"xen/arch/x86/x.h": "#define GUEST_X 1\n#define NR_MEM_BANKS 2\n"})
    made.commit({LIBXL: HELPER}, "a function that nobody models")
    made.commit({MAKEFILE: MAKEFILE_TEXT + "more: stuff\n"}, "no line of the version")
    made.commit({"a/xen.h": "x\n", "docs/arch-arm.h.txt": "x\n"}, "others of the same name")
    made.git("update-index", "--chmod=+x", LIBXL, HEADER)
    made.git("commit", "-q", "-m", "modes")
    assert found(made, f"{first}..HEAD") == ()
    assert found(made, "HEAD..HEAD") == ()


def test_a_header(made: Made) -> None:
    id_ = made.commit({HEADER: TOP})
    (change,) = found(made, "HEAD")
    assert change.commit.id == id_
    version = Version("4", "18", ".6-pre")
    assert change.before == Files(HEADER_TEXT.encode(), b"#define A 1\n", version)
    assert change.after == Files(TOP.encode(), b"#define A 1\n", version)
    assert (change.text, change.patch.code, change.doubts) == (b"", (), ())


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [(COMPANION, "#define A 2\n", "companion"), (MAKEFILE, MAKEFILE_TEXT.replace("18", "19"), "version")],
)
def test_what_goes_with_a_header(made: Made, path: str, content: str | None, field: str) -> None:
    for text in (content, None):
        made.commit({path: text})
        (change,) = found(made, "HEAD")
        assert change.before.header == change.after.header
        assert getattr(change.before, field) != getattr(change.after, field)
    assert getattr(change.after, field) is None


def test_a_root_and_a_header_that_goes(made: Made) -> None:
    (change,) = found(made, "HEAD")
    assert change.before == EMPTY
    assert change.after.header == HEADER_TEXT.encode()
    assert functions(change) == ["make_hypervisor_node"]
    made.commit({HEADER: None})
    (change,) = found(made, "HEAD")
    assert (change.before.header, change.after.header) == (HEADER_TEXT.encode(), None)


def test_a_root_with_nothing_but_a_header(tmp_path: Path) -> None:
    made = Made(tmp_path / "small")
    made.commit({HEADER: TOP})
    (change,) = found(made, "HEAD")
    assert (change.before, change.after) == (EMPTY, Files(TOP.encode(), None, None))


def test_line_ends_and_bytes_stay_as_they_are(made: Made) -> None:
    content = b"/* caf\xe9 */\r\n#define GUEST_X_BASE 1\r\n\x0c"
    made.commit({HEADER: content})
    assert found(made, "HEAD")[0].after.header == content


def test_a_function_is_named_with_its_place_in_the_tree(made: Made) -> None:
    made.commit({LIBXL: OTHER, "README": "more\n"})
    (change,) = found(made, "HEAD")
    (code,) = change.patch.code
    line = OTHER.splitlines().index("    return 2;") + 1
    assert (code.file, code.function, code.origin) == (LIBXL, "make_hypervisor_node", Origin(LIBXL, line))
    assert change.before.header == change.after.header == HEADER_TEXT.encode()
    assert change.text.startswith(f"diff --git a/{LIBXL} b/{LIBXL}\n".encode())
    assert b"README" not in change.text


def test_a_line_that_goes_has_its_place_in_the_old_file(made: Made) -> None:
    made.commit({LIBXL: "/* a */\n/* b */\n" + CODE.replace("    return x;\n", "")})
    (code,) = found(made, "HEAD")[0].patch.code
    assert code.origin == Origin(LIBXL, CODE.splitlines().index("    return x;") + 1)


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
@pytest.mark.parametrize("byte", [b"", b"\0", b"\xe9", b"\x0c", b"\x1b[31m", b"\xe2\x80\xa8"])
def test_code_with_odd_bytes(made: Made, ends: bytes, byte: bytes) -> None:
    """A file that git takes for binary, whatever attributes say, is read as text."""
    old, new = (
        text.encode().replace(b"*/\n", b"*/" + byte + b"\n").replace(b"\n", ends) for text in (CODE, OTHER)
    )
    made.commit({LIBXL: old, ".gitattributes": "*.c -diff\n"})
    made.commit({LIBXL: new})
    assert functions(found(made, "HEAD")[0]) == ["make_hypervisor_node"]


@pytest.mark.parametrize("text", ["-- x", "++ y", "@@ -1 +1 @@", "diff --git a/x b/x", "> quoted", "", " "])
def test_lines_that_look_like_a_diff(made: Made, text: str) -> None:
    made.commit({LIBXL: CODE.replace("/* 10 */", f"{text}\n/* 10 */")})
    made.commit({LIBXL: OTHER.replace("return a", "return 2").replace("/* 10 */", f"{text}+\n/* 10 */")})
    (change,) = found(made, "HEAD")
    assert "make_hypervisor_node" in functions(change)


def test_a_modelled_file_that_moves_goes_and_comes(made: Made) -> None:
    """Under its new name no later change would be seen, so the move itself must not pass."""
    made.commit({LIBXL: None, "tools/libs/light/new_name.c": CODE})
    (change,) = found(made, "HEAD")
    assert functions(change) == ["make_hypervisor_node"]
    made.commit({"tools/libs/light/new_name.c": None, "tools/elsewhere/libxl_arm.c": CODE})
    (change,) = found(made, "HEAD")
    assert functions(change) == ["make_hypervisor_node"]
    made.commit({"tools/elsewhere/libxl_arm.c": OTHER})
    assert functions(found(made, "HEAD")[0]) == ["make_hypervisor_node"]


def test_a_modelled_file_that_becomes_a_link(made: Made) -> None:
    (made.folder / LIBXL).unlink()
    (made.folder / LIBXL).symlink_to("other.c")
    made.commit({})
    assert "make_hypervisor_node" in functions(found(made, "HEAD")[0])
    (made.folder / LIBXL).unlink()
    (made.folder / LIBXL).symlink_to("another.c")
    made.commit({})
    assert functions(found(made, "HEAD")[0]) == [""]


def test_macros_in_files_of_any_name(made: Made) -> None:
    made.commit({"xen/include/xen/any.h": "#define NR_MEM_BANKS 8\n"})
    assert functions(found(made, "HEAD")[0]) == ["NR_MEM_BANKS"]
    made.commit({"xen/include/xen/any.h": "#define NR_MEM_BANKS 8\n# undef GUEST_RAM0_BASE\n"})
    (change,) = found(made, "HEAD")
    made.commit({"xen/include/xen/other.h": b"\0\n#define NR_MEM_BANKS 9\n"}, "binary, says git")
    assert functions(found(made, "HEAD")[0]) == ["NR_MEM_BANKS"]
    assert [str(note) for note in change.patch.elsewhere] == [
        "xen/include/xen/any.h:2: GUEST_RAM0_BASE changes in xen/include/xen/any.h"
    ]


@pytest.mark.parametrize(
    "folder", ["public", "xen/arch/arm", 'odd "\t\n\x1b\\', "--output=x", ":(exclude)xen", "é"]
)
def test_a_header_and_code_in_hostile_places(made: Made, folder: str) -> None:
    made.commit({f"{folder}/arch-arm.h": TOP, f"{folder}/libxl_arm.c": CODE})
    (change,) = found(made, "HEAD")
    assert [note.doubt for note in change.doubts] == [True]
    assert "\n" not in change.doubts[0].text
    assert functions(change) == ["make_hypervisor_node"]
    assert not list(made.folder.rglob("=x"))


def test_a_header_that_moves_is_told(made: Made) -> None:
    made.commit({HEADER: None, "new/arch-arm.h": HEADER_TEXT})
    (change,) = found(made, "HEAD")
    assert change.after.header is None
    assert change.doubts[0].text == f"new/arch-arm.h changes, and {HEADER} is the header that is read"
    made.commit({"new/arch-arm.h": TOP})
    (change,) = found(made, "HEAD")
    assert len(change.doubts) == 1
    made.git("reset", "-q", "--hard", "HEAD~1")
    repository = Repository.open(str(made.folder), header="new/arch-arm.h")
    (change,) = changes(repository, repository.commits("HEAD"))
    assert (change.before.header, change.after.header) == (None, HEADER_TEXT.encode())


def test_only_other_architectures_are_not_looked_through() -> None:
    for spec in git_changes._OTHERS:
        folder = re.fullmatch(r":\(exclude,glob\)\*\*/([\w-]+)/\*\*", spec)
        assert folder
        assert other_architecture(f"{folder[1]}/x.h")
        assert other_architecture(f"a/{folder[1]}/b/x.h")


# --- merges


def branches(made: Made, side: dict[str, str | bytes | None], main: dict[str, str | bytes | None]) -> str:
    """A commit on each of two branches; the id of where they part."""
    first = made.git("rev-parse", "HEAD")
    made.branch("side", "main")
    made.commit(side, "side")
    made.git("checkout", "-q", "main")
    made.commit(main, "main")
    return first


def subjects(changes: tuple[Change, ...]) -> set[str]:
    return {change.commit.subject for change in changes}


def test_a_merge_of_what_only_one_side_changed_is_told_once(made: Made) -> None:
    first = branches(made, {HEADER: TOP, COMPANION: "x\n", LIBXL: OTHER}, {"README": "x\n"})
    made.merge("side")
    assert subjects(found(made, f"{first}..HEAD")) == {"side"}


def test_a_merge_of_two_changes_of_a_header_is_a_third_header(made: Made) -> None:
    first = branches(made, {HEADER: TOP}, {HEADER: END})
    made.merge("side")
    told = found(made, f"{first}..HEAD")
    assert subjects(told) == {"side", "main", "merge side"}
    merge = told[-1]
    assert merge.before.header == END.encode()
    assert merge.after.header == END.replace("0x40000000", "0x80000000").encode()


def test_a_header_of_one_side_with_the_companion_of_the_other(made: Made) -> None:
    first = branches(made, {HEADER: TOP}, {COMPANION: "#define A 2\n"})
    made.merge("side")
    told = found(made, f"{first}..HEAD")
    assert subjects(told) == {"side", "main", "merge side"}
    assert told[-1].after == Files(TOP.encode(), b"#define A 2\n", Version("4", "18", ".6-pre"))


def test_a_merge_that_drops_a_side_is_its_parent_again(made: Made) -> None:
    first = branches(made, {HEADER: TOP, LIBXL: OTHER}, {"README": "x\n"})
    made.merge("side", {})
    assert subjects(found(made, f"{first}..HEAD")) == {"side"}


def test_what_a_merge_adds_of_its_own(made: Made) -> None:
    first = branches(made, {"a": "x\n"}, {"b": "x\n"})
    made.merge("side", {HEADER: TOP, LIBXL: OTHER})
    (change,) = found(made, f"{first}..HEAD")
    assert change.commit.subject == "merge side by hand"
    assert (change.before.header, change.after.header) == (HEADER_TEXT.encode(), TOP.encode())
    assert functions(change) == ["make_hypervisor_node"]


def test_code_of_both_sides_is_told_by_the_sides(made: Made) -> None:
    first = branches(made, {LIBXL: OTHER}, {LIBXL: HELPER})
    made.merge("side")
    assert subjects(found(made, f"{first}..HEAD")) == {"side"}  # the merge differs from main by that
    made.commit({LIBXL: CODE})
    second = branches_again(made)
    made.merge("second", {LIBXL: CODE.replace("return x", "return 4")})
    assert subjects(found(made, f"{second}..HEAD")) == {"one", "two", "merge second by hand"}


def branches_again(made: Made) -> str:
    first = made.git("rev-parse", "HEAD")
    made.branch("second", "main")
    made.commit({LIBXL: OTHER}, "two")
    made.git("checkout", "-q", "main")
    made.commit({LIBXL: CODE.replace("return x", "return 3")}, "one")
    return first


def test_a_merge_of_three(made: Made) -> None:
    first = made.git("rev-parse", "HEAD")
    for name, files in (("one", {HEADER: TOP}), ("two", {COMPANION: "x\n"}), ("three", {"c": "x\n"})):
        made.branch(name, first)
        made.commit(dict(files), name)
    made.git("checkout", "-q", "main")
    made.git("merge", "-q", "--no-ff", "-m", "octopus", "one", "two", "three")
    told = found(made, f"{first}..HEAD")
    assert subjects(told) == {"one", "two", "octopus"}
    assert told[-1].after == Files(TOP.encode(), b"x\n", Version("4", "18", ".6-pre"))


# --- many


def test_more_commits_than_are_asked_at_once(made: Made) -> None:
    """Made by fast-import: each third commit changes the header, each fifth a function, the rest nothing."""
    first = made.git("rev-parse", "HEAD")
    lines = []
    count = AT_ONCE + 7
    for n in range(1, count + 1):
        lines.append(f"commit refs/heads/main\ncommitter A <a> {n} +0000\ndata {len(str(n))}\n{n}")
        lines += [f"from {first}"] if n == 1 else []
        texts = {"README": f"{n}\n"}
        if n % 3 == 0:
            texts[HEADER] = f"/* {n} */\n"
        if n % 5 == 0:
            texts[LIBXL] = CODE.replace("return x", f"return {n}")
        lines += [f"M 100644 inline {path}\ndata {len(text)}\n{text}" for path, text in texts.items()]
    made.git("fast-import", "--quiet", given="\n".join([*lines, ""]).encode())
    told = found(made, f"{first}..main")
    assert count // 5 > TEXTS_AT_ONCE
    assert len(told) == count // 3 + count // 5 - count // 15
    for change in told:
        new, old = change.after.header, change.before.header
        n = int(change.commit.subject)
        assert (new != old) == (n % 3 == 0)
        assert functions(change) == (["make_hypervisor_node"] if n % 5 == 0 else [])
        if n % 3 == 0:
            assert new == f"/* {n} */\n".encode()


def test_a_line_too_long_to_read_is_an_error(made: Made) -> None:
    made.commit({LIBXL: CODE.replace("return x", f"return {'1' * 70_000}")})
    with pytest.raises(InputError, match="line of a diff is longer than 65535 characters"):
        found(made, "HEAD")
