"""Where nobody says how wide the address space is: which widths no machine with this board's RAM and devices has.

Without IOMMU the width is what the processor outputs, and a processor reaches the RAM and the devices of its machine.
With one it is the narrower of both (p2m_restrict_ipa_bits), and there are IOMMUs that take less than the processor
outputs: Xen runs on such a machine, and what is found there is found. But it does not boot where its page tables do not
reach the devices of dom0: whoever has such a machine has seen Xen's panic, and no domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from verifier.commands.host_predicted import Predicted
from verifier.layout import units
from verifier.layout.board_finding import BoardFinding
from verifier.layout.finding import Verdict
from verifier.layout.host import Host
from verifier.xen.device_stops import reached
from verifier.xen.subjects import Given

LEFT_OUT = "no machine of this width that Xen boots reaches"
"""How what is found at widths of other machines begins."""
_TELL = (
    "this width takes an IOMMU that is narrower than the processor: Xen prints the width of the machine "
    '("P2M: 40-bit IPA"), give it with --ipa-bits'
)


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths that are too narrow for a board, in bits; none where all are, as then one of them is the board's."""

    lacking: frozenset[int]
    """Page tables do not reach its devices."""
    small: frozenset[int]
    """Its RAM lies above, in part."""
    ram: int
    """Exclusive end of its RAM, in bytes."""
    narrowed: frozenset[tuple[str, int, bool]]
    """Domain, width and whether it has the IOMMU, of domains under a host that has one: a guest without has both."""

    @classmethod
    def of(cls, host: Host, predicted: Iterable[Predicted]) -> Widths:
        """Those of all widths that something is predicted for."""
        runs = tuple(predicted)
        widths = frozenset(each.given.ipa_bits for each in runs)
        ram = max((each.end for one in runs for offer in one.offers for each in offer.ram), default=0)
        lacking = frozenset(bits for bits in widths if not reached(host, bits))
        small = frozenset(bits for bits in widths if ram > 1 << bits)
        none: frozenset[int] = frozenset()
        narrowed = frozenset(
            (each.name, each.ipa_bits, each.iommu) for one in runs if one.given.iommu for each in one.maps
        )
        return cls(lacking if lacking < widths else none, small if small < widths else none, ram, narrowed)

    def judged(self, given: Given) -> Callable[[BoardFinding], BoardFinding]:
        """A finding of one setting: not applicable if no machine has it, with what tells the width if it has an IOMMU."""

        def judge(found: BoardFinding) -> BoardFinding:
            reason = self._reason(found, given.ipa_bits)
            if not reason:
                return found
            narrowed = any((found.domain, *setting) in self.narrowed for setting in found.settings)
            if narrowed and found.effect != "not built" and given.ipa_bits not in self.lacking:
                return replace(found, help=(*found.help, _TELL))
            message = f"{LEFT_OUT} {reason}: {found.message}"
            return replace(found, verdict=Verdict.NOT_APPLICABLE, message=message, effect="", witness=None)

        return judge

    def _reason(self, found: BoardFinding, bits: int) -> str:
        if found.verdict is Verdict.REFUTED and bits in self.lacking:
            return "these devices"
        if found.verdict in (Verdict.REFUTED, Verdict.UNKNOWN) and bits in self.small:
            return f"RAM up to {units.sized(self.ram)}"
        return ""
