"""How Sphinx builds the manual (`make manual`). They are plain Markdown, read as well where the repository is hosted."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from docutils import nodes
from pygments.lexer import RegexLexer
from pygments.token import Generic, Text
from sphinx.application import Sphinx

project = "Xen layout verifier"
author = "its authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
language = "en"

# Links and anchors as code-hosting sites make them; what leads nowhere is an error by `-n -W`.
myst_heading_anchors = 4
nitpicky = True
# Blocks are output or code as it is: only what names a language is coloured.
highlight_language = "none"
smartquotes = False
pygments_style = "default"
pygments_dark_style = "github-dark"

html_theme = "furo"
html_title = "Xen layout verifier"
html_static_path = ["static"]
html_css_files = ["wide.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

LINKED = re.compile(r"^\* \[[^]]+\]\((?P<page>[a-z-]+)\.md\)", re.MULTILINE)


def with_contents(_: Sphinx, name: str, source: list[str]) -> None:
    """The lists of the first page are the table of contents as well: there is no second one to keep."""
    if name != root_doc:
        return
    for part in source[0].split("\n## ")[1:]:
        pages = "\n".join(found["page"] for found in LINKED.finditer(part))
        if pages:
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {part.splitlines()[0]}\n\n{pages}\n```\n"


MAP = re.compile(r"^ +0x[0-9a-f]+-0x", re.MULTILINE)


def with_wraps(_: Sphinx, page: nodes.document) -> None:
    """Sentences of reports wrap; what is drawn in columns scrolls."""
    for block in page.findall(nodes.literal_block):
        if not MAP.search(block.astext()):
            block["classes"].append("wraps")


class Console(RegexLexer):
    """A command stands out, its output is plain: Pygments' own takes a line of C with `#` for a command of root."""

    name = "console"
    tokens: ClassVar[dict[str, Any]] = {
        "root": [(r"\$ ", Generic.Prompt, "command"), (r".*\n", Text)],
        "command": [(r".*\n", Generic.Strong, "#pop")],
    }


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_lexer("console", Console)
    app.connect("doctree-read", with_wraps)
    app.connect("source-read", with_contents)
