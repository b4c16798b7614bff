"""Obligations of the kinds that the theorems lead to, small enough to be understood one by one.

Each is impossible; `weakened` gives siblings that lack one assertion, most of which are possible.
"""

from __future__ import annotations

PAGE, BIG = "fffffffffffff000", "ffffffffffe00000"
ALL, TWO_MIB = "ffffffffffffffff", "0000000000200000"


def obligation(words: str, *assertions: str, truths: str = "") -> str:
    """The text of an obligation: words and truths are the declared names, with spaces between."""
    lines = ["; a sample", "(set-logic QF_BV)"]
    lines += [f"(declare-const {name} (_ BitVec 64))" for name in words.split()]
    lines += [f"(declare-const {name} Bool)" for name in truths.split()]
    lines += [f"(assert {assertion})" for assertion in assertions]
    return "\n".join([*lines, "(check-sat)", ""])


def up(word: str) -> str:
    """A word rounded up to 2 MiB."""
    return f"(bvand (bvadd {word} #x00000000001fffff) #x{BIG})"


def down(word: str) -> str:
    """A word rounded down to 2 MiB."""
    return f"(bvand {word} #x{BIG})"


BELOW = "#x00ffffffffffffff"  # every address is: what the width of an Arm address gives

BACK = "(bvshl (bvlshr word #x000000000000000c) #x000000000000000c)"

