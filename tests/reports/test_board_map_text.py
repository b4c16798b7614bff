"""Maps of boards in text, written out by hand from the numbers that they show."""

from __future__ import annotations

import re

from verifier.layout.board_picture import BoardDrawing, BoardPicture, Drawn, Scene, board_picture
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.obstacle import Obstacle
from verifier.reports import board_map_text

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
END = "0x100000000  ===== end of 32 ipa bits ====="


def device(name: str, start: int, end: int, kind: str = "device") -> Obstacle:
    return Obstacle(Extent(start, end), kind, name, "reg[0]")


def scene(
    *obstacles: Obstacle,
    regions: tuple[Drawn, ...] = (),
    grounds: tuple[Obstacle, ...] = (),
    inside: str = "",
) -> Scene:
    return Scene(32, regions, obstacles, grounds, inside)


def drawn(found: Scene, *, verbose: bool = False) -> list[str]:
    return list(board_map_text.lines(board_picture(found, folded=not verbose), verbose=verbose))


def document(picture: BoardPicture, *notes: str, undrawn: tuple[str, ...] = ()) -> str:
    domain = DomainMap("d0", None, 32, True, "find_memory_holes", None, None, (), (), True, ())
    return board_map_text.render(BoardDrawing("b.dtb", "4.22.0", "release", domain, picture, notes, undrawn))


def test_neighbours_are_one_row_with_their_sum() -> None:
    """Three pages in 1 MiB, folded up to the end of the last; 0x102000 has 7 octal digits, a page 5, 3 GiB 11."""
    devices = [device(f"/soc/d{n}", n * 0x80000, n * 0x80000 + 4 * KIB) for n in range(3)]
    region = Drawn("extended region 0", Extent(GIB, 4 * GIB))
    assert drawn(scene(*devices, regions=(region,))) == [
        "0x000000000-0x000101000   1028 KiB  #######      3 devices  12 KiB of it",
        "                                                   /soc/d0 reg[0] to /soc/d2 reg[0]",
        "0x000101000-0x040000000  ~1023 MiB  ..........   (free)",
        "0x040000000-0x100000000      3 GiB  :::::::::::  extended region 0",
        END,
    ]
    assert drawn(scene(*devices, regions=(region,)), verbose=True) == [
        "0x000000000-0x000001000      4 KiB  #####        /soc/d0 reg[0]",
        "0x000001000-0x000080000    508 KiB  .......      (free)",
        "0x000080000-0x000081000      4 KiB  #####        /soc/d1 reg[0]",
        "0x000081000-0x000100000    508 KiB  .......      (free)",
        "0x000100000-0x000101000      4 KiB  #####        /soc/d2 reg[0]",
        "0x000101000-0x040000000  ~1023 MiB  ..........   (free)",
        "0x040000000-0x100000000      3 GiB  :::::::::::  extended region 0",
        END,
    ]


def test_a_region_over_a_window() -> None:
    """The window is cut where the region ends: half of it is in conflict."""
    window = device("/pcie", GIB, 3 * GIB, "pci-window")
    assert drawn(scene(window, regions=(Drawn("extended region 0", Extent(0, 2 * GIB)),))) == [
        "0x000000000-0x040000000  1 GiB  :::::::::::  extended region 0  2 GiB in all",
        "0x040000000-0x080000000  1 GiB  !!!!!!!!!!!  extended region 0  continued",
        "                                             /pcie reg[0]       PCI window, 2 GiB in all",
        "                                             ! overlaps extended region 0 by 1 GiB",
        "0x080000000-0x0c0000000  1 GiB  ###########  /pcie reg[0]       PCI window, continued",
        "0x0c0000000-0x100000000  1 GiB  ...........  (free)",
        END,
    ]


def test_many_devices_under_a_region_are_one_conflict_row() -> None:
    devices = [device(f"/soc/d{n}", n * MIB, n * MIB + 4 * KIB) for n in range(4)]
    lines = drawn(scene(*devices, regions=(Drawn("extended region 0", Extent(0, 4 * GIB)),)))
    assert lines[:4] == [
        "0x000000000-0x000301000   3076 KiB  !!!!!!!!     extended region 0  4 GiB in all",
        "                                                 4 devices          16 KiB of it",
        "                                                   /soc/d0 reg[0] to /soc/d3 reg[0]",
        "                                                 ! overlaps extended region 0 by 16 KiB",
    ]
    assert lines[4].endswith("  extended region 0  continued")


def test_memory_with_reserved_memory_in_it_has_no_mark() -> None:
    memory = device("/memory@0", 0, 2 * GIB, "memory")
    inside = [device(f"/reserved-memory/r{n}", n * MIB, (n + 1) * MIB, "reserved-memory") for n in range(4)]
    assert drawn(scene(memory, *inside)) == [
        "0x000000000-0x080000000  2 GiB  ###########  /memory@0 reg[0]            RAM",
        "                                             4 nodes of reserved memory  4 MiB of it",
        "                                               /reserved-memory/r0 reg[0] to /reserved-memory/r3 reg[0]",
        "0x080000000-0x100000000  2 GiB  ...........  (free)",
        END,
    ]


def test_entries_of_few_nodes_are_counted_apart() -> None:
    same = [Obstacle(Extent(n * MIB, (n + 1) * MIB), "pci-window", "/pcie", f"ranges[{n}]") for n in range(3)]
    assert drawn(scene(*same))[0].endswith("  3 windows of 1 PCI host bridge")
    more = device("/pcie@2", 3 * MIB, 4 * MIB, "pci-window")
    assert drawn(scene(*same, more))[0].endswith("  4 windows of 2 PCI host bridges")


