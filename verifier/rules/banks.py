"""banks: RAM windows in order, memory inside them, and room left for an extended region."""

from __future__ import annotations

from itertools import pairwise

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.layout.region import Bank, fill
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Number, Truth
from verifier.rules.catalogue import Doubt, Explanation, Listing, Rule, endless_banks

LOW = 1 << 32
"""Bank 0 is where kernels are loaded and 32-bit guests have their RAM."""


def obligations(case: Case) -> list[Obligation]:
    """Order of neighbours, the end of bank 0, memory inside the windows, room for an extended region."""
    banks = [bank for bank in case.layout.banks if bank.size is not None]
    if not banks or len(banks) < len(case.layout.banks):
        return []
    found = [_ordered(one, other) for one, other in pairwise(banks)]
    found.append(_low(banks[0]))
    found.append(_inside(case, banks))
    if case.facts["extended-regions"]:
        found.append(_roomy(case, banks))
    return found


def _end(bank: Bank) -> int:
    return bank.window().end


def _ordered(one: Bank, other: Bank) -> Obligation:
    notes = {
        "message": f"{other.window()} begins below the end of {one.window()}: banks are filled, and have to lie, "
        "in ascending order",
        "witness": Witness("too-small", found=other.start, needed=_end(one)),
        "banks": (one, other),
    }
    return Obligation((one.name, other.name), other.start < _end(one), notes=notes)


def _low(bank: Bank) -> Obligation:
    end = _end(bank)
    notes = {
        "message": f"{bank.window()} ends {units.size(max(0, end - LOW))} above 4 GiB ({units.hexa(LOW)}), where "
        "32-bit guests have no RAM",
        "witness": Witness("too-small", found=LOW, needed=end),
        "banks": (bank,),
    }
    return Obligation((bank.name,), end > LOW, notes=notes)


def _inside(case: Case, banks: list[Bank]) -> Obligation:
    """No memory size exceeds all windows together."""
    total = sum(bank.window().size for bank in banks)
    most = case.space.dimensions["memory"].high * case.facts.page
    memory = case.facts.page * case.symbolic.variables["memory"]
    stated = case.layout.meaning("ram-maximum")
    subjects = tuple(define.name for define in stated) or tuple(bank.name for bank in banks)
    bad: Truth = memory > total if most > total else False
    return Obligation(subjects, bad, memory - total, notes={"total": total, "banks": tuple(banks)})


def _roomy(case: Case, banks: list[Bank]) -> Obligation:
    """Some memory size leaves room at each width; the smallest leaves most, since tails only shrink."""
    least = case.facts["extended-region-minimum"]
    bits = case.symbolic.variables["ipa_bits"]
    rooms = {width.bits: room(case, banks, width.bits, case.facts.page) for width in case.facts.widths}
    narrow = [width for width, most in rooms.items() if most < least]
    missing: Number = 0
    for width in narrow:
        missing = term.choose(term.equal(bits, width), least - rooms[width], missing)
    bad = term.either(*(term.equal(bits, width) for width in narrow))
    return Obligation(
        tuple(bank.name for bank in banks), bad, missing, notes={"rooms": rooms, "least": least}
    )


