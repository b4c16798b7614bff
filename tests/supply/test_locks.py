"""The lock files are in step with `pyproject.toml`, whole, and of one mind; `make supply` installs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from tests.supply.locks import EXTRAS, FOLDER, OLDEST, ROOT, locked, pins, wanted

fetches = pytest.mark.skipif("SUPPLY" not in os.environ, reason="make supply")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GOOD = f"""\
# a comment
click==8.1.0 ; python_full_version < '3.12' \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via
    #   -c locks/runtime.txt
    #   some-project (pyproject.toml)
    #   Other.Thing
"""


def test_a_lock_file_is_read() -> None:
    (pin,) = pins(GOOD)
    assert (pin.name, str(pin.version), str(pin.marker)) == (
        "click",
        "8.1.0",
        'python_full_version < "3.12"',
    )
    assert pin.hashes == {"a" * 64, "b" * 64}
    assert pin.direct
    assert pin.parents == {"other-thing"}


@pytest.mark.parametrize(
    "bad",
    [
        "click==8.1.0\n    # via some-project (pyproject.toml)\n",  # no hash
        "click>=8.1.0 \\\n" + GOOD.partition("\\\n")[2],
        "--index-url https://example.org/\n" + GOOD,
        "click @ https://example.org/click.whl \\\n" + GOOD.partition("\\\n")[2],
        GOOD.replace("sha256:aaa", "md5:aaa"),
        GOOD.replace("a" * 64, "a" * 63),
    ],
)
def test_nothing_but_pins_with_hashes(bad: str) -> None:
    with pytest.raises(ValueError, match="neither a pin with hashes nor a comment"):
        list(pins(bad))


def test_every_extra_is_locked() -> None:
    asked = {canonicalize_name(each.name) for name in EXTRAS for each in wanted(name)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {extra for extras in EXTRAS.values() for extra in extras} == set(project["optional-dependencies"])
    assert project["requires-python"] == f">={OLDEST}"
    assert {path.stem for path in FOLDER.iterdir()} == set(EXTRAS)
    assert asked >= {"click", "z3-solver", "hatchling", "cvc5", "rich", "ortools", "uv"}


@pytest.mark.parametrize("name", EXTRAS)
def test_it_is_in_step_with_the_project(name: str) -> None:
    """What the project asks for is there within its bounds; what it no longer asks for is not."""
    direct = {pin.name for pin in locked(name) if pin.direct}
    assert {canonicalize_name(each.name) for each in wanted(name)} == direct
    for each in wanted(name):
        for pin in locked(name):
            if pin.name == canonicalize_name(each.name):
                assert each.specifier.contains(pin.version), f"{each} has {pin.version}; run make lock"


@pytest.mark.parametrize("name", EXTRAS)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_python_has_one_version(name: str, python: str, machine: str) -> None:
    environment: dict[str, str] = {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
    }
    chosen = [pin.name for pin in locked(name) if pin.marker is None or pin.marker.evaluate(environment)]
    assert len(chosen) == len(set(chosen))
    assert {canonicalize_name(each.name) for each in wanted(name)} <= set(chosen)


@pytest.mark.parametrize("name", EXTRAS)
def test_nothing_is_there_without_need(name: str) -> None:
    """Every pin is wanted by the project, or by a pin that is there."""
    names = {pin.name for pin in locked(name)}
    for pin in locked(name):
        assert pin.direct or pin.parents, pin
        assert pin.parents <= names, pin


def test_the_files_agree() -> None:
    """Whoever develops or measures has the versions, and the files, that whoever runs the tool has."""
    own = {(pin.name, pin.version): pin.hashes for pin in locked("runtime")}
    names = {name for name, _ in own}
    for other in ("dev", "tools"):
        same = {(pin.name, pin.version): pin.hashes for pin in locked(other) if pin.name in names}
        assert same == own


def install(folder: Path, lock: Path) -> subprocess.CompletedProcess[str]:
    """pip, in an empty environment, with nothing but what the lock file says."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    return subprocess.run(pip, capture_output=True, text=True, check=False)


@fetches
@pytest.mark.parametrize("name", EXTRAS)
def test_pip_installs_it_with_hashes(name: str, tmp_path: Path) -> None:
    """pip refuses a package that a pin needs and nothing pins."""
    done = install(tmp_path / "venv", FOLDER / f"{name}.txt")
    assert done.returncode == 0, done.stderr


@fetches
def test_pip_refuses_a_file_that_is_another(tmp_path: Path) -> None:
    text = (FOLDER / "runtime.txt").read_text(encoding="utf-8")
    lock = tmp_path / "lock.txt"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", text), encoding="utf-8")
    done = install(tmp_path / "venv", lock)
    assert done.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
