"""Extended regions around N symbolic ranges, unrolled: `entries.py N`.

The ranges ascend; what lies between two of them is a region, whose ends are rounded to 2 MiB, if 64 MiB are left. z3 over
bit-vectors: an arbitrary address of a region is in none of the ranges. With N ranges that is N * (N + 1) questions, and what
is proved is proved for N ranges alone.
"""

import sys

END = 1 << 40
SUPERPAGE, LEAST = 2 << 20, 64 << 20


def main(count: int) -> None:
    """Raises AssertionError unless no region covers a range."""
    import z3

    starts = [z3.BitVec(f"start{number}", 64) for number in range(count)]
    ends = [z3.BitVec(f"end{number}", 64) for number in range(count)]
    address = z3.BitVec("address", 64)
    solver = z3.Solver()
    before = z3.BitVecVal(0, 64)
    for start, end in zip(starts, ends, strict=True):
        solver.add(z3.ULE(before, start), z3.ULT(start, end), z3.ULE(end, END))
        before = end
    lows = [z3.BitVecVal(0, 64), *ends]
    highs = [*starts, z3.BitVecVal(END, 64)]
    for low, high in zip(lows, highs, strict=True):
        first = (low + SUPERPAGE - 1) & -SUPERPAGE
        last = high & -SUPERPAGE
        inside = z3.And(
            z3.ULE(first, last), z3.UGE(last - first, LEAST), z3.UGE(address, first), z3.ULT(address, last)
        )
        for start, end in zip(starts, ends, strict=True):
            assert solver.check(inside, z3.UGE(address, start), z3.ULT(address, end)) == z3.unsat


if __name__ == "__main__":
    main(int(sys.argv[1]))
