"""Lines of a mail -> hunks of unified diffs, whole or damaged, and bare runs of +/- lines.

What mail clients and archives do to a diff is undone where that is certain, and noted: quote marks,
no-break spaces, blank context lines without their space, long lines that were wrapped, wrong counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from verifier.layout.errors import InputError
from verifier.reading.bare import note_spaces, take_bare
from verifier.reading.hunk import Hunk, HunkLine, OpenHunk
from verifier.reading.lines import Line
from verifier.reading.quotes import (
    DIRECTIVE,
    MAX_LINE,
    continues,
    depth_of,
    file_path,
    too_long,
    unquoted,
    within,
)

MAX_ASIDE = 5
"""Depths at which text may stand between the lines of quoted hunks."""

_HUNK = re.compile(r"@@+ *-(\d{1,9})(?:,(\d{1,9}))? +\+(\d{1,9})(?:,(\d{1,9}))? *@@+(.*)", re.DOTALL)
_FILE = re.compile(r"(?:---|\+\+\+) +(\"?)(.+?)\1(?:\t.*| +\d{4}-\d\d-\d\d.*)?\s*")
_GIT = re.compile(r"diff --git \"?a/(.+?)\"? \"?b/(.+?)\"?\s*")
_SIGNATURE = re.compile(r"-- ?")


def read_hunks(lines: Sequence[Line]) -> tuple[Hunk, ...]:
    """All hunks and bare runs in a text. Raises InputError for a diff that cannot be read at all."""
    found: list[Hunk] = []
    work: list[Sequence[Line]] = [lines]
    diff = passes = 0
    while work:
        if (passes := passes + 1) > MAX_ASIDE:
            place = work[-1][0].origin
            raise InputError("hunks are quoted within hunks too deeply", place.file, place.line)
        reader = _Reader(work.pop(), diff + 1)
        found += reader.run()
        diff = reader.diff
        if reader.aside:
            work.append(reader.aside)
    return tuple(sorted(found, key=lambda hunk: hunk.origin.line))


class _Reader:
    """One pass over the lines of a text."""

    def __init__(self, lines: Sequence[Line], diff: int) -> None:
        self.lines = lines
        self.at = 0
        self.paths: tuple[str, ...] = ()
        self.new_file = False
        self.diff = diff
        self.aside: list[Line] = []
        """Lines between those of a quoted hunk: what somebody wrote into it."""
        self.found: list[Hunk] = []

    def run(self) -> list[Hunk]:
        begun = False
        while self.at < len(self.lines):
            line = self.lines[self.at]
            prefix, text = unquoted(line)
            if not text or text[0] not in "@+-dIGB":
                begun = begun and not text.strip()
                self.at += 1
            elif text.startswith("@@"):
                self._hunk(prefix, text)
                begun = False
            elif self._file_header(text, prefix):
                begun = True
                self.at += 1
            elif text[0] in "+-":
                self._bare(prefix, named=begun)
                begun = False
            else:
                self.at += 1
        return self.found

    def _peek(self, prefix: str, ahead: int = 1) -> str:
        """The text of a later line, "" when there is none or it is quoted otherwise."""
        at = self.at + ahead
        if at >= len(self.lines):
            return ""
        return within(self.lines[at].text, prefix) or ""

    def _file_header(self, text: str, prefix: str) -> bool:
        """Take note of a line that names files; whether it was one."""
        if git := _GIT.fullmatch(text):
            self._name(git[1], git[2])
        elif text.startswith("Index: "):
            self._name(text[7:].strip())
        elif text.startswith(("GIT binary patch", "Binary files ")):
            if any(path.endswith(".h") for path in self.paths):
                line = self.lines[self.at]
                raise InputError(f"binary patch of {self.paths[-1]}", line.origin.file, line.origin.line)
            return False
        elif text.startswith("--- ") and self._peek(prefix).startswith("+++ "):
            old, new = _FILE.fullmatch(text), _FILE.fullmatch(self._peek(prefix))
            if old is None or new is None:
                return False
            self._name(file_path(old[2]), file_path(new[2]))
            self.at += 1
        elif text.startswith(("+++ ", "--- ")) and "/" in text and self._peek(prefix).startswith("@@"):
            only = _FILE.fullmatch(text)
            self._name(file_path(only[2]) if only else "")
        elif _SIGNATURE.fullmatch(text):
            self.paths = ()
        else:
            return False
        return True

    def _name(self, *paths: str) -> None:
        self.new_file = paths[0] == "/dev/null"
        self.paths = tuple(dict.fromkeys(path for path in paths if path and path != "/dev/null"))
        self.diff += 1

    def _hunk(self, prefix: str, text: str) -> None:
        line = self.lines[self.at]
        open_ = OpenHunk(prefix, prefix.count(">"), line.origin)
        if text.startswith("@@@"):
            raise InputError(
                "combined diff of a merge, which is no patch", line.origin.file, line.origin.line
            )
        if found := _HUNK.match(text):
            open_.start = int(found[1])
            open_.left = [int(found[2] or "1"), int(found[4] or "1")]
            open_.old = open_.left[0]
            open_.section = found[5].strip()
        else:
            open_.section = text.rpartition("@@")[2].strip()
            open_.note("hunk header without line numbers", line.origin)
        self.at += 1
        self._section(open_)
        self._body(open_)
        self._close(open_)

    def _section(self, open_: OpenHunk) -> None:
        """Rejoin a `@@` line that was wrapped."""
        text = self._peek(open_.prefix, 0)
        if (
            open_.section
            and text
            and text[0] not in " +-\\@#\t"
            and open_.section.count("(") > open_.section.count(")")
        ):
            open_.section += " " + text.strip()
            open_.note("wrapped line rejoined", self.lines[self.at].origin)
            self.at += 1

    def _body(self, open_: OpenHunk) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            text = within(line.text, open_.prefix)
            if len(line.text) > MAX_LINE:
                raise too_long(line)
            if text is None:
                if not self._step_aside(open_, line):
                    return
            elif not self._take(open_, text, line):
                return

    def _step_aside(self, open_: OpenHunk, line: Line) -> bool:
        """Whether a line that is quoted less was written into the hunk, which goes on behind it."""
        if open_.left is None or not open_.more or depth_of(line.text) >= open_.depth:
            return False
        if self.aside and self.aside[-1].origin.line != line.origin.line - 1:
            self.aside.append(Line("", line.origin))
        self.aside.append(line)
        if line.text.strip():
            open_.note("text between the lines of the hunk", line.origin)
        self.at += 1
        return True

    def _take(self, open_: OpenHunk, text: str, line: Line) -> bool:
        """Add one line; False if the hunk ends before it."""
        first = text[:1]
        if first == "\\":
            self.at += 1
            return True
        if not open_.more and first not in {"", " ", "+", "-", "@"} and self._rejoin(open_, text, line):
            self.at += 1
            return True
        if not open_.more and not self._overruns(open_):
            return False
        if not text.strip():
            if first == "" and not self._blank(open_, line):
                return False
            open_.add(" ", text[1:], line.origin)
        elif self._signs(open_, text) or (
            text.startswith("--- ") and self._peek(open_.prefix).startswith("+++ ")
        ):
            return False
        elif first in {" ", "+", "-"}:
            open_.add(first, text[1:], line.origin)
        elif first == "\t" or DIRECTIVE.match(text):
            open_.note("context line without its leading space", line.origin)
            open_.add(" ", text, line.origin)
        elif not self._rejoin(open_, text, line):
            return False
        note_spaces(open_, line)
        self.at += 1
        return True

    def _signs(self, open_: OpenHunk, text: str) -> bool:
        """Whether `-- ` starts the signature of the mail, and is no removed line."""
        if not _SIGNATURE.fullmatch(text):
            return False
        after = self._peek(open_.prefix)
        ends = open_.left == [1, 0]
        return not (open_.left and open_.left[0] > 0 and (ends if not after else after[0] in " +-@\\"))

    def _blank(self, open_: OpenHunk, line: Line) -> bool:
        """Whether an empty line is a blank context line that lost its space."""
        if open_.left is None and self._peek(open_.prefix)[:1] not in {" ", "+", "-"}:
            return False
        open_.note("blank context line without its space", line.origin)
        return True

    def _overruns(self, open_: OpenHunk) -> bool:
        """Whether changed lines go on behind the end that the counts give."""
        for ahead in range(len(self.lines) - self.at):
            text = self._peek(open_.prefix, ahead)
            if text[:1] not in {" ", "+", "-"} or _SIGNATURE.fullmatch(text) or text.startswith("--- "):
                return False
            if text[0] != " ":
                self._miscount(open_, "more")
                open_.left, open_.doubtful = None, True
                return True
        return False

    def _rejoin(self, open_: OpenHunk, text: str, line: Line) -> bool:
        """Whether a line that is none of a diff is the rest of a wrapped one."""
        before = open_.lines[-1] if open_.lines else None
        if before is None or not continues(before.text, text):
            return False
        open_.lines[-1] = HunkLine(before.sign, f"{before.text.rstrip()} {text.strip()}", before.origin)
        open_.note("wrapped line rejoined", line.origin)
        return True

    def _close(self, open_: OpenHunk) -> None:
        """End a hunk: what is blank at the end of one cut early may not be of it."""
        if open_.left is not None and open_.left != [0, 0]:
            self._miscount(open_, "fewer" if max(open_.left) > 0 else "more")
            open_.doubtful = True
        if open_.doubtful or open_.left is None:
            while open_.lines and open_.lines[-1].sign == " " and not open_.lines[-1].text.strip():
                open_.lines.pop()
        self._keep(open_, self.paths, self.diff, trimmed=open_.doubtful or open_.left is None)

    def _miscount(self, open_: OpenHunk, than: str) -> None:
        """Note wrong counts; a hunk with too few lines that ends the text may have been cut off there."""
        open_.miscounted = f"hunk has {than} lines than it counts"
        open_.note(open_.miscounted, open_.origin)
        if than == "fewer" and not any(line.text.strip("> ") for line in self.lines[self.at :]):
            open_.note("nothing follows a hunk with too few lines: it may be cut", open_.origin, doubt=True)

    def _keep(self, open_: OpenHunk, paths: tuple[str, ...], diff: int, *, trimmed: bool) -> None:
        self.found.append(open_.closed(paths, diff, trimmed=trimmed, creates=bool(paths) and self.new_file))

    def _bare(self, prefix: str, *, named: bool) -> None:
        """Step over a run of +/- lines that no `@@` introduces, and keep it if it holds a directive."""
        open_ = OpenHunk(prefix, prefix.count(">"), self.lines[self.at].origin)
        begin, wanted = self.at, False
        while self.at < len(self.lines):
            line = self.lines[self.at]
            text = within(line.text, prefix) or ""
            if text[:1] in {"+", "-"} and text[1:2] != text[0]:
                wanted = take_bare(open_, text, line) or wanted
            elif not text.strip() or not self._rejoin(open_, text, line):
                break
            self.at += 1
        self.at = max(self.at, begin + 1)
        if wanted:
            self.diff += not named
            self._keep(open_, self.paths if named else (), self.diff, trimmed=False)
            self.diff += not named
