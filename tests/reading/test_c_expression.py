"""Integer constant expressions: types, conversions and every fault. The compiler is asked in test_c_oracles."""

from __future__ import annotations

import pytest

from verifier.layout.define import Number
from verifier.reading.c_expression import ExpressionError, evaluate, evaluate_condition
from verifier.reading.c_tokens import tokenize

S32, U32, S64, U64 = (32, True), (32, False), (64, True), (64, False)


def value(text: str, arch: str = "arm64") -> Number:
    return evaluate(tokenize(text, "t.h", 1), arch)


def holds(text: str, *defined: str) -> bool:
    return evaluate_condition(tokenize(text, "t.h", 1), lambda name: name in defined, lambda _: 0)


def fault(text: str) -> str:
    with pytest.raises(ExpressionError) as found:
        value(text)
    return str(found.value)


@pytest.mark.parametrize(
    ("text", "number", "arm64", "arm32"),
    [
        ("2147483647", 0x7FFFFFFF, S32, S32),
        ("2147483648", 0x80000000, S64, S64),
        ("0x7fffffff", 0x7FFFFFFF, S32, S32),
        ("0x80000000", 0x80000000, U32, U32),
        ("0x80000000L", 0x80000000, S64, U32),
        ("2147483648L", 0x80000000, S64, S64),
        ("4294967295U", 0xFFFFFFFF, U32, U32),
        ("4294967296U", 0x100000000, U64, U64),
        ("1L", 1, S64, S32),
        ("1UL", 1, U64, U32),
        ("1lu", 1, U64, U32),
        ("1LL", 1, S64, S64),
        ("1llU", 1, U64, U64),
        ("0x100000000UL", 0x100000000, U64, U64),
        ("0xffffffffffffffff", 2**64 - 1, U64, U64),
        ("0xffffffffffffffffLL", 2**64 - 1, U64, U64),
        ("9223372036854775807", 2**63 - 1, S64, S64),
        ("18446744073709551615u", 2**64 - 1, U64, U64),
        ("0777", 511, S32, S32),
        ("0b11", 3, S32, S32),
        (
            "00000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
            1,
            S32,
            S32,
        ),
        ("'\\0'", 0, S32, S32),
        ("'\\e'", 27, S32, S32),
        ("1L + 0xffffffffu", 0x100000000, S64, None),
        ("1L + 0xffffffffu", 0, None, U32),
        ("-1L < 0u", 1, S32, None),
        ("-1L < 0u", 0, None, S32),
        ("(long)-1 > 0u", 0, S32, None),
        ("(long)-1 > 0u", 1, None, S32),
        ("(unsigned long)0x100000001ULL", 0x100000001, U64, None),
        ("(unsigned long)0x100000001ULL", 1, None, U32),
        ("(size_t)-1", 2**64 - 1, U64, None),
        ("(uintptr_t)-1", 2**32 - 1, None, U32),
        ("(uint_least16_t)-1", 65535, S32, S32),
        ("(intmax_t)0xffffffffu", 2**32 - 1, S64, S64),
        ("(char)-1", 255, S32, S32),
        ("(signed)1u - 2", -1, S32, S32),
        ("(short unsigned int)0x12345", 0x2345, S32, S32),
        ("(bool)2", 1, S32, S32),
    ],
)
def test_types_on_both_arches(
    text: str, number: int, arm64: tuple[int, bool] | None, arm32: tuple[int, bool] | None
) -> None:
    for arch, kind in (("arm64", arm64), ("arm32", arm32)):
        if kind is not None:
            assert value(text, arch) == Number(number, *kind), arch


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expression is empty"),
        ("1 2", "'2' follows a complete expression"),
        ("1)", "')' follows a complete expression"),
        ("1, 2", "',' follows a complete expression"),
        ("1 = 2", "'=' follows a complete expression"),
        ("1 +", "expression ends where a value is needed"),
        ("1 + * 2", "'*' stands where a value is needed"),
        ("++1", "'++' stands where a value is needed"),
        ("(1", "the end stands where ')' is needed"),
        ("(1 2)", "'2' stands where ')' is needed"),
        ("1 ? 2", "the end stands where ':' is needed"),
        ("1 ? 2 ; 3", "';' stands where ':' is needed"),
        ("FOO", "unknown identifier 'FOO'"),
        ("0 && FOO", "unknown identifier 'FOO'"),
        ("FOO(1)", "unknown macro 'FOO' is called"),
        ("sizeof(int)", "unknown macro 'sizeof' is called"),
        ("(xen_pfn_t)1", "unknown identifier 'xen_pfn_t'"),
        ("(uint64_t *)1", "'(uint64_t *' starts no integer cast"),
        ("(int", "'(int ' starts no integer cast"),
        ("(unsigned signed)1", "'(unsigned signed)' is no integer type"),
        ("(long short)1", "'(long short)' is no integer type"),
        ("(long long long)1", "'(long long long)' is no integer type"),
        ("(unsigned uint8_t)1", "'(unsigned uint8_t)' is no integer type"),
        ("(unsigned _Bool)1", "'(unsigned _Bool)' is no integer type"),
        ('"1"', "'\"1\"' stands where a value is needed"),
        ("1.5", "'1.5' is no integer literal"),
        ("1e5", "'1e5' is no integer literal"),
        ("0x", "'0x' is no integer literal"),
        ("0xg", "'0xg' is no integer literal"),
        ("1lL", "'1lL' is no integer literal"),
        ("1lul", "'1lul' is no integer literal"),
        ("1uu", "'1uu' is no integer literal"),
        ("1lll", "'1lll' is no integer literal"),
        ("0x1e+1", "'0x1e+1' is no integer literal"),
        ("0b2", "'0b2' is no integer literal"),
        ("1_000", "'1_000' is no integer literal"),
        ("1'000", "digit separator after '1' is not C11"),
        ("0x1'0000'0000", "digit separator after '0x1' is not C11"),
        ("08", "octal literal '08' has the digit '8'"),
        ("0129ULL", "octal literal '0129ULL' has the digit '9'"),
        (
            "9223372036854775808",
            "literal '9223372036854775808' is too large; it must be below 2**63, or take the suffix U",
        ),
        ("0x10000000000000000", "literal '0x10000000000000000' is too large; it must be below 2**64"),
        ("9" * 5000, f"literal '{'9' * 57}...' is too large; it must be below 2**63, or take the suffix U"),
        ("''", "character constant '' is not one plain character"),
        ("'ab'", "character constant 'ab' is not one plain character"),
        ("L'a'", "character constant L'a' is not one plain character"),
        ("'é'", "character constant 'é' is not one plain character"),
        ("'\\400'", "character constant '\\400' is not one plain character"),
        ("'\\xfff'", "character constant '\\xfff' is not one plain character"),
        ("'\\q'", "character constant '\\q' is not one plain character"),
        ("1 / 0", "division by zero in '/'"),
        ("1 % (1 - 1)", "division by zero in '%'"),
        ("0 || 1 / 0", "division by zero in '/'"),
        ("1 && 1 / 0", "division by zero in '/'"),
        ("1 ? 1 / 0 : 2", "division by zero in '/'"),
        ("0x7fffffff + 1", "signed overflow in '+': 0x80000000 does not fit 32 bits"),
        ("-2147483647 - 2", "signed overflow in '-': -0x80000001 does not fit 32 bits"),
        ("0x10000 * 0x10000", "signed overflow in '*': 0x100000000 does not fit 32 bits"),
        ("-(-2147483647 - 1)", "signed overflow in '-': 0x80000000 does not fit 32 bits"),
        ("(-2147483647 - 1) / -1", "signed overflow in '/': 0x80000000 does not fit 32 bits"),
        ("(-2147483647 - 1) % -1", "signed overflow in '%': 0x80000000 does not fit 32 bits"),
        ("0x7fffffffffffffff + 1", "signed overflow in '+': 0x8000000000000000 does not fit 64 bits"),
        ("1 << 31", "signed overflow in '<<': 0x80000000 does not fit 32 bits"),
        ("1 << 32", "shift count 32 is not in [0, 32)"),
        ("1ULL >> 64", "shift count 64 is not in [0, 64)"),
        ("1 << -1", "shift count -1 is not in [0, 32)"),
        ("-1 << 0", "left shift of the negative value -1"),
        ("(" * 101 + "1" + ")" * 101, "expression is nested more than 100 deep"),
        ("(int)" * 101 + "1", "expression is nested more than 100 deep"),
        ("1 ? 1 : " * 101 + "1", "expression is nested more than 100 deep"),
    ],
)
def test_faults(text: str, message: str) -> None:
    assert fault(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "1 || 2 / 0",
        "!(0 && 1 % 0)",
        "1 ? 1 : 0x7fffffff + 1",
        "0 ? 1 << 40 : 1",
        "1 || (0 ? 1 / 0 : -1 << 1)",
        "0 && -1 << 1 || 1",
        "1 || 0 && 1 / 0",
        "1 ? 1 || 1 / 0 : 1 / 0",
    ],
)
def test_what_is_not_evaluated_has_no_fault(text: str) -> None:
    assert value(text) == Number(1, *S32)


