"""SOURCE arguments: what kind of thing one is, told by its content, and how to read it."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from verifier.layout.change import CodeChange, Note
from verifier.layout.define import Conditional, Define
from verifier.layout.errors import InputError
from verifier.layout.layout import Layout
from verifier.layout.subject import Subject
from verifier.reading import models
from verifier.reading.c_header import Header, read_header
from verifier.reading.lines import Line
from verifier.reading.models import Model
from verifier.reading.placed import Places
from verifier.reading.toml_file import TomlFile
from verifier.reading.vocabulary import layout_of

MOST_BYTES = 1 << 20
"""Xen's largest public header has 60 KiB; what is far larger is no header."""
MOST_OF_MAIL = 1 << 26
"""A mailbox of some months of a busy list."""
ARCHES = ("arm64", "arm32")
_OTHER = {"arm64": "arm32", "arm32": "arm64"}
_PATCH = re.compile(
    rb"^(?:\x1b\[[\d;]*m)*(?:From \S+ +\w{3} \w{3} |From: .*[@<]|Subject: |Return-Path: |Message-I[dD]: |diff --git "
    rb"|--- [^\s*]|Index: |[> ]*[-+]\s*#\s*define\s+GUEST_|\*\*\* \S.*\n--- \S|\d+(?:,\d+)?[acd][\d,]*\r?\n[<>#/])",
    re.M,
)
_OTHER_ARCH = re.compile(rb"^\s*#\s*ifndef\s+(\w*(?:X86|RISCV|PPC)\w*)", re.M)
_DTB_MAGIC = b"\xd0\x0d\xfe\xed"


@dataclass(frozen=True, slots=True)
class Source:
    """A layout that was read, and can be read again with other values."""

    subject: Subject
    release: str
    """The tag it is, or was written against; empty for a header."""
    arch: str
    both: bool
    """The layout has to serve the other architecture as well."""
    content: bytes | Model
    companions: Mapping[str, bytes]
    classified: Mapping[str, str] = field(default_factory=dict)
    """What a policy says of macros whose names tell nothing."""
    lines: tuple[Line, ...] = ()
    """The content with the place of each line, where a patch put it together."""
    code: tuple[CodeChange, ...] = ()
    """What the patch changes of Xen's code."""
    doubts: tuple[Note, ...] = ()
    """What of the patch, or of those before it, may be damaged, left out or without effect."""

    def layout(self, changes: Mapping[str, int] | None = None, *, once: bool = False) -> Layout:
        """The layout, with the values of some macros replaced.

        A header is read twice, as the toolstack and as the hypervisor compile it; `once` if they are
        known to agree.
        """
        given = changes or {}
        if isinstance(self.content, Model):
            defines = models.defines_of(self.content, arch=self.arch, changes=given)
            return layout_of(self.subject.name, defines, self.classified)
        tools = self._read("tools", given)
        hypervisor = tools if once else self._read("xen", given)
        other = tools if once or not self.both else self._read("tools", given, _OTHER[self.arch])
        return replace(
            layout_of(self.subject.name, tools.defines, self.classified),
            comments=tools.comments,
            conditionals=_united(tools, hypervisor),
            others=tools.others,
            differing=_differing(tools, hypervisor),
            by_arch=_differing(tools, other),
            assumed=tools.assumed,
            unread=tools.unread,
            code=self.code,
            doubts=self.doubts,
        )

    def _read(self, view: str, changes: Mapping[str, int], arch: str = "") -> Header:
        assert isinstance(self.content, bytes)
        places = Places(self.subject.name, self.lines)
        try:
            read = read_header(
                self.content,
                self.subject.name,
                arch=arch or self.arch,
                view=view,
                companions=self.companions,
                changes=changes,
            )
        except InputError as fault:
            raise places.fault(fault) from None
        return places.header(read) if self.lines else read


def _united(tools: Header, hypervisor: Header) -> tuple[Conditional, ...]:
    known = {(found.name, found.origin): found for found in (*tools.conditionals, *hypervisor.conditionals)}
    return tuple(known.values())


def _differing(tools: Header, hypervisor: Header) -> tuple[tuple[str, Define | None, Define | None], ...]:
    """Macros that toolstack and hypervisor would see with different values."""
    ours = {define.name: define for define in tools.defines}
    theirs = {define.name: define for define in hypervisor.defines}
    found = []
    for name in {**ours, **theirs}:
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None or one.value != other.value:
            found.append((name, one, other))
    return tuple(found)