SAMPLES = {
    # A bank [start, last] rounded inwards to 2 MiB lies inside it.
    "rounded-inside": obligation(
        "start last from to",
        f"(bvule last {BELOW})",
        "(bvule start last)",
        f"(= from {up('start')})",
        f"(= to {down('(bvadd last #x0000000000000001)')})",
        "(bvult from to)",
        "(or (bvult from start) (bvult last (bvsub to #x0000000000000001)))",
    ),
    # ... and what is left is a multiple of 2 MiB.
    "size-multiple": obligation(
        "start last from to size",
        f"(bvule last {BELOW})",
        "(bvule start last)",
        f"(= from {up('start')})",
        f"(= to {down('(bvadd last #x0000000000000001)')})",
        "(bvult from to)",
        "(= size (bvsub to from))",
        "(or (not (= (bvand size #x00000000001fffff) #x0000000000000000)) (bvult size #x0000000000200000))",
    ),
    # end + 1 does not wrap below a bound.
    "no-wrap": obligation(
        "start size last",
        "(not (= size #x0000000000000000))",
        f"(bvule start {BELOW})",
        f"(bvule size {BELOW})",
        "(= last (bvsub (bvadd start size) #x0000000000000001))",
        "(or (bvult last start) (= (bvadd last #x0000000000000001) #x0000000000000000))",
    ),
    # The page of a byte between two bytes lies between their pages.
    "page-between": obligation(
        "low high byte",
        "(bvule low byte)",
        "(bvule byte high)",
        "(or (bvult (bvlshr byte #x000000000000000c) (bvlshr low #x000000000000000c))"
        " (bvult (bvlshr high #x000000000000000c) (bvlshr byte #x000000000000000c)))",
    ),
    # Removing [s, e] from [a, b] leaves pieces that do not meet [s, e], nor leave [a, b].
    "removed": obligation(
        "a b s e x y watched",
        "(bvule a b)",
        "(bvule s e)",
        # the pieces: [a, s - 1] if a < s <= b; [e + 1, b] if a <= e < b; all of it if they do not meet
        "(or (and (or (bvult b s) (bvult e a)) (= x a) (= y b))"
        " (and (bvult a s) (bvule s b) (= x a) (= y (bvsub s #x0000000000000001)))"
        " (and (bvule a e) (bvult e b) (= x (bvadd e #x0000000000000001)) (= y b)))",
        "(bvule x watched)",
        "(bvule watched y)",
        "(or (and (bvule s watched) (bvule watched e)) (bvult watched a) (bvult b watched) (bvult y x))",
    ),
    # A region [from rounded up, the smaller of two ends] of at least 64 MiB ends below both.
    "minimum": obligation(
        "bank_end limit used from end",
        f"(bvule bank_end {BELOW})",
        "(bvule used bank_end)",
        f"(= from {up('used')})",
        "(= end (ite (bvult bank_end limit) bank_end limit))",
        "(bvule from end)",
        "(bvule #x0000000004000000 (bvsub end from))",
        "(or (bvult bank_end end) (bvult limit end) (bvult from used) (bvult end used))",
    ),
    # << 12 of >> 12 is rounding down to a page.
    "shift-back": obligation(
        "word",
        f"(or (bvult word {BACK}) (not (= (bvand word #x{PAGE}) {BACK}))"
        f" (bvule #x0000000000001000 (bvsub word {BACK})))",
    ),
    # Frames are given as numbers of pages; bytes from them are aligned and do not wrap below the bound.
    "frames": obligation(
        "frame count first last",
        "(bvule frame #x0000000fffffffff)",
        "(bvule count #x0000000fffffffff)",
        "(not (= count #x0000000000000000))",
        "(= first (bvshl frame #x000000000000000c))",
        "(= last (bvsub (bvshl (bvadd frame count) #x000000000000000c) #x0000000000000001))",
        "(or (bvult last first) (not (= (bvand first #x0000000000000fff) #x0000000000000000))"
        " (not (= (bvand last #x0000000000000fff) #x0000000000000fff))"
        " (not (= (bvlshr last #x000000000000000c) (bvsub (bvadd frame count) #x0000000000000001))))",
    ),
    # A loop step: the cursor stays 2 MiB aligned and in the bank, after an entry that may be skipped.
    "step": obligation(
        "cursor entry_start entry_size bank_last next entry_end",
        f"(bvule bank_last {BELOW})",
        f"(bvule entry_start {BELOW})",
        f"(bvule entry_size {BELOW})",
        "(not (= entry_size #x0000000000000000))",
        "(= (bvand cursor #x00000000001fffff) #x0000000000000000)",
        "(bvule cursor bank_last)",
        "(= entry_end (bvadd entry_start entry_size))",
        f"(= next (ite (and seen (bvult cursor entry_end)) {up('entry_end')} cursor))",
        "(=> seen (bvule entry_end bank_last))",
        "(or (not (= (bvand next #x00000000001fffff) #x0000000000000000)) (bvult next cursor)"
        " (and seen (bvult next entry_end)) (bvult (bvadd bank_last #x00000000001fffff) next))",
        truths="seen",
    ),
    # The same page frame of two bytes that 2 MiB rounding keeps apart: impossible.
    "rounded-frames": obligation(
        "a b",
        f"(bvule a {BELOW})",
        f"(bvule b {BELOW})",
        f"(bvule {up('a')} {down('b')})",
        "(bvult b a)",
    ),
    # A 4 KiB frame against a 2 MiB block: rounding to 4 KiB first changes nothing.
    "two-roundings": obligation(
        "word",
        f"(not (= (bvand (bvand word #x{PAGE}) #x{BIG}) (bvand word #x{BIG})))",
    ),
    # Three ranges, sorted, neighbours apart: the outer two are apart.
    "sorted": obligation(
        "a_start a_last b_start b_last c_start c_last at",
        "(bvule a_start a_last)",
        "(bvule b_start b_last)",
        "(bvule c_start c_last)",
        "(bvult a_last b_start)",
        "(bvult b_last c_start)",
        "(and (bvule a_start at) (bvule at a_last))",
        "(and (bvule c_start at) (bvule at c_last))",
    ),
    # A range pushed past a list of holes by the loop of an allocator: three holes, each skipped or not.
    "holes": obligation(
        "base size h1 h2 h3 p1 p2 p3",
        f"(bvule base {BELOW})",
        f"(bvule size {BELOW})",
        *(f"(bvule {hole} {BELOW})" for hole in ("h1", "h2", "h3")),
        "(not (= size #x0000000000000000))",
        *(
            f"(= {new} (ite (and (bvult {old} (bvadd {hole} #x{TWO_MIB})) (bvult {hole} (bvadd {old} size)))"
            f" {up(f'(bvadd {hole} #x{TWO_MIB})')} {old}))"
            for old, hole, new in (("base", "h1", "p1"), ("p1", "h2", "p2"), ("p2", "h3", "p3"))
        ),
        "(or (bvult p3 base) (and (bvult p3 (bvadd h3 #x0000000000200000)) (bvult h3 (bvadd p3 size))))",
    ),
}