@pytest.mark.parametrize(
    ("text", "kind"), [("1 ? 1 : 2 / 0ULL", U64), ("0 ? (long)1 / 0 : 1", S64), ("1 ? 1 : 1u << 99", U32)]
)
def test_what_is_not_evaluated_still_has_a_type(text: str, kind: tuple[int, bool]) -> None:
    assert value(text) == Number(1, *kind)


def test_depth_is_what_is_open_at_one_time() -> None:
    assert value("(" * 99 + "1" + ")" * 99).value == 1
    assert value("+".join(["(1)"] * 5000)).value == 5000
    assert value("- " * 9000 + "1").value == 1
    assert value("1" + "+ 1" * 9000).value == 9001


FOREIGN = ["FOO", "FOO(1)", '"a"', "1.5", "1.2.3", "{ 1 }", "(int *)1", "; 1", "[0]", "# 1"]
OWN = ["1 / 0", "08", "1 +", "(1", "1lL", "'ab'", "", "1 2", "(1, 2)", "0x1e+1"]


@pytest.mark.parametrize("text", FOREIGN + OWN)
def test_only_what_is_no_number_at_all_is_foreign(text: str) -> None:
    with pytest.raises(ExpressionError) as found:
        value(text)
    assert found.value.foreign is (text in FOREIGN)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("0x7fffffff + 1 == 0x80000000", True),
        ("1 << 62 > 0", True),
        ("-1 > 0u", True),
        ("0xffffffffffffffff == -1", True),
        ("~0u == 0xffffffff", False),
        ("FOO", False),
        ("FOO == 0 && !int && !true", True),
        ("defined FOO", False),
        ("defined BAR && defined(BAR) && defined ( BAR )", True),
        ("!defined FOO || 1 / 0", True),
        ("'a' == 97", True),
        ("1 ? 0 : 1 / 0", False),
        ("0 && FOO", False),
    ],
)
def test_conditions(text: str, truth: bool) -> None:
    assert holds(text, "BAR") is truth


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expression is empty"),
        ("defined", "'defined' is not followed by a name"),
        ("defined 1", "'defined' is not followed by a name"),
        ("defined(1)", "'defined' is not followed by a name"),
        ("defined(FOO", "the end stands where ')' is needed"),
        ("(int)1", "'1' follows a complete expression"),
        ("FOO(1)", "unknown macro 'FOO' is called"),
        ("defined(FOO) && FOO(1)", "unknown macro 'FOO' is called"),
        ("1 == 1L ==", "expression ends where a value is needed"),
        ("0x7fffffffffffffff + 1", "signed overflow in '+': 0x8000000000000000 does not fit 64 bits"),
        ("1 / 0", "division by zero in '/'"),
        ("1 << 64", "shift count 64 is not in [0, 64)"),
        ("1.0", "'1.0' is no integer literal"),
        ('"a" == "a"', "'\"a\"' stands where a value is needed"),
    ],
)
def test_faults_of_conditions(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as found:
        holds(text)
    assert str(found.value) == message


def test_names_are_asked_for_only_where_they_count() -> None:
    asked: list[str] = []

    def ask(name: str) -> int:
        asked.append(name)
        return 7

    tokens = tokenize("0 && A || 1 ? B == 7 : C", "t.h", 1)
    assert evaluate_condition(tokens, bool, ask)
    assert asked == ["B"]
