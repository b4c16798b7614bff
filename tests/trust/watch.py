"""Run a command and note what it does to the machine: `watch.py NOTES MODULE ARGUMENT...` calls MODULE.run([ARGUMENT...]).

NOTES gets one JSON list a line: what happened, where the code that did it stands, and details. The notes come from
Python's audit events (PEP 578), which library code cannot avoid and which nothing can take away again.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

MARK = "harmful"
"""A word of every hostile input."""
_OTHERS = (
    *(
        "os.system",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "pty.spawn",
    ),
    *(
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.sendto",
        "socket.__new__",
    ),
    *(
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "os.chmod",
        "os.chown",
    ),
    *("pickle.find_class", "code.__new__", "ctypes.dlopen", "urllib.Request", "webbrowser.open", "os.putenv"),
)
_FILES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Notes:
    """The hook, and the file it writes to."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter for every event, before it happens."""
        if event == "open":
            path, mode, flags = arguments
            if not isinstance(path, int):
                writes = bool(flags & _WRITES) or bool(set(mode or "") & set("wax+"))
                self.note("write" if writes else "read", _absolute(path))
        elif event == "exec":
            code = arguments[0]
            self.note("exec", code.co_filename if isinstance(code, CodeType) else repr(code))
        elif event == "compile":
            source = arguments[0]
            text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
            marked = isinstance(text, str) and MARK in text
            self.note("compile", str(arguments[1]), marked)
        elif event == "subprocess.Popen":
            self.note("program", str(arguments[0]), [os.fsdecode(each) for each in arguments[1]])
        elif event in _FILES:
            self.note(event, _absolute(arguments[0]))
        elif event in _OTHERS:
            self.note(event, *(str(each) for each in arguments))

    def note(self, what: str, *details: object) -> None:
        """Write one line; `where` is the file of the code that caused the event."""
        frame = sys._getframe(2)
        line = json.dumps([what, frame.f_code.co_filename, *details])
        os.write(self._file, f"{line}\n".encode())


def _absolute(path: str | bytes) -> str:
    return str(Path(os.fsdecode(path)).absolute())


def main() -> int:
    """Returns the status of the command."""
    _, path, module, *arguments = sys.argv
    notes = Notes(path)
    sys.addaudithook(notes.hook)
    status: int = import_module(module).run(arguments)
    for name, each in sorted(sys.modules.items()):
        file = getattr(each, "__file__", None)
        if file and name != "__main__":
            notes.note("module", str(Path(file).absolute()))
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