def number(value: int) -> str:
    return f"#x{value:016x}"


def windows(count: int) -> str:
    """A range between `count` sorted windows is cut at the next one; a watched byte of it is in none."""
    names = " ".join(f"low{i} high{i}" for i in range(count))
    last = "(ite (bvult e low{0}) e (bvsub low{0} #x0000000000000001))".format
    gaps = " ".join(
        f"(and (bvule s low{i + 1}) (bvule high{i} s) (bvult s e)"
        f" (= x (bvadd s #x0000000000000001)) (= y {last(i + 1)}))"
        for i in range(count - 1)
    )
    inside = " ".join(f"(and (bvule low{i} w) (bvule w high{i}))" for i in range(count))
    return obligation(
        f"s e w x y {names}",
        "(bvule s e)",
        *(f"(bvule low{i} high{i})" for i in range(count)),
        *(f"(bvult high{i} low{i + 1})" for i in range(count - 1)),
        f"(or (and (bvule s low0) (= x s) (= y {last(0)})) {gaps})",
        "(bvule x w)",
        "(bvule w y)",
        "(not (= s low0))",
        f"(or {inside} (bvult w s) (bvult e w))",
    )


WINDOW = ("window_size", "window_start")

LARGE = {
    # A bank's free part, rounded, below a limit; a range of frames is cut out, and what is left is checked:
    # aligned, inside, of at least 64 MiB, and none of its bytes has one of these frames.
    "frames-cut": obligation(
        "base size used lim gfn nr io_s io_e bank_e s e s2 e2 w",
        f"(bvule base {BELOW})",
        f"(bvule size {BELOW})",
        "(bvule used size)",
        "(not (= size #x0000000000000000))",
        f"(bvule gfn {number(2**44)})",
        f"(bvule nr {number(2**44)})",
        "(not (= nr #x0000000000000000))",
        "(= bank_e (bvsub (bvadd base size) #x0000000000000001))",
        "(= io_s (bvshl gfn #x000000000000000c))",
        "(= io_e (bvsub (bvshl (bvadd gfn nr) #x000000000000000c) #x0000000000000001))",
        f"(= s {up('(bvadd base used)')})",
        "(= e (ite (bvult bank_e lim) bank_e lim))",
        "(bvult s e)",
        "(or (and (or (bvult e io_s) (bvult io_e s)) (= s2 s) (= e2 e))"
        f" (and (bvult s io_s) (bvule io_s e) (= s2 s) (= e2 (bvsub {down('io_s')} #x0000000000000001)))"
        " (and (bvule s io_e) (bvult io_e e)"
        f" (= s2 {up('(bvadd io_e #x0000000000000001)')}) (= e2 e)))",
        f"(bvule {number(64 << 20)} (bvadd (bvsub e2 s2) #x0000000000000001))",
        "(bvult s2 e2)",
        "(or (not (= (bvand s2 #x00000000001fffff) #x0000000000000000)) (bvult s2 (bvadd base used))"
        " (bvult bank_e e2) (bvult lim e2) (and (bvule s2 w) (bvule w e2)"
        " (bvule gfn (bvlshr w #x000000000000000c)) (bvult (bvlshr w #x000000000000000c) (bvadd gfn nr))))",
    ),
    # The frames of [start, start + len), by rounding to pages, have every byte of it.
    "frames-of-bytes": obligation(
        "start len w s e f",
        f"(bvule start {BELOW})",
        f"(bvule len {BELOW})",
        "(not (= len #x0000000000000000))",
        "(bvule start w)",
        "(bvult w (bvadd start len))",
        f"(= s (bvlshr (bvand start #x{PAGE}) #x000000000000000c))",
        f"(= e (bvlshr (bvsub (bvand (bvadd (bvadd start len) #x0000000000000fff) #x{PAGE})"
        " #x0000000000000001) #x000000000000000c))",
        "(= f (bvlshr w #x000000000000000c))",
        "(or (bvult f s) (bvult e f) (bvult e s))",
    ),
    # Sums with aligned words round as the rest of the sum does: needs floor(a + c) - floor(a) - floor(c).
    "aligned-sums": obligation(
        "a b c x",
        *(f"(bvule {name} {BELOW})" for name in "abc"),
        *(f"(= (bvand {name} #x00000000001fffff) #x0000000000000000)" for name in "ab"),
        "(bvult a b)",
        f"(= x {up('(bvadd a c)')})",
        f"(or (bvult b (bvadd a #x{TWO_MIB})) (not (= (bvsub x a) {up('c')}))"
        " (not (= (bvand (bvadd (bvadd a b) c) #x00000000001fffff) (bvand c #x00000000001fffff))))",
    ),
    # Rounding to 4 KiB, 2 MiB, then 1 GiB.
    "three-roundings": obligation(
        "x p q r",
        f"(bvule x {BELOW})",
        f"(= p (bvand (bvadd x #x0000000000000fff) #x{PAGE}))",
        f"(= q {up('p')})",
        "(= r (bvand (bvadd q #x000000003fffffff) #xffffffffc0000000))",
        "(or (bvult r x) (bvult (bvadd x #x000000003fffffff) r)"
        f" (not (= (bvand r #x00000000001fffff) #x0000000000000000)) (not (= q {up('x')})))",
    ),
    # A byte of what remains of a range after a removal that may split it in two.
    "split-in-two": obligation(
        "xs xe s e ns ne ms me at",
        "(bvule xs xe)",
        "(bvule s e)",
        "(= ns (ite (bvult xs s) xs (bvadd e #x0000000000000001)))",
        "(= ne (ite (bvult xs s) (ite (bvult s xe) (bvsub s #x0000000000000001) xe) xe))",
        "(=> split (and (bvult xs s) (bvult e xe) (= ms (bvadd e #x0000000000000001)) (= me xe)))",
        "(=> (not split) (and (= ms ns) (= me ne)))",
        "(bvule s xe)",
        "(bvule xs e)",
        "(not (and (bvule s xs) (bvule xe e)))",
        "(or (and (bvule ns at) (bvule at ne)) (and (bvule ms at) (bvule at me)))",
        "(or (bvult at xs) (bvult xe at) (and (bvule s at) (bvule at e) (not (= s xe))))",
        truths="split",
    ),
    "five-windows": windows(5),
    # A 64 MiB chunk of a window's unused part lies in what is left of the window, rounded: the chunk's number
    # of 2 MiB blocks, less those of the window's start, less those of the used part, is not negative.
    "chunk-of-window": obligation(
        "chunk last used window_size window_start t1 t2 t3 t4 t5",
        f"(and (bvult last {number(2**52)}) (= (bvand last #x00000000001fffff) #x00000000001fffff))",
        "(= t1 (bvadd window_start window_size))",
        f"(and {' '.join(f'(= (bvand {name} #x00000000001fffff) {number(0)})' for name in WINDOW)}"
        f" (bvult {number(0)} window_size) {' '.join(f'(bvult {name} {number(2**52)})' for name in (*WINDOW, 't1'))}"
        " (bvule used window_size))",
        "(= t2 (bvadd chunk #x0000000003ffffff))",
        "(= t3 (bvadd window_start used))",
        "(and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvule chunk t2) (bvule t2 last)"
        " (bvule t3 chunk) (bvult chunk t1) (bvult t2 t1))",
        "(= t4 (bvsub t1 #x0000000000000001))",
        f"(= t5 (bvadd window_start {up('used')}))",
        "(or (and (bvule last t4) (bvule t5 last) (not (and (bvule t5 chunk) (bvule t2 last))))"
        " (and (not (bvule last t4)) (bvule t5 t4) (not (and (bvule t5 chunk) (bvule t2 t4)))))",
    ),
}
"""As large as obligations get, or harder than most; other solvers take seconds for some."""
