"""What THIRD-PARTY.md says by hand: what each package is for, and licences that packages do not say themselves."""

from __future__ import annotations

REASONS = {
    "atheris": "extra `fuzz`: guides fuzzing by coverage",
    "bitwuzla": "extra `second`: another solver that gives its opinion",
    "check-jsonschema": "the schemas that platforms publish of their configurations",
    "click": "the command line",
    "cmarkgfm": "renders Markdown reports as GitHub does, for tests",
    "cvc5": "extra `second`: another solver that gives its opinion",
    "dask": "extra `cluster`: many boards on many machines",
    "distributed": "extra `cluster`: the same",
    "dtschema": "another look at device trees, for times side by side",
    "fdt": "another reader of device trees, for times side by side",
    "furo": "extra `manual`: how the pages of the manual look",
    "hatchling": "builds the wheel",
    "hypothesis": "random inputs for tests",
    "jinja2": "templates of HTML reports",
    "jsonschema": "validates JSON and SARIF reports in tests",
    "junitparser": "another reader of JUnit reports, for tests",
    "lopper": "another look at device trees, for times side by side",
    "markupsafe": "escapes what HTML reports show",
    "matplotlib": "plots of how times grow",
    "mypy": "types, checked",
    "myst-parser": "extra `manual`: reads the manual's Markdown for Sphinx",
    "networkx": "graphs: repairs, conflicts, where regions fit",
    "ortools": "another way of placing regions, for times side by side",
    "packaging": "reads versions and markers of the lock files",
    "pcpp": "another C preprocessor, for tests",
    "pillow": "compares screenshots",
    "playwright": "drives Chromium, for tests of HTML reports",
    "pre-commit": "checks the hooks that this repository offers",
    "pytest": "runs the tests",
    "pytest-xdist": "runs them on all processors",
    "pyyaml": "reads configurations of platforms in tests; lopper needs it, and does not say so",
    "rich": "extra `term`: colours and widths of terminals",
    "ruff": "lints and formats",
    "sphinx": "extra `manual`: builds its pages, and fails on a link that leads nowhere",
    "types-docutils": "types of docutils",
    "types-jsonschema": "types of jsonschema",
    "types-pygments": "types of Pygments",
    "types-pyyaml": "types of PyYAML",
    "uv": "writes the lock files",
    "z3-solver": "decides formulas",
}
"""One for each package that `pyproject.toml` asks for."""

STATED = {
    "atheris": (
        "Apache-2.0",
        "https://github.com/google/atheris",
        "its licence stands in its repository",
    ),
    "bitwuzla": (
        "MIT AND LGPL-3.0-or-later",
        "https://github.com/bitwuzla/bitwuzla",
        "it says MIT, and its wheel holds GMP, which is under the LGPL",
    ),
    "colorama": ("BSD-3-Clause", "https://github.com/tartley/colorama", "on Windows only"),
    "pylibfdt": (
        "BSD-2-Clause OR GPL-2.0-or-later",
        "https://github.com/dgibson/dtc",
        "its licence stands in its repository",
    ),
    "pyreadline3": ("BSD-3-Clause", "https://github.com/pyreadline3/pyreadline3", "on Windows only"),
    "lazy-importer": (
        "Apache-2.0",
        "https://pypi.org/project/lazy-importer/",
        "it names no homepage",
    ),
    "cvc5": (
        "BSD-3-Clause AND LGPL-3.0-or-later",
        "https://github.com/cvc5/cvc5",
        "its COPYING says BSD, and its wheel brings GMP, MPFR and LibPoly, which are under the LGPL",
    ),
}
"""Licence, homepage, and why they stand here: what the package does not say itself, or not in full."""
