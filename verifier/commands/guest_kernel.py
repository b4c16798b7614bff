"""Of how many bits a guest's kernel is: as an option says, else by its image where that is here, else 64."""

from __future__ import annotations

import os
from dataclasses import dataclass
from stat import S_ISREG

from verifier.layout.errors import InputError
from verifier.layout.guest_config import GuestConfig, NamedFile
from verifier.reading.kernel_image import HEAD, image


@dataclass(frozen=True, slots=True)
class Bits:
    """32 or 64, and what has to be said of it."""

    bits: int
    notes: tuple[str, ...] = ()


def bits_of(config: GuestConfig, options: tuple[str, ...]) -> Bits:
    """The bits. Raises InputError for an option that is no width."""
    if options:
        if len(options) > 1 or options[0] not in ("32", "64"):
            raise InputError(
                f'"{options[-1][:60]}" is no width of this kernel; expected --kernel-bits 32 or 64, once'
            )
        return Bits(int(options[0]))
    if config.kernel is None:
        return Bits(64)
    try:
        if not S_ISREG(os.stat(config.kernel.path).st_mode):  # noqa: PTH116 - as below; a pipe would be waited for
            return _taken(config.kernel, "is no file here")
        with open(config.kernel.path, "rb") as file:  # noqa: PTH123 - pathlib costs more than the rest of this function
            found = image(file.read(HEAD), config.kernel.path)
    except (OSError, ValueError):
        return _taken(config.kernel, "is not here")
    except InputError:
        return _taken(config.kernel, "is here no kernel for Arm")
    notes = () if found.loaded_by_xl else (f"{config.kernel.origin}: xl does not load {found.format} on Arm",)
    return Bits(found.bits, notes)


def _taken(kernel: NamedFile, why: str) -> Bits:
    """The machine that runs xl has other files than this one."""
    return Bits(
        64, (f"{kernel.origin}: {kernel.path} {why}: taken for a kernel of 64 bits (--kernel-bits tells)",)
    )
