"""N regions, and whether one of two that overlap is present at all: `regions.py N`, each pair a question to z3.

What `verifier check` is asked of the header with as many regions, for one of its properties.
"""

import sys
from itertools import combinations


def main(count: int) -> None:
    """Raises AssertionError unless no two overlap."""
    import z3

    start_of = [0x1_0000_0000 + number * 0x1_0000 for number in range(count)]
    regions = [(z3.BitVecVal(start, 64), z3.BitVecVal(start + 0x1000, 64)) for start in start_of]
    address = z3.BitVec("address", 64)
    solver = z3.Solver()
    solver.add(
        z3.Or(
            *(
                z3.And(z3.UGE(address, one[0]), z3.ULT(address, one[1]), z3.UGE(address, other[0]), z3.ULT(address, other[1]))
                for one, other in combinations(regions, 2)
            )
        )
    )
    assert solver.check() == z3.unsat


if __name__ == "__main__":
    main(int(sys.argv[1]))
