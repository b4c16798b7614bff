"""The answer of `verifier host` and of `verifier guest`."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.layout.adjacency import Adjacency, Pool
from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Agreement, DomainMap
from verifier.layout.finding import Assumption
from verifier.layout.offer import Offer

CONSUMER_USABLE = "consumer-usable"
"""The property that is judged even while regions are open, so that it says nothing of them."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """How the regions of one domain lie in its address space under one width and IOMMU setting."""

    domain: str
    ipa_bits: int
    iommu: bool
    adjacency: Adjacency


@dataclass(frozen=True, slots=True)
class RegionTables:
    """What the regions of one domain cost in stage 2 tables under one width and IOMMU setting, below the root."""

    domain: str
    ipa_bits: int
    iommu: bool
    pages: int
    """Tables, a page each, for all of the regions in 4 KiB pages."""
    large: int
    """Of these, tables that are left if it is mapped by superpages of 2 MiB."""
    pool: Pool | None
    """The pages that Xen sets aside for tables; None for the hardware domain, which has no limit, and where it is open."""


@dataclass(frozen=True, slots=True)
class BoardReport:
    """The answer of `verifier host`."""

    file: str
    content: bytes = field(repr=False)
    """Of the file."""
    release: str
    build: str
    maps: tuple[DomainMap, ...]
    command: str = "host"
    """Whose answer it is: `host`'s or `guest`'s."""
    kind: str = "device-tree"
    """Of the input: `device-tree`, `xl-config`, `guest-tree` or `options`."""
    log: str | None = None
    agreements: tuple[Agreement, ...] = ()
    notes: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    """Where the log shows that Xen stopped and it was predicted not to."""
    vacuous: tuple[str, ...] = ()
    """Why Xen cannot have made what was typed: then nothing is predicted of any boot."""
    impossible: tuple[str, ...] = ()
    """Why dom0 cannot have the banks that the log says it has."""
    offers: tuple[Offer, ...] = ()
    """What each domain is offered under each width and IOMMU setting, with what it is judged by."""
    findings: tuple[BoardFinding, ...] = ()
    """What the specification says of each domain's regions, of those of the log too where they are others."""
    assumptions: tuple[Assumption, ...] = ()
    """What the findings rest on and the inputs do not say."""
    neighbourhoods: tuple[Neighbourhood, ...] = ()
    """Of the domains whose regions are known, where a size is wanted."""
    tables: tuple[RegionTables, ...] = ()
    """Of the domains that are offered regions."""

    @property
    def sha256(self) -> str:
        """Of the content."""
        from hashlib import sha256  # it loads OpenSSL, which only some reports need

        return sha256(self.content).hexdigest()

    @property
    def verdict(self) -> str:
        """`refuted` if a property is, or the log disagrees; `unknown` if a property or a boot is open; else `proved`.

        Nothing proved at all is unknown. Of a boot that cannot be nothing is proved, and nothing refuted.
        """
        verdicts = {str(each.verdict) for each in self.findings}
        if self.disagrees or ("refuted" in verdicts and not self.vacuous):
            return "refuted"
        idle = self.log is not None and not self.agreements and any(each.boots for each in self.maps)
        if idle or self.vacuous or self.open or "unknown" in verdicts or "proved" not in verdicts:
            return "unknown"
        return "proved"

    @property
    def disagrees(self) -> bool:
        """The log is not what is predicted."""
        return bool(
            self.contradictions or self.impossible or any(each.differences for each in self.agreements)
        )

    @property
    def open(self) -> tuple[str, ...]:
        """What is not decided of the domains, in words; each once."""
        told = (each for each in self.findings if each.property != CONSUMER_USABLE)
        judged = {(each.domain, setting) for each in told for setting in each.settings}
        found: dict[str, None] = {}
        for each in self.maps:
            if each.boots is not False and (each.name, (each.ipa_bits, each.iommu)) not in judged:
                found[f"the extended regions of {each.name}"] = None
        for finding in self.findings:
            if finding.verdict == "unknown":
                found[f"{finding.property} of {finding.domain}"] = None
        if self.vacuous:
            found["whether Xen can have made what was given (see the notes)"] = None
        return tuple(found)