def room(case: Case, banks: list[Bank], bits: int, memory: int) -> int:
    """The largest tail, in bytes, that a guest with `memory` bytes leaves below `2**bits`."""
    unit = case.facts["superpage-bytes"]
    used = fill(tuple(banks), memory)
    tails = [
        min(1 << bits, _end(bank)) - -(-(bank.start + part) // unit) * unit
        for bank, part in zip(banks, used, strict=True)
    ]
    return max(0, *tails)


def listing(case: Case) -> Listing | None:
    """The memory sizes that leave no extended region: legal, but such guests balloon out their RAM."""
    banks = [bank for bank in case.layout.banks if bank.size is not None]
    if not case.facts["extended-regions"] or not banks:
        return None
    least, unit = case.facts["extended-region-minimum"], case.facts["superpage-bytes"]
    full: list[Truth] = []
    for bank, used in zip(case.layout.banks, case.symbolic.used, strict=True):
        # A tail rounded up to 2 MiB is too short iff it begins behind the last place that is not.
        last: Number = 0
        for width in case.facts.widths:
            latest = (min(1 << width.bits, _end(bank)) - least) // unit * unit
            last = term.choose(term.equal(case.symbolic.variables["ipa_bits"], width.bits), latest, last)
        full.append(bank.start + used > last)
    return Listing(f"no extended region of {units.size(least)} is left", term.both(*full))


def explain(case: Case, failure: Fails) -> Explanation:
    """The windows, and by how much they miss."""
    notes = failure.obligation.notes
    if "message" in notes:
        details = tuple(
            f"{bank.window()} is {units.size(bank.size or 0)}, {bank.origin}" for bank in notes["banks"]
        )
        return Explanation(notes["message"], details, Counterexample(failure.worst, notes["witness"], ()))
    if "total" in notes:
        return _explain_outside(case, failure)
    return _explain_no_room(failure)


def _explain_outside(case: Case, failure: Fails) -> Explanation:
    total = failure.obligation.notes["total"]
    memory = failure.worst["memory"] * case.facts.page
    banks: tuple[Bank, ...] = failure.obligation.notes["banks"]
    windows = units.listing([str(bank.window()) for bank in banks])
    message = (
        f"a guest may have {units.sized(memory)} of RAM, but the windows hold {units.sized(total)}: "
        f"{units.size(memory - total)} has no place"
    )
    witness = Witness("too-small", found=total, needed=memory)
    return Explanation(message, (f"windows: {windows}",), Counterexample(failure.worst, witness, ()))


def _explain_no_room(failure: Fails) -> Explanation:
    bits, least = failure.worst["ipa_bits"], failure.obligation.notes["least"]
    most: int = failure.obligation.notes["rooms"][bits]
    message = (
        f"with {bits} ipa bits no memory size leaves room for an extended region: the largest tail of a RAM window "
        f"below {units.hexa(1 << bits)} is {units.sized(most)}, and {units.sized(least)} is needed"
    )
    details = ("the guest with a single page of RAM leaves the largest tails",)
    return Explanation(
        message, details, Counterexample(failure.worst, Witness("too-small", found=most, needed=least), ())
    )


def doubts(case: Case) -> list[Doubt]:
    """A window without an end holds anything."""
    return endless_banks(case, "nothing says where its window ends")


RULE = Rule(
    id="banks",
    position=7,
    title="RAM windows ascend, hold all memory, and leave room",
    statement="RAM windows lie in ascending order; bank 0 ends at or below 4 GiB; every memory size fits the windows. Where "
    "the release offers extended regions (4.16 on), for every width some memory size leaves a tail of at least "
    "64 MiB below 2^b; the sizes that leave none are listed.",
    why="Toolstacks fill banks in order and put kernel, initrd and device tree into bank 0, which a 32-bit guest has to "
    "reach. A guest without an extended region gives up RAM for every grant and foreign mapping.",
    formula="bank(i).end > bank(i+1).start, bank(0).end > 2^32, memory > sum of sizes, or for some b all tails < 64 MiB",
    example_header="#define GUEST_RAM0_BASE  xen_mk_ullong(0x40000000)\n"
    "#define GUEST_RAM0_SIZE  xen_mk_ullong(0xc0200000)\n",
    cites=(
        Cite("tools/libs/guest/xg_dom_arm.c", "arch_setup_meminit: banks filled in order, modules in bank 0"),
        Cite("xen/arch/arm/domain_build.c", "find_domU_holes (2a2447757b): tails of the windows below 2^b"),
        Cite("tools/libs/light/libxl_arm.c", "finalize_hypervisor_node (57f87857dc): EXT_REGION_MIN_SIZE"),
        Cite(
            "xen/include/public/arch-arm.h", "the regions reserved for RAM also accommodate extended regions"
        ),
    ),
    obligations=obligations,
    explain=explain,
    listing=listing,
    doubts=doubts,
)
