"""Every fault of a header: the exact message and where it says it is."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_header import evaluate_defines, read_header


def fault(text: str, **companions: str) -> str:
    given = {f"{name}.h": content.encode() for name, content in companions.items()}
    with pytest.raises(InputError) as found:
        read_header(text.encode(), "t.h", companions=given)
    return str(found.value)


@pytest.mark.parametrize(
    "name",
    [
        "GUEST_RAM_BASE",
        "GUEST_VPCI_MEM_ADDR",
        "GUEST_X_SIZE",
        "GUEST_RAM_BANKS",
        "GUEST_RAM_MAX",
        "GUEST_X_PPI",
        "GUEST_X_SPI",
        "GUEST_X_SPI_FIRST",
        "GUEST_X_SPI_LAST",
        "GUEST_X_INTR_ID",
        "GUEST_MAX_VCPUS",
        "GUEST_X_REGIONS",
        "GUEST_X_STRIDE",
        "GUEST_RAM_BANK_BASES",
        "GUEST_RAM_BANK_SIZES",
        "GUEST_VPCI_ADDR_TYPE_MEM",
        "GUEST_MAX_FOO",
    ],
)
def test_names_of_a_layout_must_have_a_value(name: str) -> None:
    assert fault(f"\n#define {name} FOO") == f"t.h:2: error: unknown identifier 'FOO' in '{name}'"
    assert fault(f"#define {name} FOO(1)") == f"t.h:1: error: unknown macro 'FOO' is called in '{name}'"


ALWAYS = "#define GUEST_OTHER "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "#define F(x) x\n" + ALWAYS + "F(1",
            "t.h:2: error: call of macro 'F' lacks its ')' in 'GUEST_OTHER'",
        ),
        (ALWAYS + "A\n\n#define A 1 / 0", "t.h:1: error: division by zero in '/' in 'GUEST_OTHER'"),
        (ALWAYS + "\\\n1 / 0", "t.h:1: error: division by zero in '/' in 'GUEST_OTHER'"),
        (ALWAYS + "08", "t.h:1: error: octal literal '08' has the digit '8' in 'GUEST_OTHER'"),
        (ALWAYS + "1, 2", "t.h:1: error: ',' follows a complete expression in 'GUEST_OTHER'"),
        (ALWAYS + "{ 1", "t.h:1: error: brace list does not end with '}' in 'GUEST_OTHER'"),
        (ALWAYS + "{ 1,, 2 }", "t.h:1: error: expression is empty in 'GUEST_OTHER'"),
        (
            ALWAYS + "{ 1," + "2," * 1024 + "}",
            "t.h:1: error: brace list has 1025 numbers; from 1 to 1024 are needed in 'GUEST_OTHER'",
        ),
        (
            "#define GUEST_X_BASE GUEST_X_BASE",
            "t.h:1: error: macro 'GUEST_X_BASE' refers to itself in 'GUEST_X_BASE'",
        ),
        (
            "#define GUEST_X_BASE A\n#define A 1 + B\n#define B A",
            "t.h:1: error: macro 'A' refers to itself in 'GUEST_X_BASE'",
        ),
        (
            "#define GUEST_X_BASE sizeof(int)",
            "t.h:1: error: unknown macro 'sizeof' is called in 'GUEST_X_BASE'",
        ),
        ("#if 1\n#if 0\n#endif\n", "t.h:1: error: '#if' has no '#endif'"),
        ("#ifdef A\n#ifdef B\n", "t.h:2: error: '#if' has no '#endif'"),
        ("#endif", "t.h:1: error: '#endif' has no '#if'"),
        ("#if 1\n#endif\n#endif", "t.h:3: error: '#endif' has no '#if'"),
        ("#else", "t.h:1: error: '#else' has no '#if'"),
        ("\n#elif 1", "t.h:2: error: '#elif' has no '#if'"),
        ("#if 1\n#else\n#else\n#endif", "t.h:3: error: '#else' follows '#else'; the '#if' is in line 1"),
        ("#if 0\n#else\n#elif 1\n#endif", "t.h:3: error: '#elif' follows '#else'; the '#if' is in line 1"),
        (
            "#if 0\n#if A\n#else\n#else\n#endif\n#endif",
            "t.h:4: error: '#else' follows '#else'; the '#if' is in line 2",
        ),
        ("#if\n#endif", "t.h:1: error: expression is empty in '#if'"),
        ("#if 0\n#elif 1 +\n#endif", "t.h:2: error: expression ends where a value is needed in '#elif'"),
        ("#if 1 \\\n / \\\n 0\n#endif", "t.h:1: error: division by zero in '/' in '#if'"),
        ("#if FOO(1)\n#endif", "t.h:1: error: unknown macro 'FOO' is called in '#if'"),
        ("#define F(x) x\n#if F(\n#endif", "t.h:2: error: call of macro 'F' lacks its ')' in '#if'"),
        ("#ifdef\n#endif", "t.h:1: error: '#ifdef' needs a macro name"),
        ("#ifndef 1\n#endif", "t.h:1: error: '#ifndef' needs a macro name"),
        ("#define", "t.h:1: error: '#define' needs a macro name"),
        ("\n#define F(x", "t.h:2: error: parameter list of macro 'F' is malformed"),
        ("#undef", "t.h:1: error: '#undef' needs a macro name"),
        ("#undef defined", "t.h:1: error: '#undef' needs a macro name"),
        ("#error  no   such arch", "t.h:1: error: '#error no such arch' is reached"),
        ("#error", "t.h:1: error: '#error' is reached"),
        ("#include_it", "t.h:1: error: '#include_it' is no directive of C"),
        ("#!shell", "t.h:1: error: '#!' is no directive of C"),
        (
            '\n#include "foo.h"',
            "t.h:2: error: '#include \"foo.h\"' is not followed; give the file with --with foo.h",
        ),
        (
            "#include <a/foo.h>",
            "t.h:1: error: '#include <a/foo.h>' is not followed; give the file with --with foo.h",
        ),
        ("#include FOO", "t.h:1: error: '#include FOO' names no file; write it in quotes"),
        ("#include", "t.h:1: error: '#include ' names no file; write it in quotes"),
        ('#pragma push_macro("GUEST_A")', "t.h:1: error: 'push_macro' of 'GUEST_A' is not followed"),
        ('#define A\n#pragma pop_macro ( "A" )', "t.h:2: error: 'pop_macro' of 'A' is not followed"),
        (
            '\n_Pragma("x") _Pragma ( "pop_macro(\\"GUEST_A\\")" )',
            "t.h:2: error: 'pop_macro' of 'GUEST_A' is not followed",
        ),
        ("#if 1\n" * 129, "t.h:129: error: '#if' is nested more than 128 deep"),
        (
            "".join(f"#define A{at}\n" for at in range(5001)),
            "t.h:4984: error: more than 5000 macros are defined",
        ),
        (
            "".join(f"#ifdef A{at}\n#endif\n" for at in range(257)),
            "t.h:513: error: conditions hang on more than 256 undefined names",
        ),
    ],
)
def test_faults(text: str, message: str) -> None:
    assert fault(text) == message


def test_faults_of_companions_name_them() -> None:
    assert fault("", a="\n#error a\n") == "a.h:2: error: '#error a' is reached"
    assert fault("#define GUEST_A_BASE B", a="#define GUEST_C 1 / 0").startswith(
        "a.h:1: error: division by zero"
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("A", "", "expression is empty in 'A'"),
        ("A", "B", "unknown identifier 'B' in 'A'"),
        ("A", '"1"', "'\"1\"' stands where a value is needed in 'A'"),
        ("A", "unsigned long", "unknown identifier 'unsigned' in 'A'"),
        ("A", "A", "macro 'A' refers to itself in 'A'"),
        ("A", "1 /* a", "unterminated comment"),
        ("A", "## 1", "'##' cannot be at an end of macro 'A'"),
        ("A B", "1", "'A B' is no macro name"),
        ("A(x)", "1", "'A(x)' is no macro name"),
        ("", "1", "'' is no macro name"),
        ("defined", "1", "'defined' cannot be a macro name"),
    ],
)
def test_faults_of_models(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as found:
        evaluate_defines({name: (text, Origin("m.toml", 9))})
    assert str(found.value) == f"m.toml:9: error: {message}"
