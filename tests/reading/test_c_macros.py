"""Definitions and expansion, with the examples of C11 6.10.3.5 among them."""

from __future__ import annotations

import pytest

from verifier.layout.origin import Origin
from verifier.reading import c_macros
from verifier.reading.c_macros import Expander, Macro, MacroError, parse_define
from verifier.reading.c_tokens import scan, spell, tokenize


def table(text: str) -> dict[str, Macro]:
    macros = [
        parse_define(directive.tokens[1:], Origin("t.h", directive.line))
        for directive in scan(text, "t.h").directives
    ]
    return {macro.name: macro for macro in macros}


def expand(definitions: str, text: str) -> str:
    return spell(Expander(table(definitions)).expand(tokenize(text, "t.h", 1)))


def test_definitions() -> None:
    found = table(
        "#define A\n#define B (x)\n#define C(x, y) x /* a */ +y\n#define D(...) 1\n#define E(a, b...) 1"
    )
    assert [(macro.parameters, macro.variadic, macro.text) for macro in found.values()] == [
        (None, False, ""),
        (None, False, "(x)"),
        (("x", "y"), False, "x +y"),
        (("__VA_ARGS__",), True, "1"),
        (("a", "b"), True, "1"),
    ]
    assert found["C"].origin == Origin("t.h", 3)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("A 1 + 2", "A  1 /* a */ +  2", True),
        ("A 1 + 2", "A 1 +2", False),
        ("A 1", "A 01", False),
        ("A(x) x", "A( x )   x", True),
        ("A(x) x", "A(x)x", True),
        ("A(x) x", "A(y) y", False),
        ("A(x) x", "A (x) x", False),
        ("A(x...) x", "A(x) x", False),
        ("A", "A", True),
    ],
)
def test_identical_definitions(one: str, two: str, same: bool) -> None:
    first, second = (table(f"#define {text}")["A"] for text in (one, two))
    assert first.same(second) is same


DEFECTS = [
    ("", "'#define' needs a macro name"),
    ("1 2", "'#define' needs a macro name, found '1'"),
    ("defined 1", "'defined' cannot be a macro name"),
    ("__VA_ARGS__ 1", "'__VA_ARGS__' cannot be a macro name"),
    ("F(x", "parameter list of macro 'F' is malformed"),
    ("F(x,) 1", "parameter list of macro 'F' is malformed"),
    ("F(,x) 1", "parameter list of macro 'F' is malformed"),
    ("F(x y) 1", "parameter list of macro 'F' is malformed"),
    ("F(1) 1", "parameter list of macro 'F' is malformed"),
    ("F(..., x) 1", "parameter list of macro 'F' is malformed"),
    ("F(..., ...) 1", "parameter list of macro 'F' is malformed"),
    ("F(" + ", ".join(f"x{at}" for at in range(200)) + ") 1", "parameter list of macro 'F' is malformed"),
    ("F(x, x) 1", "parameter list of macro 'F' has a name twice or '__VA_ARGS__'"),
    ("F(__VA_ARGS__) 1", "parameter list of macro 'F' has a name twice or '__VA_ARGS__'"),
    ("A ## 1", "'##' cannot be at an end of macro 'A'"),
    ("F(x) x ##", "'##' cannot be at an end of macro 'F'"),
    ("F(x) # y", "'#' in macro 'F' is not followed by a parameter"),
    ("F(x) x #", "'#' in macro 'F' is not followed by a parameter"),
    ("F(...) __VA_OPT__(1)", "'__VA_OPT__' in macro 'F' is not C11"),
]


@pytest.mark.parametrize(("text", "message"), DEFECTS)
def test_refused_definitions(text: str, message: str) -> None:
    with pytest.raises(MacroError) as found:
        table(f"#define {text}")
    assert str(found.value) == message