def test_what_is_logged_stands_beside_what_is_predicted() -> None:
    regions = (
        Drawn("extended region 0 as predicted", Extent(0, GIB)),
        Drawn("extended region 0 of the log", Extent(0, 2 * GIB), is_logged=True),
    )
    window = device("/pcie", GIB, 2 * GIB, "pci-window")
    assert drawn(scene(window, regions=regions)) == [
        "0x000000000-0x040000000  1 GiB  :::::::::::  extended region 0 as predicted",
        "                                             extended region 0 of the log  2 GiB in all",
        "0x040000000-0x080000000  1 GiB  !!!!!!!!!!!  extended region 0 of the log  continued",
        "                                             /pcie reg[0]                  PCI window",
        "                                             ! overlaps extended region 0 of the log by 1 GiB",
        "0x080000000-0x100000000  2 GiB  ...........  (free)",
        END,
    ]


def test_two_regions_over_each_other() -> None:
    regions = (Drawn("region 0", Extent(0, 2 * GIB)), Drawn("region 1", Extent(GIB, 3 * GIB)))
    assert drawn(scene(regions=regions))[1:3] == [
        "0x040000000-0x080000000  1 GiB  !!!!!!!!!!!  region 0  continued",
        "                                             region 1  2 GiB in all  ! overlaps region 0 by 1 GiB",
    ]


def test_beyond_the_end_only_a_region_is_wrong() -> None:
    region = Drawn("region 0", Extent(3 * GIB, 5 * GIB))
    assert drawn(scene(device("/far", 8 * GIB, 9 * GIB), regions=(region,))) == [
        "0x000000000-0x0c0000000  3 GiB  ...........  (free)",
        "0x0c0000000-0x100000000  1 GiB  :::::::::::  region 0  2 GiB in all",
        END,
        "0x100000000-0x140000000  1 GiB  !!!!!!!!!!!  region 0  continued  ! 1 GiB beyond the end",
        "0x200000000-0x240000000  1 GiB  ###########  /far reg[0]",
    ]


def test_outside_of_where_regions_may_lie() -> None:
    ram = Obstacle(Extent(GIB, 2 * GIB), "memory", "/memory", "reg[0]")
    region = Drawn("region 0", Extent(0, 2 * GIB))
    lines = drawn(scene(regions=(region,), grounds=(ram,), inside="memory"))
    assert lines[:3] == [
        "0x000000000-0x040000000  1 GiB  !!!!!!!!!!!  region 0  2 GiB in all  ! 1 GiB outside the host's RAM",
        "0x040000000-0x080000000  1 GiB  :::::::::::  region 0  continued, in /memory reg[0]",
        "0x080000000-0x100000000  2 GiB  ...........  (free)",
    ]


def test_what_is_open_and_what_is_lost() -> None:
    open_one = Drawn("region 0", Extent(0, GIB), doubt="less what the grant region touches, wherever it lies")
    lost = Extent(2 * GIB, 3 * GIB)
    found = Scene(32, (open_one,), (), lost=(lost,), dropped=(Extent(3 * GIB, 4 * GIB),))
    assert drawn(found) == [
        "0x000000000-0x040000000  1 GiB  ???????????  region 0  ? less what the grant region touches, wherever it lies",
        "0x040000000-0x080000000  1 GiB  ...........  (free)",
        "0x080000000-0x0c0000000  1 GiB  ...........  (lost)     has to be offered, and is not",
        "0x0c0000000-0x100000000  1 GiB  ...........  (dropped)  Xen takes no more regions",
        END,
    ]
    text = document(board_picture(found))
    assert text.splitlines()[0].endswith(": 1 extended region, 1 GiB of 4 GiB offered, 1 GiB lost")
    assert "In a bar : is offered, # taken, . neither, ? perhaps offered.\n" in text


def test_hostile_names_stay_in_their_rows() -> None:
    evil = device("/a\x1b[31m\n0x0-0x1  forged\r", 0, GIB)
    long = device(f"/{'x' * 2000}/end", 3 * GIB, 4 * GIB)
    for verbose in (False, True):
        lines = drawn(scene(evil, long), verbose=verbose)
        assert len(lines) == 4
        assert lines[0].endswith("/a\\x1b[31m\\x0a0x0-0x1  forged\\x0d reg[0]")
        assert all(each.isprintable() for each in lines)
    shown = drawn(scene(evil, long))[2]
    assert shown.endswith(f"/{'x' * 19}...{'x' * 30}/end reg[0]")
    assert len(shown.split("  ")[-1]) == board_map_text.MOST_OF_NAME
    assert f"/{'x' * 2000}/end reg[0]" in drawn(scene(evil, long), verbose=True)[2]
    text = document(board_picture(scene(evil)), "a\nb", undrawn=("c\nd",))
    assert "  a\\x0ab\n" in text
    assert "not drawn: c\\x0ad\n" in text


def test_what_is_not_drawn_is_counted() -> None:
    text = document(board_picture(scene()), undrawn=tuple(f"thing {n}" for n in range(7)))
    assert re.findall(r"not drawn: (.*)", text) == ["thing 0", "thing 1", "thing 2", "4 more (-v)"]
