"""Which UART Xen takes for its console, and so keeps from dom0 (`dt_uart_init`; xen/drivers/char/arm-uart.c)."""

from __future__ import annotations

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Options
from verifier.reading.dt_rules import Rules
from verifier.reading.handled_nodes import names

_MOST_OF_PATH = 255
"""opt_dtuart less its final NUL."""
_ALWAYS = (
    "arm,pl011", "ns16550", "ns16550a", "snps,dw-apb-uart", "brcm,bcm2835-aux-uart", "cdns,uart-r1p8",
    "cdns,uart-r1p12", "marvell,armada-3700-uart", "amlogic,meson-uart", "amlogic,meson6-uart",
    "amlogic,meson8-uart", "amlogic,meson8b-uart", "amlogic,meson-gx-uart", "renesas,scif", "renesas,scifa",
)  # fmt: skip
"""What the drivers of every arm64 defconfig match."""
_OMAP = ("ti,omap4-uart", "ti,am654-uart")
_LINFLEX = ("nxp,s32g2-linflexuart", "nxp,s32g3-linflexuart", "fsl,s32v234-linflexuart")


def named(tree: Tree, options: Options) -> Node | None:
    """The node of `dtuart=`, else of `stdout-path`; None where there is none, or none that Xen may use."""
    if not options.uses_uart:
        return None
    chosen = tree.at("/chosen")
    path = options.dtuart or ""
    if not path and chosen is not None and b"\0" in chosen.properties.get("stdout-path", b""):
        path = (chosen.text("stdout-path") or "")[:_MOST_OF_PATH]
    path = path.partition(":")[0]
    node = tree.at(path) if path.startswith("/") else _alias(tree, path)
    if node is None or not node.available or "xen,passthrough" in node.properties:
        return None
    return node


def console(node: Node | None, rules: Rules) -> Node | None:
    """The node that is named, if a driver knows it.

    A driver that a defconfig has is taken to be built in: without it Xen is silent.
    """
    return node if node is not None and _known(rules).intersection(names(node)) else None


def _known(rules: Rules) -> set[str]:
    """All that the drivers of a release's defconfig match."""
    later = (
        (rules.has("uart-hscif"), ("renesas,hscif",)),
        (rules.has("uart-sbsa"), ("arm,sbsa-uart",)),
        (rules.has("uart-imx8qm"), ("fsl,imx8qm-lpuart",)),
        (rules.has("uart-imx8qxp"), ("fsl,imx8qxp-lpuart",)),
        (rules.has("uart-omap"), _OMAP),
        (rules.has("uart-linflex"), _LINFLEX),
    )
    return {*_ALWAYS, *(name for is_there, drivers in later if is_there for name in drivers)}


def _alias(tree: Tree, name: str) -> Node | None:
    aliases = tree.at("/aliases")
    path = None if aliases is None or not name else aliases.text(name)
    return None if path is None else tree.at(path)