REPLACED = """\
#define x 3
#define f(a) f(x * (a))
#define g f
#define z z[0]
#define h g(~
#define m(a) a(w)
#define w 0,1
#define t(a) a
#define p() int
#define q(x) x
#define r(x,y) x ## y
#define str(x) # x
"""
STRINGS = """\
#define str(s) # s
#define xstr(s) str(s)
#define debug(s, t) printf("x" # s "= %d, x" # t "= %s", x ## s, x ## t)
#define INCFILE(n) vers ## n
#define glue(a, b) a ## b
#define xglue(a, b) glue(a, b)
#define HIGHLOW "hello"
#define LOW LOW ", world"
#define T3(x,y,z) x ## y ## z
#define hash_hash # ## #
#define mkstr(a) # a
#define in_between(a) mkstr(a)
#define join(c, d) in_between(c hash_hash d)
#define showlist(...) puts(#__VA_ARGS__)
#define report(test, ...) ((test)?puts(#test):printf(__VA_ARGS__))
"""


@pytest.mark.parametrize(
    ("definitions", "text", "result"),
    [
        (
            REPLACED,
            "f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);",
            "f(3 * (y+1)) + f(3 * (f(3 * (z[0])))) % f(3 * (0)) + t(1);",
        ),
        (
            REPLACED,
            "g(x+(3,4)-w) | h 5) & m\n(f)^m(m);",
            "f(3 * (3+(3,4)-0,1)) | f(3 * (~ 5)) & f(3 * (0,1))^m(0,1);",
        ),
        (REPLACED, "p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };", "int i[] = { 1, 23, 4, 5, };"),
        (STRINGS, "debug(1, 2);", 'printf("x" "1" "= %d, x" "2" "= %s", x1, x2);'),
        (STRINGS, "xstr(INCFILE(2).h)", '"vers2.h"'),
        (STRINGS, "glue(HIGH, LOW);", '"hello";'),
        (STRINGS, "xglue(HIGH, LOW)", '"hello" ", world"'),
        (
            STRINGS,
            'xstr(strncmp("abc\\0d", "abc", \'\\4\') == 0)',
            '"strncmp(\\"abc\\\\0d\\", \\"abc\\", \'\\\\4\') == 0"',
        ),
        (STRINGS, "join(x, y);", '"x ## y";'),
        (
            STRINGS,
            "T3(1,2,3), T3(,4,5), T3(6,,7), T3(8,9,), T3(10,,), T3(,11,), T3(,,12), T3(,,)",
            "123, 45, 67, 89, 10, 11, 12,",
        ),
        (
            STRINGS,
            "showlist(The first, second, and third items.);",
            'puts("The first, second, and third items.");',
        ),
        (STRINGS, 'report(x>y, "%d", x);', '((x>y)?puts("x>y"):printf("%d", x));'),
    ],
)
def test_examples_of_the_standard(definitions: str, text: str, result: str) -> None:
    assert expand(definitions, text) == result


@pytest.mark.parametrize(
    ("definitions", "text", "result"),
    [
        ("#define A A + B\n#define B A", "A", "A + A"),
        ("#define A B\n#define B A", "A B", "A B"),
        ("#define F(x) x F", "F(1)(2)", "1 F(2)"),
        ("#define F(x) <x>", "F(F(F(1)))", "<<<1>>>"),
        ("#define F(x) <x>", "F F (1) F", "F <1> F"),
        ("#define F() 1", "F() F( )", "1 1"),
        ("#define I(x) x\n#define F(x) I(G)(x)\n#define G(x) I(x)", "F(42)", "42"),
        ("#define F(x) [x]", "F() F((,)) F((a)(b,c))", "[] [(,)] [(a)(b,c)]"),
        ("#define F(a, ...) [a|__VA_ARGS__]", "F(1) F(1,) F(1,2,3)", "[1|] [1|] [1|2,3]"),
        ("#define F(a...) [a]", "F() F(1,2)", "[] [1,2]"),
        ("#define F(a, ...) [a, ## __VA_ARGS__]", "F(1) F(1,2) F(1,2,3)", "[1] [1,2] [1,2,3]"),
        ("#define F(...) , ## __VA_ARGS__ ## x", "F() F(1)", "x ,1x"),
        ("#define F(x) #x", 'F() F( a  b ) F(\'"\' "\\\\")', '"" "a b" "\'\\"\' \\"\\\\\\\\\\""'),
        ("#define F(x, y) x ## y ## x", "F(1, 2) F(a, ) F(, a)", "121 aa a"),
        ("#define F(x, y) x##y\n#define ab 9", "F(a, b)", "9"),
        ("#define F(x) x##x\n#define A 1", "F(A) F()", "AA"),
        ("#define A 1 ## 2\n#define B # 1", "A B", "12 # 1"),
        ("#define EMPTY\n#define F(x) x", "F EMPTY (1)", "F (1)"),
        ("#define LP (\n#define F(x) x", "F LP 1)", "F ( 1)"),
        ("#define A B(\n#define B(x) [x]", "A 1)", "[1]"),
    ],
)
def test_expansion(definitions: str, text: str, result: str) -> None:
    assert expand(definitions, text) == result