def open_source(
    source: str, *, arch: str = "arm64", both: bool = False, companions: Mapping[str, bytes] | None = None
) -> Source:
    """Find out what SOURCE is and read it. Raises InputError when it is nothing we can read."""
    if models.is_release(source):
        tag = models.tag_of(source)
        model = models.release(tag)
        return Source(Subject("release", f"xen-{tag}", _digest(model)), tag, arch, False, model, {})
    if is_named(source):
        model = models.proposal(source)
        return Source(
            Subject("model", source, _digest(model)), models.tag_of(model.release), arch, False, model, {}
        )
    return opened(read_bytes(source), called(source), arch=arch, both=both, companions=companions)


def is_named(source: str) -> bool:
    """Whether this is the name of a release, or of a proposal and of no file: then nothing is to be read."""
    return models.is_release(source) or (models.has_proposal(source) and not Path(source).exists())


def opened(
    content: bytes,
    name: str,
    *,
    arch: str = "arm64",
    both: bool = False,
    companions: Mapping[str, bytes] | None = None,
) -> Source:
    """A layout from the content of a file called `name`. Raises InputError when it is none."""
    if re.search(rb"^format\s*=\s*[\"']xen-layout-model/", content, re.M):
        return _model_file(content, name, arch)
    _refuse_others(content, name)
    return header_source(content, name, arch=arch, both=both, companions=companions)


def header_source(
    content: bytes,
    name: str,
    *,
    arch: str = "arm64",
    both: bool = False,
    companions: Mapping[str, bytes] | None = None,
) -> Source:
    """The text of a C header as a source called `name`."""
    subject = Subject("header", name, hashlib.sha256(content).hexdigest())
    return Source(subject, "", arch, both, content, companions or {})


def _digest(model: Model) -> str:
    text = "\n".join(f"{name} {replacement}" for name, (replacement, _) in sorted(model.replacements.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _model_file(content: bytes, name: str, arch: str) -> Source:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise InputError("a model file has to be UTF-8", name, line) from None
    model = models.parse(TomlFile(text, name), name)
    tag = (
        models.tag_of(model.release)
        if model.release
        else models.tag_of(model.tags[-1] if model.tags else "head")
    )
    return Source(Subject("model", name, hashlib.sha256(content).hexdigest()), tag, arch, False, model, {})


def _refuse_others(content: bytes, name: str) -> None:
    """Say what a file is when it is something else that people have at hand."""
    if content.startswith(_DTB_MAGIC):
        raise InputError("a device tree blob, not a layout header", name)
    if other := _OTHER_ARCH.search(content):
        line = content.count(b"\n", 0, other.start(1)) + 1
        raise InputError(
            f"a header of another architecture ({other[1].decode()}); only Arm is in scope", name, line
        )
    if is_patch(content):
        raise InputError("a patch or mail, where a header or release is needed", name)


def is_patch(content: bytes) -> bool:
    """Whether this is a patch, a mail or a mailbox, told by its first MiB."""
    return not content.startswith(_DTB_MAGIC) and _PATCH.search(content, 0, MOST_BYTES) is not None


def called(source: str) -> str:
    """What a SOURCE is called in reports."""
    return "<stdin>" if source == "-" else source


def read_bytes(source: str) -> bytes:
    """The bytes of a file, or of standard input for `-`: at most 1 MiB, of a patch or mail 64 MiB."""
    try:
        if source == "-" and sys.stdin is None:
            raise ValueError("it is closed")
        if source == "-":
            content = _read_all(sys.stdin.buffer)
        else:
            with Path(source).open("rb") as file:
                content = _read_all(file)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise InputError(f"cannot be read: {reason[:1].lower()}{reason[1:]}", called(source)) from None
    return bounded(content, source)


def bounded(content: bytes, source: str) -> bytes:
    """The content if it is not too large for what it is. Raises InputError."""
    if len(content) > MOST_OF_MAIL:
        raise InputError(f"larger than {MOST_OF_MAIL >> 20} MiB: split the mailbox", called(source))
    if len(content) > MOST_BYTES and not is_patch(content):
        raise InputError(f"larger than {MOST_BYTES >> 20} MiB, which no layout header is", called(source))
    return content


def _read_all(file: BinaryIO) -> bytes:
    """Up to one byte too many for what it is, so that a pipe that never ends costs little."""
    content = file.read(MOST_BYTES + 1)
    if len(content) <= MOST_BYTES or not is_patch(content):
        return content
    return content + file.read(MOST_OF_MAIL + 1 - len(content))
