"""The page as a reader has it: first sight, choices, keyboard, hostile names, no scripts, dark, print."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import charts
from tests.browser.conftest import Opener
from verifier.layout.units import span

DRAWING = """() => [...document.querySelectorAll("#drawn rect, #drawn text, #drawn path")].map((each) =>
  [each.tagName, ...["x", "y", "width", "height", "d"].map((name) => each.getAttribute(name)),
   each.tagName === "text" ? each.textContent : "", each.closest("g[role]")?.getAttribute("class") ?? ""])"""


@pytest.mark.parametrize("name", charts.NAMES)
def test_the_script_draws_what_was_there_without_it(name: str, open_page: Opener) -> None:
    """To a tenth of a pixel, which is what both write; the last digit may be rounded either way."""
    plain, drawn = (open_page(name, scripts=each).evaluate(DRAWING) for each in (False, True))
    assert len(plain) == len(drawn) > 10
    for one, other in zip(plain, drawn, strict=True):
        assert [_rounded(each) for each in one[:6]] == pytest.approx(
            [_rounded(each) for each in other[:6]], abs=0.11
        )
        assert [one[0], *one[6:]] == [other[0], *other[6:]]


def _rounded(text: str | None) -> float:
    """A number; of a path or of a name the sum of all in it."""
    return sum(float(each) for each in re.findall(r"\d+\.?\d*", text or ""))


def state(page: Page) -> str:
    return page.inner_text("#state")


def names(page: Page) -> list[str]:
    """The blocks that are drawn, by address."""
    told = page.eval_on_selector_all("#drawn .block title", "all => all.map(each => each.textContent)")
    return [each.split(" [")[0] for each in told]


def test_devices_are_there_as_chosen(open_page: Opener) -> None:
    page = open_page("head")
    assert {"GUEST_GICD", "GUEST_GICV3_GICD", "GUEST_VPCI_ECAM", "GUEST_PL011", "GUEST_VIRTIO_MMIO"} <= set(
        names(page)
    )
    page.check("input[value=one]")
    assert {"GUEST_GICD", "GUEST_VPCI_ECAM", "GUEST_PL011", "GUEST_VIRTIO_MMIO"}.isdisjoint(names(page))
    page.select_option("select[name=gic]", label="GICv2")
    assert "GUEST_GICD" in names(page)
    assert "GUEST_GICV3_GICD" not in names(page)
    for flag, region in (("vpci", "GUEST_VPCI_ECAM"), ("vuart", "GUEST_PL011"), ("acpi", "GUEST_ACPI")):
        page.check(f"input[name={flag}]")
        assert region in names(page)
        page.uncheck(f"input[name={flag}]")
        assert region not in names(page)
    page.fill("input[name=virtio]", "2")
    assert "GUEST_VIRTIO_MMIO" in names(page)


def test_a_choice_leaves_the_overview(open_page: Opener) -> None:
    page = open_page("head")
    assert state(page).startswith("All that any guest has")
    page.check("input[name=vpci]")
    assert page.is_checked("input[value=one]")
    assert state(page).startswith("Shown: 40 bits, 1 GiB, GICv3, 1 vCPU, with vPCI, aarch64-4k: no conflict")
    page.check("input[value=all]")
    assert state(page).startswith("All that any guest has")


def test_the_slider_moves_banks_and_regions(open_page: Opener) -> None:
    """By the keyboard, and to where the whole of the first bank is used: the rest of it is gone."""
    page = open_page("head")
    page.check("input[value=one]")
    slider = page.locator("input[name=memory]")
    before = page.inner_text("#memory-words")
    slider.press("ArrowRight")
    assert page.inner_text("#memory-words") != before
    page.fill("input[name=memory-text]", "1G")
    row = page.locator("#regions tr", has=page.get_by_text(re.compile("^GUEST_RAM0$")))
    assert row.locator("td:nth-child(2)").inner_text() == span(0x4000_0000, 0x8000_0000)
    rest = page.locator("#regions tr", has_text="rest of GUEST_RAM0")
    assert rest.locator("td:nth-child(2)").inner_text() == span(0x8000_0000, 0x1_0000_0000)
    page.fill("input[name=memory-text]", "3G")
    assert rest.is_hidden()
    assert row.locator("td:nth-child(3)").inner_text() == "3 GiB"
    slider.press("Home")
    assert row.locator("td:nth-child(3)").inner_text() == "4 KiB"


def test_conflicts_are_on_where_they_were_proved(open_page: Opener) -> None:
    """The two sides of the border that the proof found: 0xdcc0000000 bytes of RAM are sound, a page more is not."""
    page = open_page("proposal")
    page.fill("input[name=memory-text]", "0xdcc0000000")
    assert "1 more in the list" in state(page)
    assert page.locator(".mark").count() == 0
    page.fill("input[name=memory-text]", "0xdcc0001000")
    assert page.locator(".mark.refuted").count() == 1
    expect(page.locator(".note .what")).to_have_text("\u2716 overlap of 4 KiB")
    page.locator("input[name=ipa_bits]").press("Home")
    assert "memory is limited to 507 GiB" in state(page)
    expect(page.locator("#ipa_bits-words")).to_have_text("32 bits")
    assert (page.locator(".note .what").first.text_content() or "").startswith(
        "\u2713 accepted: beyond the end by"
    )
    page.fill("input[name=memory-text]", "nonsense")
    assert page.get_attribute("input[name=memory-text]", "aria-invalid") == "true"


def test_a_button_shows_the_counterexample(open_page: Opener) -> None:
    page = open_page("proposal")
    page.click("#conflicts li:first-child button")
    assert "891 GiB" in state(page)
    assert page.evaluate("() => document.activeElement.dataset.conflict") == "0"
    assert "GUEST_RAM1 [0x200000000, 0xe000000000) and GUEST_SAFE_RANGE" in page.inner_text("#detail")
    assert [each.strip() for each in page.locator("#conflicts .on").all_inner_texts()].count("here") == 2


def test_the_keyboard_walks_by_address(open_page: Opener) -> None:
    page = open_page("proposal")
    order = page.evaluate(
        "() => [...document.querySelectorAll('#drawn .block')].map((each) => each.dataset.block)"
    )
    starts = [charts.chart("proposal").blocks[int(each)].start for each in order]
    assert starts == sorted(starts)
    page.focus("#drawn .block")
    seen = []
    for _ in order:
        seen.append(page.evaluate("() => document.activeElement.dataset.block"))
        page.keyboard.press("Tab")
    assert seen == order
    page.focus("#drawn .block")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.dataset.block") == order[1]
    page.keyboard.press("ArrowUp")
    told = page.inner_text("#detail")
    for words in (
        "GUEST_GICV3_GICD",
        "[0x3001000, 0x3011000)",
        "64 KiB (0x10000)",
        "GICv3",
        "models/releases/",
        "aligned",
    ):
        assert words in told
    assert page.get_attribute("#detail", "aria-live") == "polite"
    outline = page.evaluate(
        "() => getComputedStyle(document.querySelector('#drawn .block:focus rect')).strokeWidth"
    )
    assert outline == "3.5px"


def test_the_pointer_shows_details(open_page: Opener) -> None:
    page = open_page("board")
    page.hover("#drawn .block >> nth=0", position={"x": 5, "y": 5})
    assert "82 devices" in page.inner_text("#detail")
    assert page.locator("tr.pointed").count() == 1
    page.hover("#drawn .note >> nth=0")
    assert "pcie@3400000" in page.inner_text("#detail")


def test_the_focus_stays_where_it_is(open_page: Opener) -> None:
    page = open_page("head")
    block = page.locator("#drawn .block", has_text="GUEST_GNTTAB").first
    block.focus()
    before = page.evaluate("() => document.activeElement.dataset.block")
    page.evaluate("() => { const field = document.querySelector('input[name=vpci]'); field.checked = true;"
                  " field.dispatchEvent(new Event('input', { bubbles: true })); }")  # fmt: skip
    assert page.evaluate("() => document.activeElement.dataset.block") == before


HEIGHTS = """() => Object.fromEntries([...document.querySelectorAll("#drawn .block")].map((each) =>
  [each.textContent.split(" ")[0], Number(each.querySelector("rect").getAttribute("height"))]))"""


def test_the_filter_and_the_plain_scale(open_page: Opener) -> None:
    page = open_page("head")
    page.fill("#filter", "vpci")
    shown = page.locator("#regions tbody tr:visible td:first-child").all_inner_texts()
    assert shown == ["GUEST_VPCI_ECAM", "GUEST_VPCI_MEM", "GUEST_VPCI_PREFETCH_MEM"]
    page.fill("#filter", "")
    page.select_option("select[name=scale]", "linear")
    heights = page.evaluate(HEIGHTS)
    assert heights["GUEST_RAM1"] / heights["GUEST_RAM0"] == pytest.approx(1016 / 3, rel=0.1)


def test_a_board_by_width(open_page: Opener) -> None:
    """At 32 bits nothing lies at 0x8000000000: three regions, and none of the four overlaps."""
    page = open_page("board")
    assert page.locator(".mark.refuted").count() == 4
    page.locator("input[name=ipa_bits]").press("Home")
    assert page.locator(".mark.refuted").count() == 0
    offered = page.locator("#drawn .offered").count()
    assert offered == len(
        next(each for each in charts.report("board").offers if each.domain.ipa_bits == 32).regions
    )


def test_remarks_are_those_of_the_setting(open_page: Opener) -> None:
    """Without IOMMU the regions of dom0 are open while its RAM is: that is said there, and not of other settings."""
    page = open_page("domains")
    told = page.locator(
        ".remark", has_text="d0: 40, 42, 44 or 48 ipa bits, without IOMMU: no extended region is drawn"
    )
    assert told.is_hidden()
    page.select_option("select[name=iommu]", label="without IOMMU")
    assert told.is_visible()
    assert page.locator("#drawn .offered").count() == 0
    page.select_option("select[name=domain]", label="d1")
    assert told.is_hidden()
    page.select_option("select[name=iommu]", label="with IOMMU")
    assert state(page) == "Of such a guest nothing is known here: d1, 48 bits, with IOMMU"
    assert page.locator("#drawn .block").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_hostile_names_are_text(scripts: bool, open_page: Opener) -> None:
    page = open_page("hostile", scripts=scripts)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert page.inner_text("h1").startswith("rfc-2021</script><script>window.hacked=1</script><img")
    assert "{{7*7}}" in page.inner_text("h1")
    assert page.locator("#regions tbody tr").count() == len(charts.chart("proposal").blocks)
    if scripts:
        for row in page.locator("#conflicts button").all():
            row.click()
        page.focus("#drawn .block")
        assert "onerror" in page.inner_text("#detail")
        assert page.evaluate("() => window.hacked") is None


def test_without_scripts_all_is_there_but_the_controls(open_page: Opener) -> None:
    page = open_page("proposal", scripts=False)
    assert page.locator("#controls").is_hidden()
    assert page.locator("aside").is_hidden()
    assert page.locator("button:visible").count() == 0
    assert page.locator(".mark.refuted").count() == 3
    assert page.locator("#regions tbody tr").count() == len(charts.chart("proposal").blocks)


LABELS = """() => [...document.querySelectorAll("#drawn text")].map((each) => {
  const { x, y, width, height } = each.getBoundingClientRect(); return [x, y, x + width, y + height, each.textContent]; })"""


@pytest.mark.parametrize("name", charts.NAMES)
def test_no_two_texts_are_on_each_other(name: str, open_page: Opener) -> None:
    """Four pixels of a line are its space; the ends of address spaces stand on their own ground."""
    page = open_page(name)
    ends = {f"end of {bits}-bit" for bits in charts.chart(name).widths}
    texts = [each for each in page.evaluate(LABELS) if not any(str(each[4]).startswith(end) for end in ends)]
    assert len(texts) > 10
    for index, one in enumerate(texts):
        for other in texts[index + 1 :]:
            wide = min(one[2], other[2]) - max(one[0], other[0])
            high = min(one[3], other[3]) - max(one[1], other[1])
            assert wide <= 0 or high <= 4, (one, other)


CONTRASTS = """() => {
  const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = (text) => {
    const [red, green, blue] = text.match(/[\\d.]+/g).map((each) => linear(Number(each) / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [more, less] = [light(one), light(other)].sort((x, y) => y - x);
    return (more + 0.05) / (less + 0.05);
  };
  const style = (selector) => getComputedStyle(document.querySelector(selector)), found = {};
  const ink = style("#drawn .labels text:not(.soft)").fill, back = style("figure svg").backgroundColor;
  for (const each of document.querySelectorAll("#drawn .block")) {
    const { fill, stroke } = getComputedStyle(each.querySelector("rect"));
    found[`${each.getAttribute("class")} text`] = ratio(ink, fill) / 4.5;
    found[`${each.getAttribute("class")} edge`] = ratio(stroke, back) / 3;
  }
  for (const each of document.querySelectorAll("#drawn .note")) {
    const fill = getComputedStyle(each.querySelector("rect")).fill;
    for (const text of each.querySelectorAll("text"))
      found[`note ${text.getAttribute("class")}`] = ratio(getComputedStyle(text).fill, fill) / 4.5;
  }
  found.soft = ratio(style("#drawn text.soft").fill, back) / 4.5;
  found.state = ratio(style("#state").color, style("body").backgroundColor) / 4.5;
  found.quiet = ratio(style(".quiet").color, style("body").backgroundColor) / 4.5;
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["two", "board", "guest"])
def test_contrast(name: str, scheme: str, open_page: Opener) -> None:
    """WCAG 2.2: 4.5 for text (1.4.3), 3 for edges (1.4.11)."""
    found = open_page(name, scheme=scheme).evaluate(CONTRASTS)
    assert len(found) > 6
    assert {key: value for key, value in found.items() if value < 1} == {}


def test_in_print_there_is_the_drawing_and_no_controls(open_page: Opener) -> None:
    page = open_page("proposal", scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("#controls").is_hidden()
    assert page.locator("aside").is_hidden()
    assert page.locator("figure svg").is_visible()
    for ground in ("document.body", "document.querySelector('figure svg')"):
        assert page.evaluate(f"() => getComputedStyle({ground}).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf(format="A4")
    assert 1 < pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") <= 8
