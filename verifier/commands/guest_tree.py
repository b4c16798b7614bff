"""What a guest's own device tree says, and whether that is sound and what header and toolstack make of it."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.commands.files import called
from verifier.commands.guest_inputs import GuestAsked, bare
from verifier.commands.guest_kernel import bits_of
from verifier.commands.host_consumers import tables_of
from verifier.commands.host_findings import together, unlisted
from verifier.commands.host_inputs import widths_of
from verifier.layout.board_report import BoardReport
from verifier.layout.device_tree import Tree
from verifier.layout.errors import InputError
from verifier.layout.finding import Assumption
from verifier.layout.guest_tree import DOM0, DOM0LESS, XL, GuestTree
from verifier.layout.offer import Offer
from verifier.layout.units import listing
from verifier.reading import models
from verifier.reading.consumers import consumers, named
from verifier.reading.guest_tree import guest_tree
from verifier.rules.boards.assumptions import of_kernels
from verifier.rules.boards.catalogue import judge
from verifier.xen.consumers import with_uses
from verifier.xen.guest_tree import offer
from verifier.xen.release import Xen, xen
from verifier.xen.tree_regions import Made, likeness, made

_MAKERS = {
    XL: "xl: its root is xen,xenvm",
    DOM0LESS: "Xen, for a domain of the host's device tree: its root has nothing but cells",
    DOM0: "Xen, for dom0: its root is a board's",
}


def of_own_tree(asked: GuestAsked, tree: Tree, content: bytes) -> BoardReport:
    """The answer about a guest by its own device tree.

    Raises InputError for a tree that is no guest's, for options that it leaves no room for, for a release that does not
    exist, and for a width that it never has.
    """
    _fitting(asked, called(asked.board.tree))
    board, names = asked.board, named(asked.board.consumers)
    said = guest_tree(tree)
    tag = _tag(said, board.release)
    model = xen(tag)
    widths = _widths(said, model, board.ipa_bits)
    options = board.kernel_bits
    bits = bits_of(bare("guest"), options).bits if options else said.kernel_bits or 64
    frames = asked.max_grant_frames
    offers = tuple(
        with_uses(offer(said, model, width, one, frames), consumers(), names, bits)
        for width, one in widths.items()
    )
    found = tuple(together(each for one in offers for each in judge(one)))
    return BoardReport(
        called(board.tree),
        content,
        tag,
        "release",
        tuple(each.domain for each in offers),
        "guest",
        "guest-tree",
        notes=(*_notes(said, tag, board.release), *unlisted(found)),
        offers=offers,
        findings=found,
        tables=tuple(told for each in offers for told in tables_of(each, None)),
        assumptions=tuple(_assumptions(said, tag, offers, asked)),
    )


def _fitting(asked: GuestAsked, file: str) -> None:
    """Raise InputError for options that say what the tree says itself, or that are of a host."""
    board = asked.board
    given: dict[str, object] = {
        "--domain": board.domain,
        "--log": board.log,
        "--partial": board.partials,
        "--ram": board.ram,
        "--iommu": board.iommu is not None,
    }
    wrong = [name for name in asked.shapes if name != "--max-grant-frames"]
    wrong += [name for name, value in given.items() if value]
    if wrong:
        raise InputError(
            f"{listing(wrong)}: this is a guest's own device tree, and says what the guest has", file
        )


def _tag(tree: GuestTree, release: str | None) -> str:
    """The release that is asked for, or that of the tree; head where the tree has none, or a later one."""
    if release is not None:
        return models.tag_of(release)
    if tree.version is None:
        return "head"
    newest = max(
        (tag for model in models.releases() for tag in model.tags if tag != "head"), key=models.version
    )
    return "head" if models.version(tree.version) > models.version(newest) else models.tag_of(tree.version)


def _widths(tree: GuestTree, model: Xen, asked: tuple[int, ...]) -> dict[int, Made]:
    """By width what the producer makes: the widths asked for, else those that fit the tree best."""
    found = {bits: made(tree, model, bits) for bits in widths_of(model.tag, asked)}
    if asked:
        return found
    fits = {bits: likeness(tree, model, bits, each) for bits, each in found.items()}
    return {bits: each for bits, each in found.items() if fits[bits] == max(fits.values())}


def _notes(tree: GuestTree, tag: str, release: str | None) -> Iterator[str]:
    if tree.maker is not None:
        yield f"the tree is made by {_MAKERS[tree.maker]}"
    if tree.version is None:
        yield f"the tree names no release; it is judged as one of xen {tag}"
    elif release is None:
        yield f"{tree.hypervisor.path} names xen {tree.version}; it is judged as one of xen {tag}"
    elif models.version(tree.version) != models.version(tag)[:2]:
        yield f"{tree.hypervisor.path} names xen {tree.version}, and it is judged as one of xen {tag}"


def _assumptions(
    tree: GuestTree, tag: str, offers: tuple[Offer, ...], asked: GuestAsked
) -> Iterator[Assumption]:
    widths = [str(each.domain.ipa_bits) for each in offers]
    if not asked.board.ipa_bits and len(widths) < len(widths_of(tag, ())):
        yield Assumption(
            "width-of-tree",
            f"the guest has {listing(widths, 'or')} ipa bits: with others xen {tag} makes other regions of the same RAM",
            "--ipa-bits tells it",
        )
    if asked.max_grant_frames is None and tree.maker != DOM0:
        yield Assumption(
            "grant-frames",
            f"the guest's grant table has no more than {offers[0].grant_frames} frames",
            "the default of xen/common/grant_table.c; --max-grant-frames tells it",
        )
    yield from of_kernels(offers)
