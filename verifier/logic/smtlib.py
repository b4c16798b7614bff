"""Terms as SMT-LIB 2.6 text: the one form in which any solver sees an obligation."""

from __future__ import annotations

from verifier.logic.term import Argument, Term, Truth


class Script:
    """Prints terms; names each declared variable and each named sub-term once.

    The text of successive calls belongs to one session: `declarations` returns, once, what the
    text printed since needs and the session does not have yet.
    """

    def __init__(self) -> None:
        self._known: dict[str, Argument] = {}
        self._pending: list[str] = []

    def text(self, term: Argument) -> str:
        """The term, as an SMT-LIB expression."""
        if isinstance(term, bool):
            return "true" if term else "false"
        if isinstance(term, int):
            return str(term) if term >= 0 else f"(- {-term})"
        assert isinstance(term, Term)  # names stand in variables and definitions alone
        if term.operator == "var":
            return self._variable(str(term.arguments[0]))
        if term.operator == "named":
            return self._definition(str(term.arguments[0]), term)
        return f"({term.operator} {' '.join([self.text(argument) for argument in term.arguments])})"

    def assertion(self, condition: Truth) -> str:
        """An `assert` command with whatever declarations it needs before it."""
        body = self.text(condition)
        return f"{self.declarations()}(assert {body})\n"

    def declarations(self) -> str:
        """Declarations and definitions not handed out yet."""
        text = "".join(self._pending)
        self._pending.clear()
        return text

    def _variable(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = name
            self._pending.append(f"(declare-const {name} Int)\n")
        return name

    def _definition(self, name: str, term: Term) -> str:
        known = self._known.get(name)
        if known is None:
            body = self.text(term.arguments[1])
            self._known[name] = term
            self._pending.append(f"(define-fun {name} () {term.sort} {body})\n")
        elif known is not term:
            raise ValueError(f"two terms are named {name}")
        return name
