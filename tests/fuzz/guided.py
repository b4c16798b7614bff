"""One harness under atheris: libFuzzer makes inputs, and keeps those that reach edges of our code that no other has.

    python -m tests.fuzz.guided NAME SECONDS SEED FOLDER

FOLDER gets `corpus/`, and in `defects/` an input for each kind and place of defect; a defect does not end the run.
"""

from __future__ import annotations

import random
import sys
from importlib import import_module
from pathlib import Path

_TOGETHER = 4 << 30
"""Bytes of all inputs and of what atheris keeps, which grows with each that it has made; each alone has its own bound."""


def main(name: str, seconds: str, seed: str, folder: str) -> None:
    import atheris

    corpus, left = Path(folder) / "corpus", Path(folder) / "defects"
    corpus.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["verifier", "proofs"], enable_loader_override=False):
        readers, frame = import_module("tests.fuzz.readers"), import_module("tests.fuzz.frame")
        harness = readers.HARNESSES[name]
        for number, data in enumerate([*harness.seeds(), *harness.known()]):
            (corpus / f"seed-{number}").write_bytes(data)
            frame.defect(harness, data)  # what is imported late is instrumented as well

    def once(data: bytes) -> None:
        found = frame.defect(
            harness, data, real=0
        )  # the timer of the wall is libFuzzer's: it saves `timeout-*`
        if found is not None:
            found.saved(left)

    def mutated(data: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        made = atheris.Mutate(data, len(data)) if chance.random() < 0.3 and data else data
        return bytes(harness.mutate(made, chance)[:most])

    arguments = [
        *(
            "guided",
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-timeout={frame.REAL_SECONDS:.0f}",
            f"-rss_limit_mb={_TOGETHER >> 20}",
        ),
        *(
            f"-max_len={harness.most_bytes}",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
            "-reload=0",
        ),
        *("-len_control=0", str(corpus)),
    ]
    atheris.Setup(arguments, once, custom_mutator=mutated, internal_libfuzzer=True)
    frame.limit_memory(_TOGETHER)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
