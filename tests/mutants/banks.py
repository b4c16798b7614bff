"""Mutants of RAM: banks cut anew, room for extended regions, and what a guest may lose."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mutants.mutants import ALL, PROVED, REFUTED, Mutant, at, end, mutant, size, start
from tests.mutants.world import BIG, GIB, MIB, PAGE

TAIL = 64 * MIB
ROOM = TAIL + BIG
"""The least window of the first bank that leaves room: one page of guest, rounded up to 2 MiB, and 64 MiB."""


def cuts() -> Iterator[Mutant]:
    """Windows that end at 4 GiB, touch, overlap, or stand in the wrong order."""
    good, bad = {"banks": PROVED}, {"banks": REFUTED}
    for step, aims in ((-PAGE, good), (-BIG, good), (PAGE, bad), (BIG, bad)):
        near = abs(step) == PAGE
        changes = at("RAM0", GIB, 3 * GIB + step)
        yield mutant(f"RAM0 ends at 4 GiB{step:+#x}", changes, aims, near=near)
        yield mutant(f"RAM0 moved by {step:+#x}", at("RAM0", GIB + step), aims, near=near)
        yield mutant(f"RAM0 starts {step:+#x}", at("RAM0", GIB - step, 3 * GIB + step), good, near=near)
    for base in (GIB, 2 * GIB, 4 * GIB - PAGE):
        low = at("RAM0", base, 4 * GIB - base)
        for step, aims in ((-PAGE, bad), (0, good), (PAGE, good)):
            changes = {**low, **at("RAM1", 4 * GIB + step)}
            yield mutant(f"RAM1 at the end of RAM0 from {base:#x} {step:+#x}", changes, aims, near=True)
            changes = {**low, **at("RAM1", base - PAGE + step, PAGE)}
            what = f"RAM1 is one page around {base:#x} {step:+#x}"
            yield mutant(what, changes, bad, near=step == 0)
    swapped = {**at("RAM0", start("RAM1"), size("RAM1")), **at("RAM1", start("RAM0"), size("RAM0"))}
    yield mutant("RAM0 and RAM1 swapped", swapped, bad, near=False)
    yield mutant("RAM0 at 4 GiB", at("RAM0", 4 * GIB, GIB), bad, near=False)
    yield mutant("RAM0 is the last page of 4 GiB", at("RAM0", 4 * GIB - PAGE, PAGE), good, near=True)
    total = size("RAM0") + size("RAM1")
    for step, aims in ((-PAGE, good), (0, good), (PAGE, bad), (BIG, bad)):
        name, near = f"RAM_MAX is the sum {step:+#x}", step != BIG
        yield mutant(name, {"GUEST_RAM_MAX": total + step}, aims, near=near, widths=(42, 44, 48))


def tails() -> Iterator[Mutant]:
    """64 MiB of window left in the last bank that has any, and a page less."""
    for step, verdict in ((-PAGE, REFUTED), (0, PROVED), (PAGE, PROVED)):
        aims = {"banks": verdict}
        for base in (GIB, 2 * GIB, 4 * GIB - ROOM - BIG):
            yield mutant(
                f"RAM0 of 66 MiB{step:+#x} at {base:#x} is all there is",
                at("RAM0", base, ROOM + step),
                aims,
                near=True,
                widths=(32,),
            )
            # From the last page before 2 MiB, the guest's one page costs no more than itself.
            what = f"RAM0 of 64 MiB + {PAGE + step:#x} from {base - PAGE:#x} is all there is"
            changes = at("RAM0", base - PAGE, TAIL + PAGE + step)
            yield mutant(what, changes, aims, near=True, widths=(32,))
        for bits in ALL[1:]:
            # The first bank is too small; of the second, 64 MiB lie below 2^b.
            changes = {**at("RAM0", GIB, TAIL), **at("RAM1", (1 << bits) - TAIL - BIG, 2 * TAIL)}
            changes["GUEST_RAM1_BASE"] = (1 << bits) - TAIL if step == 0 else (1 << bits) - TAIL - step
            yield mutant(
                f"RAM1 at 2^{bits} - 64 MiB{-step:+#x}", changes, _rounded(step), near=True, widths=(bits,)
            )
            changes = {**at("RAM0", GIB, TAIL), **at("RAM1", start("RAM1"), TAIL + step)}
            name = f"RAM1 of 64 MiB{step:+#x}, of {bits}"
            yield mutant(name, changes, aims, near=True, widths=(bits,))


def _rounded(step: int) -> dict[str, str]:
    """A page more of RAM1 is no help: its start is rounded up by 2 MiB less a page."""
    return {"banks": PROVED if step == 0 else REFUTED} if step <= 0 else {"banks": PROVED}


def losses() -> Iterator[Mutant]:
    """A page, a frame, a vCPU less than head has, and the same as head has or more."""
    less, same = {"capacity": REFUTED, "stable": REFUTED}, {"capacity": PROVED, "stable": REFUTED}
    for step in (PAGE, BIG):
        near = step == PAGE
        yield mutant(f"RAM0 loses {step:#x}", at("RAM0", GIB, 3 * GIB - step), less, near=near)
        yield mutant(f"RAM0 starts {step:#x} later", at("RAM0", GIB + step, 3 * GIB - step), less, near=near)
        yield mutant(f"RAM1 loses {step:#x}", at("RAM1", start("RAM1"), size("RAM1") - step), less, near=near)
        later = at("RAM1", start("RAM1") + step, size("RAM1") - step)
        yield mutant(f"RAM1 starts {step:#x} later", later, less, near=near)
        yield mutant(
            f"RAM_MAX loses {step:#x}", {"GUEST_RAM_MAX": size("RAM0") + size("RAM1") - step}, less, near=near
        )
        yield mutant(f"RAM0 wins {step:#x}", at("RAM0", GIB, 3 * GIB + step), same, near=near)
        yield mutant(f"RAM1 wins {step:#x}", at("RAM1", start("RAM1"), size("RAM1") + step), same, near=near)
        earlier = at("RAM1", start("RAM1") - step, size("RAM1") + step)
        yield mutant(f"RAM1 starts {step:#x} earlier", earlier, same, near=near)
        shifted = at("RAM1", start("RAM1") + step)
        yield mutant(f"RAM1 shifted {step:#x}, of 40", shifted, less, near=near, widths=(40,))
        yield mutant(f"RAM1 shifted {step:#x}, of 42", shifted, same, near=near, widths=(42, 44, 48))
        yield mutant(f"RAM1 shifted down {step:#x}", at("RAM1", start("RAM1") - step), same, near=near)
        moved = {**at("RAM0", GIB, 3 * GIB - step), **at("RAM1", start("RAM1") - step, size("RAM1") + step)}
        yield mutant(f"RAM1 takes {step:#x} of RAM0", moved, same, near=near)
        yield mutant(f"RAM1 takes {step:#x} of RAM0, of 32", moved, less, near=near, widths=(32, 40))
        yield mutant(f"RAM1 takes {step:#x} of RAM0, of 36", moved, same, near=near, widths=(36, 40))
        cut = at("RAM1", start("RAM1"), (1 << 36) - start("RAM1") - step)
        yield mutant(f"RAM1 ends {step:#x} below 2^36", cut, less, near=near, widths=(36,))
        yield mutant(f"RAM1 ends {step:#x} below 2^36, of 32", cut, same, near=near, widths=(32,))
    exact = at("RAM1", start("RAM1"), (1 << 36) - start("RAM1"))
    yield mutant("RAM1 ends at 2^36", exact, same, near=True, widths=(32, 36))
    for bits in ALL:
        lost = at("RAM0", GIB, 3 * GIB - PAGE)
        yield mutant(f"RAM0 loses a page, of {bits}", lost, less, near=True, widths=(bits,))
        lost = at("RAM1", start("RAM1"), size("RAM1") - PAGE)
        aims = less if bits >= 40 else same
        yield mutant(f"RAM1 loses a page, of {bits}", lost, aims, near=True, widths=(bits,))
    yield from _counts(less, same)


def _counts(less: dict[str, str], same: dict[str, str]) -> Iterator[Mutant]:
    """Grant frames, and the vCPUs that two numbers bound."""
    for frames, aims in ((4095, less), (4097, same), (2048, less), (4094, less), (8192, same)):
        changes = at("GNTTAB", 0x5000000, frames * PAGE)
        yield mutant(f"{frames} grant frames", changes, aims, near=frames in (4095, 4097))
    each = 0x20000
    for bytes_, aims in (
        (128 * each - PAGE, less),
        (127 * each, less),
        (128 * each + PAGE, same),
        (129 * each, same),
    ):
        changes = at("GICV3_GICR0", start("GICV3_GICR0"), bytes_)
        yield mutant(f"redistributors of {bytes_:#x}", changes, aims, near=True)
    for vcpus, aims in ((127, less), (1, less), (129, same), (126, less), (256, same)):
        yield mutant(f"{vcpus} vCPUs", {"GUEST_MAX_VCPUS": vcpus}, aims, near=vcpus in (127, 129))
    both = {**at("GICV3_GICR0", start("GICV3_GICR0"), 129 * each), "GUEST_MAX_VCPUS": 129}
    yield mutant("129 vCPUs and their redistributors", both, same, near=True)
    both["GUEST_MAX_VCPUS"] = 127
    yield mutant("127 vCPUs with redistributors for 129", both, less, near=True)


def three_banks() -> Iterator[Mutant]:
    """A third bank behind the second, with everything that follows from it, and without."""
    for gap, aims in ((-PAGE, REFUTED), (0, PROVED), (PAGE, PROVED)):
        cut = at("RAM1", start("RAM1"), 256 * GIB)
        base = start("RAM1") + 256 * GIB + gap
        last = end("RAM1") - base
        whole = {
            **cut,
            "GUEST_RAM2_BASE": base,
            "GUEST_RAM2_SIZE": last,
            "GUEST_RAM_BANKS": 3,
            "GUEST_RAM_MAX": 3 * GIB + 256 * GIB + last,
            "GUEST_RAM_BANK_BASES": (GIB, start("RAM1"), base),
            "GUEST_RAM_BANK_SIZES": (3 * GIB, 256 * GIB, last),
        }
        agrees = {"banks": aims, "well-formed": PROVED}
        yield mutant(f"three banks, {gap:+#x} between", whole, agrees, near=True)
        for name in ("GUEST_RAM_BANKS", "GUEST_RAM_MAX", "GUEST_RAM_BANK_BASES", "GUEST_RAM_BANK_SIZES"):
            kept = {key: value for key, value in whole.items() if key != name}
            what = f"three banks, {gap:+#x} between, {name} of two"
            yield mutant(what, kept, {"well-formed": REFUTED}, near=name == "GUEST_RAM_BANKS")


FAMILIES = (cuts, tails, losses, three_banks)
