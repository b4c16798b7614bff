"""What a guest's own device tree says, and whether that is sound and what header and toolstack make of it."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.commands.host_findings import together
from verifier.layout.board_report import BoardReport
from verifier.layout.device_tree import Tree
from verifier.layout.errors import InputError
from verifier.layout.finding import Assumption
from verifier.layout.guest_tree import DOM0, DOM0LESS, XL, GuestTree
from verifier.layout.units import listing
from verifier.reading import guest_tree as reading
from verifier.reading import models
from verifier.reading.consumers import consumers as kernels
from verifier.reading.consumers import named
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
_ARCH = "arm64"


def guest_tree(
    tree: Tree,
    content: bytes,
    file: str,
    release: str | None,
    ipa_bits: tuple[int, ...],
    consumers: tuple[str, ...] = (),
) -> BoardReport:
    """Judge the tree of a guest, for the release that it names if none is given, and for the widths that it fits.

    Raises InputError for a tree that is no guest's, a release that does not exist, and a width that it never has.
    """
    names = named(consumers)
    said = reading.guest_tree(tree)
    tag = _tag(said, release)
    model = xen(tag)
    widths = _widths(said, model, ipa_bits)
    offers = tuple(
        with_uses(offer(said, model, bits, one), kernels(), names, said.kernel_bits or 64)
        for bits, one in widths.items()
    )
    found = tuple(together(each for one in offers for each in judge(one)))
    return BoardReport(
        file,
        content,
        tag,
        "release",
        tuple(each.domain for each in offers),
        notes=tuple(_notes(said, tag, release)),
        offers=offers,
        findings=found,
        assumptions=tuple(_assumptions(said, tag, tuple(widths), given=bool(ipa_bits))),
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
    known = [width.bits for width in models.widths(model.tag, _ARCH)]
    for bits in asked:
        if bits not in known:
            raise InputError(f"xen {model.tag} on {_ARCH} never runs with {bits} ipa bits; it has {known}")
    found = {bits: made(tree, model, bits) for bits in asked or known}
    if asked:
        return found
    best = max(likeness(tree, each) for each in found.values())
    return {bits: each for bits, each in found.items() if likeness(tree, each) == best}


def _notes(tree: GuestTree, tag: str, release: str | None) -> Iterator[str]:
    if tree.maker is not None:
        yield f"the tree is made by {_MAKERS[tree.maker]}"
    if tree.version is None:
        yield f"the tree names no release; it is judged as one of xen {tag}"
    elif release is None:
        yield f"{tree.hypervisor.path} names xen {tree.version}; it is judged as one of xen {tag}"
    elif models.version(tree.version) != models.version(tag)[:2]:
        yield f"{tree.hypervisor.path} names xen {tree.version}, and it is judged as one of xen {tag}"


def _assumptions(tree: GuestTree, tag: str, widths: tuple[int, ...], *, given: bool) -> Iterator[Assumption]:
    known = [width.bits for width in models.widths(tag, _ARCH)]
    if not given and len(widths) < len(known):
        bits = listing([str(each) for each in widths], "or")
        yield Assumption(
            "width-of-tree",
            f"the guest has {bits} ipa bits: for other widths xen {tag} makes other regions, or fewer of the same",
            "--ipa-bits tells it",
        )
    if tree.maker != DOM0:
        yield Assumption(
            "grant-frames",
            "the guest's grant table has no more frames than is the default",
            "max_grant_frames of its configuration; xen/common/grant_table.c",
        )
