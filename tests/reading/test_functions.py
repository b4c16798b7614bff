"""The modelled functions that a patch of code changes are named, and what cannot be told is counted."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.reading.mails import diff
from verifier.layout.change import CodeChange
from verifier.reading.functions import modelled_code
from verifier.reading.patch import read_patches

LIBXL = "tools/libs/light/libxl_arm.c"
XEN_GIT = os.environ.get("XEN_GIT", "")
CODE = """\
#define EXT_REGION_MIN_SIZE 64

static int helper(int a)
{
    a = 1;
    b = 1;
    c = 1;
    d = 1;
    return a;
}

int prototype(int a);

static int make_hypervisor_node(libxl__gc *gc, void *fdt,
                                int x)
{
    int res = 0;

    x = 1;
    y = 2;
    z = 3;
    u = 4;
    return res;
}
"""


def changes(text: str) -> tuple[CodeChange, ...]:
    return tuple(
        change
        for patch in read_patches(text.encode(), "m", header="arch-arm.h").patches
        for change in patch.code
    )


def names(old: str, new: str, path: str = LIBXL, context: int = 3) -> list[tuple[str, bool]]:
    text = diff(CODE, CODE.replace(old, new), path, context)
    header = diff("#define GUEST_A 1\n", "#define GUEST_A 2\n")
    return [(change.function, bool(change.modelled)) for change in changes(header + text)]


def test_the_mail_of_2021_changes_libxl() -> None:
    content = (Path(__file__).parent / "data" / "2021-08-04-safe-range.txt").read_text()
    (change,) = changes(content)
    assert (change.file, change.function, change.commit) == (LIBXL, "make_hypervisor_node", "c447b7308b")
    assert change.origin.line == 48
    assert "/hypervisor" in change.modelled


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("int res = 0", "int res = 9", [("make_hypervisor_node", True)]),
        ("a = 1;\n", "", [("helper", False)]),
        ("node(libxl__gc *gc", "node(void *gc", [("make_hypervisor_node", True)]),
        ("SIZE 64", "SIZE 32", [("", True), ("EXT_REGION_MIN_SIZE", True)]),
        ("int prototype(int a);\n", "", []),
        ("static int helper", "static long helper", [("helper", False)]),
    ],
)
def test_the_function_is_in_the_context(old: str, new: str, found: list[tuple[str, bool]]) -> None:
    assert names(old, new) == found


@pytest.mark.parametrize("mark", ["__attribute__((noinline))", "__printf(2, (3))", "__init __nonnull(1)"])
@pytest.mark.parametrize("context", [0, 3, 9])
def test_a_mark_before_the_name_is_not_the_name(mark: str, context: int) -> None:
    """Whether the definition is in the hunk or behind its numbers."""
    code = CODE.replace("static int make", f"static int {mark} make")
    section = f"@@ static int {mark} make_hypervisor_node(libxl__gc *gc, void *fdt,"
    text = diff(code, code.replace("u = 4", "u = 5"), LIBXL, context).replace(" @@\n", f" {section}\n")
    header = diff("#define GUEST_A 1\n", "#define GUEST_A 2\n")
    assert [(each.function, bool(each.modelled)) for each in changes(header + text)] == [
        ("make_hypervisor_node", True)
    ]


def test_what_cannot_be_told_counts_as_modelled() -> None:
    assert names("u = 4", "u = 5") == [("", True)]
    assert names("x = 1", "x = 9", context=0) == [("", True)]


def test_includes_and_comments_change_no_function() -> None:
    trivial = "#include <a.h>\n\n/* one line */\n// another\n * and a third\n */\n"
    header = diff("#define GUEST_A 1\n", "#define GUEST_A 2\n")
    for line in trivial.splitlines():
        assert changes(header + diff("int a;\n", f"int a;\n{line}\n", LIBXL)) == (), line
    for line in (
        "*out = 3;",
        " * b;",
        "/* a */ b = 1;",
        "#include_next",
        "foo(a);",
        "return foo(a);",
        "int x = f(a);",
    ):
        assert names_of(header + diff("int a;\n", f"int a;\n{line}\n", LIBXL)) == [""], line


def names_of(text: str) -> list[str]:
    return [change.function for change in changes(text)]


def test_a_function_that_changes_in_many_places_is_told_once() -> None:
    code = diff(CODE, CODE.replace("int res = 0", "int res = 9"), LIBXL)
    again = code[code.index("@@") :].replace("res", "rest")
    text = diff("#define GUEST_A 1\n", "#define GUEST_A 2\n") + code + again
    (change,) = changes(text)
    assert change.function == "make_hypervisor_node"
    assert change.origin.line == text.splitlines().index("-    int res = 0;") + 1


def test_the_text_behind_the_numbers_tells() -> None:
    text = diff(CODE, CODE.replace("u = 4", "u = 5"), LIBXL)
    header = text.splitlines()[4]
    assert header.endswith("@@")
    named = text.replace(header, f"{header} static int make_hypervisor_node(libxl__gc *gc, void *fdt,")
    assert [change.function for change in changes(named)] == ["make_hypervisor_node"]


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("tools/libxl/libxl_arm.c", True),
        ("tools/elsewhere/libxl_arm.c", True),
        ("xen/arch/arm/domain_build.c", True),
        ("xen/arch/x86/domain_build.c", False),
        ("tools/libs/light/libxl_x86.c", False),
        ("tools/misc/other.c", False),
    ],
)
def test_files_of_now_and_before(path: str, counts: bool) -> None:
    assert names("int res = 0", "int res = 9", path) == ([("make_hypervisor_node", True)] if counts else [])


def test_a_constant_counts_where_it_is_defined() -> None:
    code = "#define NR_MAGIC_PAGES 4\n"
    text = diff(code, code.replace("4", "5"), "tools/include/other.h")
    assert [(change.function, change.file) for change in changes(text)] == [
        ("NR_MAGIC_PAGES", "tools/include/other.h")
    ]
    bare = "-#define NR_MAGIC_PAGES 4\n+#define NR_MAGIC_PAGES 5\n"
    assert [change.function for change in changes(bare)] == ["NR_MAGIC_PAGES"]


def test_the_list_names_no_function_twice_for_a_file() -> None:
    seen = [
        (path, name)
        for each in modelled_code()[1]
        for path in each.files
        for name in (*each.functions, *each.constants)
    ]
    assert len(seen) == len(set(seen))


@pytest.mark.skipif(not XEN_GIT, reason="XEN_GIT is not set")
def test_every_modelled_word_was_in_its_file_once() -> None:
    commit, entries = modelled_code()
    tags = [f"RELEASE-4.{minor}.0" for minor in range(4, 23)] + [commit]
    for each in entries:
        for word in (*each.functions, *each.constants):
            command = ["git", "-C", XEN_GIT, "grep", "-qw", word, *tags, "--", *each.files]
            assert subprocess.run(command, check=False).returncode == 0, word
