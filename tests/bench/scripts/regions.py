"""N regions, and whether two of them overlap: `regions.py N`, all pairs in one question to z3.

What `verifier check` is asked of the header with as many regions, for one of its properties.
"""

import sys
from itertools import combinations

STEP, SIZE = 0x1_0000, 0x1000


def main(count: int) -> None:
    """Raises AssertionError unless no two overlap."""
    import z3

    starts = [0x1_0000_0000 + number * STEP for number in range(count)]
    regions = [(z3.BitVecVal(start, 64), z3.BitVecVal(start + SIZE, 64)) for start in starts]
    address = z3.BitVec("address", 64)
    inside = [z3.And(z3.UGE(address, start), z3.ULT(address, end)) for start, end in regions]
    solver = z3.Solver()
    solver.add(z3.Or(*(z3.And(one, other) for one, other in combinations(inside, 2))))
    assert solver.check() == z3.unsat


if __name__ == "__main__":
    main(int(sys.argv[1]))
