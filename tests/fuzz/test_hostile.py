"""Hostile files, by hand: whole commands, each within seconds and 1 GiB, with one line and no traceback."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD as DOCUMENTED
from tests.fuzz.frame import ROOT, defect
from tests.fuzz.hostile import FILES, Run, refused
from tests.fuzz.readers import HARNESSES
from tests.reading.git_repositories import CODE, HEADER_TEXT, Made
from tests.reading.trees import blob
from verifier.layout.errors import InputError
from verifier.reading.git import HEADER
from verifier.reading.policy import policy_of
from verifier.reading.toml_file import TomlFile

BOARD = str(ROOT / "tests" / "boards" / "four-domains.dtb")
POLICY = 'format = "xen-layout-policy/1"\n'


COMMANDS = (
    *(["check", "{}"], ["map", "{}"], ["host", "{}"], ["guest", "{}"], ["diff", "xen-4.18", "{}"]),
    *(
        ["check", "xen-4.18", "--policy", "{}"],
        ["check", "xen-4.18", "--with", "{}"],
        ["host", BOARD, "--log", "{}"],
    ),
    ["find", "--in", "{}", "--region", "A", "--size", "1M"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("kind", ["endless", "loop", "folder"])
def test_what_is_no_plain_file(kind: str, command: list[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    words = {"endless": "larger than", "loop": "too many levels", "folder": "is a directory"}[kind]
    refused(run(*(each.format(kind) for each in command)), words)


def test_a_pipe_is_read_to_its_end_and_no_further_than_a_file(run: Run, tmp_path: Path) -> None:
    """Whoever names a pipe waits for its writer; `check <(git show ...)` is one."""
    os.mkfifo(tmp_path / "pipe")

    def write(pieces: int) -> None:
        try:
            with (tmp_path / "pipe").open("wb") as pipe:
                for _ in range(pieces):
                    pipe.write(b"#define GUEST_A_BASE 0x40000000ULL\n#define GUEST_A_SIZE 0x1000ULL\n")
                    pipe.flush()
        except BrokenPipeError:
            pass  # it has read as much as it wants

    for pieces, words in ((1, ""), (1 << 20, "larger than 1 MiB")):
        writer = threading.Thread(target=write, args=(pieces,))
        writer.start()
        done = run("check", "pipe")
        writer.join()
        assert words in done.err
        assert (done.status == 2) == bool(words)


def test_a_pipe_that_a_configuration_names_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Image")
    (tmp_path / "t.cfg").write_text('name = "a"\nmemory = 64\nkernel = "Image"\n')
    done = run("guest", "t.cfg")
    assert "t.cfg:3: Image is no file here: taken for a kernel of 64 bits" in done.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"gitdir: {'a' * 5000}\n", "its .git cannot be followed: file name too long"),
        ("gitdir: /dev/zero\n", "its .git names no git folder"),
        ("gitdir: .\0\n", "its .git names no git folder"),
    ],
)
def test_a_git_file_that_points_nowhere(content: str, words: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").write_text(content)
    refused(run("ci"), words)


def test_a_git_file_of_gigabytes_is_not_read(run: Run, tmp_path: Path) -> None:
    with (tmp_path / ".git").open("wb") as file:
        file.truncate(4 << 30)
    refused(run("ci"), "its .git names no git folder")


def test_an_event_without_end(run: Run, tmp_path: Path) -> None:
    (tmp_path / "event").symlink_to("/dev/zero")
    repository = subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    assert repository.returncode == 0
    done = run("ci", "--repo", "r", "--event", "github", GITHUB_EVENT_PATH="event", GITHUB_EVENT_NAME="push")
    refused(done, "larger than 16 MiB")


def test_a_commit_of_millions_of_lines_is_not_read(run: Run, tmp_path: Path) -> None:
    """Its diff took 1.7 GiB."""
    made = Made(tmp_path / "r")
    made.commit({HEADER: HEADER_TEXT, "xen/arch/arm/domain_build.c": CODE})
    made.commit({"xen/arch/arm/domain_build.c": "a\n" * 8_000_000})
    refused(run("ci", "--repo", "r"), "more than 500000 lines, which no patch has")


def test_an_event_of_many_things_takes_less_than_a_gibibyte(run: Run, tmp_path: Path) -> None:
    (tmp_path / "event").write_text("[" + '{"":0},' * 2_390_000 + "0]")
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    done = run("ci", "--repo", "r", "--event", "github", GITHUB_EVENT_PATH="event", GITHUB_EVENT_NAME="push")
    refused(done, "event: error: ")


def test_results_of_gigabytes_are_not_checked(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "r.sqlite").open("wb") as file:
        file.truncate(1 << 40)
    refused(run("sweep", BOARD, "--resume", "r.sqlite"), "larger than 4 GiB")


@pytest.mark.parametrize("part", ["a", '"a"', "'a'", '"\\""', '"a.b"'])
@pytest.mark.parametrize("form", ["{} = 1\n", "[{}]\n", "[[{}]]\n", "a = {{{} = 1}}\n"])
def test_keys_of_many_parts_are_refused_at_once(part: str, form: str) -> None:
    """What reads TOML takes memory quadratic in them: 20,000 in 40 KB took 1.5 GiB."""
    text = form.format(" . ".join([part] * 20_000))
    with pytest.raises(InputError, match=r"t\.toml:2: error: more than 32 words joined by dots"):
        TomlFile(f"\n{text}", "t.toml")


def test_a_key_may_have_parts() -> None:
    parts = ".".join("abcdefgh")
    assert TomlFile(f'{parts} = "{".".join(str(number) for number in range(30))}"\n', "t.toml").data


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"a = {'[' * 100_000}", "nested too deeply"),
        (f"a = {'{a=' * 50_000}", "nested too deeply"),
        (f"a = 0x{'f' * 1_000_000}", 'unknown key "a"'),
        (f"a = 1{'0' * 5000}", "no valid TOML"),
        ("format = 1979-05-27\n", '"format" is a date, not a string'),
        (f"{POLICY}title = 1{'_0' * 400}\n", '"title" is an integer, not a string'),
        ("".join(f"[a{number}]\n" for number in range(60_000)), 'unknown key "a0"'),
        (f"a = '''{'x' * 900_000}", "no valid TOML"),
        ("\ufefformat = 1\n", "no valid TOML"),
    ],
    ids=["lists", "tables", "hexadecimal", "integer", "date", "long", "many-tables", "no-end", "mark"],
)
def test_hostile_policies(text: str, words: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text[: 1 << 20], encoding="utf-8")
    refused(run("check", "xen-4.18", "--policy", "p.toml"), words)


def test_a_value_deeper_than_python_prints(tmp_path: Path) -> None:
    """32 tables in a table in each of 200."""
    key = ".".join("a" * 32)
    deep = f"{{{key} = " * 60 + "1" + "}" * 60
    regime = "[[waiver]]\napplies_to = ['a']\nproperty = 'x'\nsubjects = ['a']\nreason = 'a b'\n[[waiver.regime]]\n"
    (tmp_path / "p.toml").write_text(f"{POLICY}{regime}ipa_bits = [{deep}]\n")
    with pytest.raises(InputError, match=r'"ipa_bits" does not take a table'):
        policy_of(str(tmp_path / "p.toml"))


PATCHES = {
    "counts": f"{FILES}@@ -1,{10**18} +1,{10**18} @@\n-#define GUEST_A 1\n+#define GUEST_A 2\n",
    "long-counts": f"{FILES}@@ -{'9' * 5000},1 +1,{'9' * 60_000} @@\n-#define GUEST_A 1\n+#define GUEST_A 2\n",
    "no-counts": f"{FILES}@@ -0,0 +0,0 @@\n",
    "line": f"From a\nSubject: x\n\n{'x' * 63_000_000}\n{FILES}",
    "turned-line": f"{FILES}@@ -1 +1 @@\n-#define GUEST_A 1\n+#define GUEST_A {'1' * 5_000_000}\n",
    "ends": f"{FILES}@@ -1 +1 @@\r-#define GUEST_A 1\r+#define GUEST_A 2\r",
    "nuls": f"{FILES}@@ -1 +1 @@\n-#define GUEST_A 1\n+#define GUEST_A 2\0\n" + "\0" * 1_000_000,
}


@pytest.mark.parametrize("name", PATCHES)
def test_hostile_patches(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.patch").write_text(PATCHES[name], newline="")
    refused(run("check", "t.patch"), "t.patch")


def test_a_mailbox_that_is_too_large_is_not_read_whole(run: Run, tmp_path: Path) -> None:
    """100 MB in one line: 64 MiB are looked at, and that is said."""
    with (tmp_path / "box").open("w") as file:
        file.write(f"From a\n\n{FILES}")
        for _ in range(100):
            file.write("x" * 1_000_000)
    refused(run("check", "box"), "larger than 64 MiB: split the mailbox")


LISTS = {
    "deep": f"iomem = {'[' * 100_000}{']' * 100_000}\n",
    "open": "iomem = [\n" * 100_000,
    "wide": f"iomem = [{'0,' * 300_000}]\n",
    "number": f"memory = {'9' * 500_000}\n",
    "joined": 'a = "x"\n' + f'a += "{"x" * 9}"\n' * 50_000,
    "keys": 'name = "a"\n' + "".join(f"k{number} = 1\n" for number in range(90_000)),
    "ranges": f'name = "a"\niomem = [{",".join(f"{chr(34)}{n:x},1{chr(34)}" for n in range(60_000))}]\n',
    "interrupts": f'name = "a"\nirqs = [{",".join(map(str, range(32, 100_000)))}]\n',
    "large": "# a\n" * 300_000,
}
"""100,000 unknown keys, ranges or interrupts took minutes: each was compared with all that are known, or repaired."""


@pytest.mark.parametrize("name", LISTS)
def test_hostile_configurations(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.cfg").write_text(LISTS[name])
    done = run("guest", "t.cfg", "--xen", "4.20")
    if name not in ("joined", "number", "keys"):  # xl reads these
        refused(done, "t.cfg:")


LOGS = {"blank": "\n" * (1 << 26), "returns": "\r" * 30_000_000, "pieces": ("(XEN) " * 600 + "\n") * 9_000}
"""16 MiB of blank lines took 40 s."""


@pytest.mark.parametrize("name", LOGS)
def test_a_log_of_many_lines_is_refused(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.log").write_text(LOGS[name], newline="")
    refused(run("host", BOARD, "--log", "t.log"), "a log of more than 1000000 lines")


ENCODED: dict[str, Callable[[bytes], bytes]] = {
    "mark": lambda data: b"\xef\xbb\xbf" + data,
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "cr": lambda data: data.replace(b"\n", b"\r"),
    "nul": lambda data: data[: len(data) // 2] + b"\0" + data[len(data) // 2 :],
    "utf-16": lambda data: data.decode("latin-1").encode("utf-16"),
    "latin-1": lambda data: data + b"\xe9\xff\n",
    "surrogates": lambda data: data + b"\xed\xa0\x80\n",
    "cut": lambda data: data[: len(data) // 2],
    "twice": lambda data: data + data,
    "empty": lambda _data: b"",
    "blank": lambda _data: b" \t\n" * 1000,
}


@pytest.mark.parametrize("form", ENCODED)
def test_no_encoding_of_a_seed_is_a_defect(form: str) -> None:
    for harness in HARNESSES.values():
        for seed in harness.seeds()[:3]:
            found = defect(harness, ENCODED[form](seed))
            assert found is None, (harness.name, found)


def _with_devices(count: int, size: int) -> bytes:
    """A board and a device with as many ranges, a page apart."""
    reg = [cell for index in range(count) for cell in (1, index << 12, size)]
    return blob({**DOCUMENTED, "device": {"reg": reg}})


def test_a_board_with_more_places_than_xen_maps_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.dtb").write_bytes(_with_devices(200_000, 0x1000))
    refused(run("host", "t.dtb"), "Xen maps at most 2097152")


@pytest.mark.parametrize("size", [0, 0x800, 0x2000])
def test_a_hundred_thousand_devices_are_judged(size: int, run: Run, tmp_path: Path) -> None:
    """Empty ones, with holes between them, and each over the next one; at all widths that there are."""
    (tmp_path / "t.dtb").write_bytes(_with_devices(100_000, size))
    assert run("host", "t.dtb", "--iommu").status in (1, 3)


def test_a_board_of_thousands_of_domains_is_refused(run: Run, tmp_path: Path) -> None:
    domains = {f"d{number}": {"compatible": "xen,domain"} for number in range(257)}
    (tmp_path / "t.dtb").write_bytes(blob({**DOCUMENTED, "chosen": domains}))
    refused(run("host", "t.dtb"), "257 domains; up to 256 are judged")


def test_empty_ranges_take_no_cube_of_their_number(run: Run, tmp_path: Path) -> None:
    """Each was tried to be left out, and held against each other each time: 200 took minutes."""
    (tmp_path / "t.dtb").write_bytes(_with_devices(200, 0))
    assert run("host", "t.dtb").status in (1, 3)