@pytest.mark.parametrize(
    ("definitions", "text", "message"),
    [
        ("#define F(x) x", "F(1", "call of macro 'F' lacks its ')'"),
        ("#define F(x) x", "F(1, 2)", "macro 'F' takes 1 arguments, not 2"),
        ("#define F() x", "F(1)", "macro 'F' takes 0 arguments, not 1"),
        ("#define F(x, y) x", "F(1)", "macro 'F' takes 2 arguments, not 1"),
        ("#define F(x, y, ...) x", "F(1)", "macro 'F' takes 3 arguments, not 1"),
        ("#define F(x, y) x ## y", "F(1, ()", "call of macro 'F' lacks its ')'"),
        ("#define F(x, y) x ## y", "F((), 1)", "pasting ')' and '1' gives no single token"),
        ("#define F(x) x", "F(" * 102 + "1" + ")" * 102, "macro calls are nested more than 100 deep"),
        (
            "#define F(x) #x\n#define G(x) F(x)",
            "G(" * 16 + "'\\\\'" + ")" * 16,
            "'#' gives a string of more than 4096 characters",
        ),
        (
            "\n".join(f"#define A{at} A{at + 1}" for at in range(101)),
            "A0",
            "macros are nested more than 100 deep",
        ),
        (
            "\n".join(f"#define A{at} A{at + 1} A{at + 1}" for at in range(64)),
            "A0",
            "macro expansion takes more than 20000 tokens",
        ),
    ],
)
def test_refused_expansions(definitions: str, text: str, message: str) -> None:
    with pytest.raises(MacroError) as found:
        expand(definitions, text)
    assert str(found.value) == message


def test_work_adds_up_over_expansions() -> None:
    expander = Expander(table("#define A 1"))
    tokens = tokenize("A " * 4000, "t.h", 1)
    for _ in range(c_macros.MAX_WORK // 16000):
        expander.expand(tokens)
    with pytest.raises(MacroError) as found:
        expander.expand(tokens)
    assert str(found.value) == "macro expansion takes more than 80000 tokens"


def test_operands_of_defined_stay_in_conditions() -> None:
    expander = Expander(table("#define A 1\n#define B defined(A) + defined A\n#define I(x) x"))
    text = tokenize("A defined A defined(A) B I(defined A)", "t.h", 1)
    assert (
        spell(expander.expand(text, condition=True))
        == "1 defined A defined(A) defined(A) + defined A defined A"
    )
    assert spell(expander.expand(text)) == "1 defined 1 defined(1) defined(1) + defined 1 defined 1"


def test_used_and_opaque_macros() -> None:
    expander = Expander(table("#define A B\n#define B(x) x\n#define C 1"))
    assert spell(expander.expand(tokenize("A C B", "t.h", 1), opaque={"C"})) == "B C B"
    assert expander.used == {"A"}
    expander.expand(tokenize("B(C)", "t.h", 1))
    assert expander.used == {"A", "B", "C"}
