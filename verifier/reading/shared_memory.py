"""Static shared memory in device trees: of the host, as the early scan takes it, and of a domain.

Xen: `process_shm_node` and `process_shm` of xen/arch/arm/{bootfdt,domain_build,static-shmem}.c, later
xen/common/device-tree/static-shmem.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from verifier.layout.device_tree import Node
from verifier.layout.host import Bank, Fault, SharedBank, SharedMemory
from verifier.layout.units import hexa, span
from verifier.reading.boot_memory import Found, ScanError, overlapped
from verifier.reading.dt_ranges import WORD
from verifier.reading.models import PAGE

_MOST_OF_ID = 15
_MOST_SHARED = 32
"""`NR_SHMEM_BANKS`, of the list apart."""
COMPATIBLE = "xen,domain-shared-memory-v1"
LACKS_SHARED = "lacks-static-shm"
"""Among the rules of a build without CONFIG_STATIC_SHM: its process_shm_node refuses every node, which ends the early
scan, and it has no process_shm."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What a node asks for."""

    id: str
    host: int | None
    guest: int
    size: int


def shared_memory(found: Found, node: Node) -> None:
    """Take a node into the host's static shared memory. Raises ScanError for what Xen refuses."""
    if LACKS_SHARED in found.rules.holding:
        raise found.error(node, "static shared memory, which this build is without (CONFIG_STATIC_SHM)")
    request = _request(found, node)
    apart = not found.rules.has("shared-memory-reserved")
    _check(found, node, request)
    known = (
        [(each.id, each.host, each.size) for each in found.shared]
        if apart
        else [(_id_of(found, each), each.start, each.size) for each in found.reserved]
    )
    for identity, host, size in known:
        if _same(found, node, request, (identity, host, size), apart=apart):
            return
    collides = request.host is not None and (apart or known)
    if collides and (other := _collision(found, request)):
        raise found.error(node, f"{_said(request)} overlaps {other}")
    if len(found.shared if apart else found.reserved) >= (_MOST_SHARED if apart else found.most_banks):
        raise found.error(node, "too many banks of shared memory")
    found.shared.append(SharedBank(node.path, request.id, request.host, request.size))
    if not apart and request.host is not None:
        found.reserved.append(Bank(node.path, 0, request.host, request.size, "shared-memory"))


def of_domain(found: Found, node: Node, *, direct_map: bool) -> Iterator[SharedMemory]:
    """The shared memory of a domain, or of dom0 for `/chosen`: its children of that kind. Raises ScanError."""
    for child in found.tree.children(node):
        is_read = found.rules.has("shared-memory") and LACKS_SHARED not in found.rules.holding
        if not is_read or not child.compatible(COMPATIBLE):
            continue
        identity = child.text("xen,shm-id") or ""
        bank = next((each for each in found.shared if each.id == identity), None)
        if bank is None:
            raise ScanError(Fault(child.path, "panics", f'no static shared memory "{identity}" was found'))
        addresses = found.cells(child)[0]
        at = 0 if bank.host is None else 4 * addresses
        value = child.properties.get("xen,shared-mem", b"")
        if at + 4 * addresses > len(value):
            raise ScanError(Fault(child.path, "panics", "xen,shared-mem ends before its guest address"))
        guest = found.buses.read(child, value[at : at + 4 * addresses])
        if direct_map and found.rules.has("shared-memory-direct") and bank.host != guest:
            raise ScanError(
                Fault(child.path, "panics", "shared memory of a direct-mapped domain is not direct-mapped")
            )
        role = child.text("role")
        yield SharedMemory(child.path, identity, bank.host, guest, bank.size, role)


def _request(found: Found, node: Node) -> _Request:
    addresses, sizes = found.cells(node)
    identity, role = node.text("xen,shm-id"), node.text("role")
    value = node.properties.get("xen,shared-mem")
    if not addresses or not sizes:
        raise found.error(node, f"#address-cells {addresses} and #size-cells {sizes} make no shared memory")
    if identity is None or value is None:
        raise found.error(node, "shared memory without xen,shm-id or xen,shared-mem")
    if not 0 < len(identity) <= _MOST_OF_ID:
        raise found.error(node, f'xen,shm-id "{identity}" does not have 1 to {_MOST_OF_ID} characters')
    if role not in (None, "owner", "borrower"):
        raise found.error(node, f'role "{role}" is neither owner nor borrower')
    a, s = 4 * addresses, 4 * sizes
    read = partial(found.buses.read, node)
    if len(value) == a + a + s:
        return _Request(identity, read(value[:a]), read(value[a : 2 * a]), read(value[2 * a :]))
    if len(value) == a + s and found.rules.has("shared-memory-from-heap"):
        return _Request(identity, None, read(value[:a]), read(value[a:]))
    raise found.error(node, f"xen,shared-mem has {len(value)} bytes, not {2 * a + s}")


def _check(found: Found, node: Node, request: _Request) -> None:
    """Size, alignment, overflow. Where the scan itself does not check, the domain cannot be built, a panic as well."""
    if not request.size:
        raise found.error(node, "shared memory of 0 bytes")
    for what, value in (
        ("host address", request.host or 0),
        ("guest address", request.guest),
        ("size", request.size),
    ):
        if value % PAGE:
            message = f"{what} {hexa(value)} of shared memory is no multiple of {PAGE}"
            if found.rules.has("shared-memory-checked"):
                raise found.error(node, message)
            parent = found.tree.parent(node)
            found.faults.append(Fault(node.path, "panics", message, parent.path if parent else ""))
    if request.host is not None and (request.host + request.size) & WORD <= request.host:
        raise found.error(node, f"{_said(request)} exceeds 64 bits")


def _same(
    found: Found, node: Node, request: _Request, known: tuple[str, int | None, int], *, apart: bool
) -> bool:
    """Whether it is a known one. One identity has one place, and one place one identity."""
    identity, host, size = known
    equal = size == request.size and (host == request.host or (apart and request.host is None))
    if identity == request.id:
        if not equal:
            raise found.error(node, f'another static shared memory has the xen,shm-id "{request.id}"')
        return True
    if equal and request.host is not None:
        raise found.error(node, f"{_said(request)} has another xen,shm-id elsewhere")
    return False


def _collision(found: Found, request: _Request) -> str | None:
    """Overlaps; 4.17 compares with reserved memory only, before the check that all share."""
    assert request.host is not None
    if found.rules.has("overlap-checked"):
        return overlapped(found, request.host, request.size, within_memreserve=False)
    end = request.host + request.size
    for bank in found.reserved:
        if request.host < bank.end and bank.start < end:
            return str(bank)
    return None


def _id_of(found: Found, bank: Bank) -> str:
    """The identity of a bank of reserved memory; other than shared memory has none."""
    return next((each.id for each in found.shared if each.path == bank.path), "")


def _said(request: _Request) -> str:
    host = request.host or 0
    return f"{request.id} {span(host, host + request.size)}"
