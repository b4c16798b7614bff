/*
 * Traps for a reader of C headers. Before each stands what a C compiler makes of it on arm64:
 * name, value and type, of which only width and sign count.
 */
// GUEST_SPLICED_NAME = 1 int
#define GUEST_SPLI\
CED_NAME 1

// GUEST_SPLICED_NUMBER = 0x123456 int
#define GUEST_SPLICED_NUMBER 0x12\
34\
56

// GUEST_SPLICED_DIRECTIVE = 7 int
#def\
ine GUEST_SPLICED_DIRECTIVE \
7

// GUEST_SPLICE_BLANKS = 12 int
#define GUEST_SPLICE_BLANKS 1\  
2

// GUEST_SPLICED_COMMENT = 3 int
#define GUEST_SPLICED_COMMENT /\
* 4 *\
/ 3

// GUEST_SPLICED_LINE_COMMENT = 5 int
#define GUEST_SPLICED_LINE_COMMENT 5 // and \
 + 6

// GUEST_SPLICED_OPERATOR = 8 int
#define GUEST_SPLICED_OPERATOR 1 <\
< 3

// GUEST_COMMENT_INSIDE = 6 int
#define GUEST_COMMENT_INSIDE 2 /* times
 two lines */ * /**/ 3

// GUEST_COMMENT_FIRST = 9 int
/* one */ /* two
*/ # /* three */ define GUEST_COMMENT_FIRST 9

// GUEST_COMMENT_BETWEEN = 12 int
#define/**/GUEST_COMMENT_BETWEEN/**/12

// GUEST_COMMENT_NOT_NESTED = 13 int
/* /* */
#define GUEST_COMMENT_NOT_NESTED 13
/* */

// GUEST_COMMENT_SPLITS = 3 int
#define GUEST_COMMENT_SPLITS 1/**/+/**/2

// GUEST_AFTER_STRING_1 = 14 int
#define TEXT_1 "/*"
#define GUEST_AFTER_STRING_1 14 // "*/"

// GUEST_AFTER_STRING_2 = 15 int
char text_2[] = "\\"; // "
#define GUEST_AFTER_STRING_2 15 /* ' */

// GUEST_AFTER_STRING_3 = 16 int
char text_3[] = "\" /* ", text_4[] = "*/";
#define GUEST_AFTER_STRING_3 16

// GUEST_AFTER_QUOTE = 17 int
int quote_1 = '"', quote_2 = '\'';
#define GUEST_AFTER_QUOTE 17 /* '"' */

// GUEST_FORM_FEED = 18 int
#defineGUEST_FORM_FEED	18

// GUEST_CRLF = 19 int
#define GUEST_CRLF 1\
9

// GUEST_CRLF_IF = 20 int
#if 1
#define GUEST_CRLF_IF 20
#else
#define GUEST_CRLF_IF 21
#endif

// GUEST_DIGRAPH = 22 int
%: define GUEST_DIGRAPH 22

// GUEST_DIGRAPH_PASTE = 2323 int
%:define TWICE_1(a) a %:%: a
#define GUEST_DIGRAPH_PASTE TWICE_1(23)

// GUEST_NO_SPACE = -24 int
#define GUEST_NO_SPACE-24

// GUEST_NOT_IN_COMMENT = 25 int
#define GUEST_NOT_IN_COMMENT 25 /*
#undef GUEST_NOT_IN_COMMENT
#define GUEST_NOT_IN_COMMENT 26
*/

// GUEST_NOT_AFTER_TEXT = 27 int
#define GUEST_NOT_AFTER_TEXT 27
extern int text_5 /* */
; /*
*/ extern int text_6;

// GUEST_NULL_DIRECTIVE = 28 int
#
# /* nothing */
#define GUEST_NULL_DIRECTIVE 28
#pragma GUEST_NULL_DIRECTIVE 29
#ident "x"

// GUEST_HEX_SIGN = 0x80000000 unsigned
#define GUEST_HEX_SIGN 0x80000000

// GUEST_DECIMAL_SIGN = 0x80000000 long
#define GUEST_DECIMAL_SIGN 2147483648

// GUEST_HEX_WIDE = 0x8000000000000000 unsigned long
#define GUEST_HEX_WIDE 0x8000000000000000

// GUEST_HEX_INT = 0x7fffffff int
#define GUEST_HEX_INT 0x7fffffff

// GUEST_HEX_LONG = 0x100000000 long
#define GUEST_HEX_LONG 0x100000000

// GUEST_OCTAL = 8 int
#define GUEST_OCTAL 010

// GUEST_OCTAL_SIGN = 0x80000000 unsigned
#define GUEST_OCTAL_SIGN 020000000000

// GUEST_OCTAL_LONG = 0x40000 long
#define GUEST_OCTAL_LONG 01000000L

// GUEST_ZERO = 0 int
#define GUEST_ZERO 00000

// GUEST_BINARY = 5 int
#define GUEST_BINARY 0b101

// GUEST_BINARY_UPPER = 6 unsigned long
#define GUEST_BINARY_UPPER 0B110uLL

// GUEST_SUFFIX_U = 1 unsigned
#define GUEST_SUFFIX_U 1u

// GUEST_SUFFIX_LU = 1 unsigned long
#define GUEST_SUFFIX_LU 1lU

// GUEST_SUFFIX_UL = 1 unsigned long
#define GUEST_SUFFIX_UL 1Ul

// GUEST_SUFFIX_LL = 1 long
#define GUEST_SUFFIX_LL 1ll

// GUEST_SUFFIX_LLU = 1 unsigned long
#define GUEST_SUFFIX_LLU 1LLu

// GUEST_SUFFIX_ULL = 0xabcdef unsigned long
#define GUEST_SUFFIX_ULL 0XaBcDeFull

// GUEST_SUFFIX_WIDE_U = 0x100000000 unsigned long
#define GUEST_SUFFIX_WIDE_U 4294967296U

// GUEST_CHAR = 65 int
#define GUEST_CHAR 'A'

// GUEST_CHAR_OCTAL = 83 int
#define GUEST_CHAR_OCTAL '\123'

// GUEST_CHAR_HEX = 255 int
#define GUEST_CHAR_HEX '\xff'

// GUEST_CHAR_ESCAPES = 141 int
#define GUEST_CHAR_ESCAPES '\n' + '\'' + '\\'

// GUEST_CHAR_SLASHES = 94 int
#define GUEST_CHAR_SLASHES '/' + '/'

// GUEST_PRECEDENCE = 7 int
#define GUEST_PRECEDENCE 1 + 2 * 3

// GUEST_PRECEDENCE_SHIFT = 32 int
#define GUEST_PRECEDENCE_SHIFT 1 << 2 + 3

// GUEST_PRECEDENCE_BITS = 7 int
#define GUEST_PRECEDENCE_BITS 1 | 2 ^ 3 & 5 | 4

// GUEST_PRECEDENCE_EQUAL = 1 int
#define GUEST_PRECEDENCE_EQUAL 1 & 2 == 2

// GUEST_LEFT_TO_RIGHT = -4 int
#define GUEST_LEFT_TO_RIGHT 1 - 2 - 3

// GUEST_NEGATIVE_DIVISION = -3 int
#define GUEST_NEGATIVE_DIVISION -7 / 2

// GUEST_NEGATIVE_MODULO = -1 int
#define GUEST_NEGATIVE_MODULO -7 % 2

// GUEST_MODULO_NEGATIVE = 1 int
#define GUEST_MODULO_NEGATIVE 7 % -2

// GUEST_UNSIGNED_WRAP = 0 unsigned
#define GUEST_UNSIGNED_WRAP 0xffffffffU + 1

// GUEST_UNSIGNED_MINUS = 0xffffffff unsigned
#define GUEST_UNSIGNED_MINUS 1u - 2

// GUEST_WIDE_NO_WRAP = 0x100000000 long
#define GUEST_WIDE_NO_WRAP 0xffffffffL + 1

// GUEST_WIDE_WRAP = 0 unsigned long
#define GUEST_WIDE_WRAP 0xffffffffffffffffULL + 1

// GUEST_NEGATED_UNSIGNED = 0xfffff000 unsigned
#define GUEST_NEGATED_UNSIGNED -0x1000u

// GUEST_COMPLEMENT_INT = -4096 int
#define GUEST_COMPLEMENT_INT ~0xfff

// GUEST_COMPLEMENT_MIXED = 0xfffffffffffff000 unsigned long
#define GUEST_COMPLEMENT_MIXED ~0xfff & 0xffffffffffffffffULL

// GUEST_COMPLEMENT_UNSIGNED = 0xfffff000 unsigned long
#define GUEST_COMPLEMENT_UNSIGNED ~0xfffU & 0xffffffffffffffffULL

// GUEST_SHIFT_TYPE = 16 int
#define GUEST_SHIFT_TYPE 1 << 4ULL

// GUEST_SHIFT_UNSIGNED = 0x80000000 unsigned
#define GUEST_SHIFT_UNSIGNED 1u << 31

// GUEST_SHIFT_LOST = 0 unsigned
#define GUEST_SHIFT_LOST 0x80000000 << 1

// GUEST_SHIFT_NEGATIVE = -1 int
#define GUEST_SHIFT_NEGATIVE -1 >> 31

// GUEST_SHIFT_WIDE = 0x8000000000000000 unsigned long
#define GUEST_SHIFT_WIDE 1ULL << 63

// GUEST_MIXED_COMPARE = 0 int
#define GUEST_MIXED_COMPARE -1 < 1u

// GUEST_MIXED_COMPARE_LONG = 1 int
#define GUEST_MIXED_COMPARE_LONG -1L < 1u

// GUEST_NOT = 1 int
#define GUEST_NOT !0ULL

// GUEST_NOT_NOT = 1 int
#define GUEST_NOT_NOT !!0x100000000ULL

// GUEST_SIGNS = 5 int
#define GUEST_SIGNS - -+ +5

// GUEST_TERNARY_TYPE = 0xffffffff unsigned
#define GUEST_TERNARY_TYPE 1 ? -1 : 0u

// GUEST_TERNARY_WIDE = -1 long
#define GUEST_TERNARY_WIDE 0 ? 5L : -1

// GUEST_TERNARY_CHAIN = 30 int
#define GUEST_TERNARY_CHAIN 0 ? 10 : 0 ? 20 : 30

// GUEST_TERNARY_MIDDLE = 2 int
#define GUEST_TERNARY_MIDDLE 1 ? 0 ? 1 : 2 : 3

// GUEST_TERNARY_DEAD = 4 unsigned
#define GUEST_TERNARY_DEAD 1 ? 4 : 1u / 0

// GUEST_SHORT_OR = 1 int
#define GUEST_SHORT_OR 1 || 2 / 0

// GUEST_SHORT_AND = 0 int
#define GUEST_SHORT_AND 0 && (2 % 0 || 1)

// GUEST_SHORT_BOTH = 1 int
#define GUEST_SHORT_BOTH 0 && 1 / 0 || 1

// GUEST_CAST_NARROW = 52 int
#define GUEST_CAST_NARROW (uint8_t)0x1234

// GUEST_CAST_SIGNED = -128 int
#define GUEST_CAST_SIGNED (signed char)128

// GUEST_CAST_WRAP = 0xfffffffffffffffe unsigned long
#define GUEST_CAST_WRAP (uint64_t)-2

// GUEST_CAST_BINDS = 0x100000000 unsigned long
#define GUEST_CAST_BINDS (uint64_t)0xffffffff + 1

// GUEST_CAST_LATE = 0 unsigned long
#define GUEST_CAST_LATE (uint64_t)(0xffffffff + 1)

// GUEST_CAST_BACK = -1 int
#define GUEST_CAST_BACK (int)0xffffffffU

// GUEST_CAST_WORDS = 1 unsigned long
#define GUEST_CAST_WORDS (long unsigned int long)1

// GUEST_CAST_BOOL = 1 int
#define GUEST_CAST_BOOL (_Bool)0x100

// GUEST_CAST_TWICE = 0xffff unsigned
#define GUEST_CAST_TWICE (unsigned)(unsigned short)-1

// GUEST_ALIAS = 119 int
#define GUEST_ALIAS ALIAS_1
#define ALIAS_1 ALIAS_2
#define ALIAS_2 0x77

// GUEST_LATE = 2 int
#define LATE 1
#define GUEST_LATE LATE
#undef LATE
#define LATE 2

// GUEST_NO_PARENTHESES = 7 int
#define SUM 1 + 2
#define GUEST_NO_PARENTHESES SUM * 3

// GUEST_ARGUMENT_FIRST = 4096 unsigned long
#define PASTE_ULL(x) x ## ULL
#define MAKE_ULL(x) PASTE_ULL(x)
#define PAGE 0x1000
#define GUEST_ARGUMENT_FIRST MAKE_ULL(PAGE)

// GUEST_ARGUMENT_RAW = 5 int
#define PAGEULL 5
#define GUEST_ARGUMENT_RAW PASTE_ULL(PAGE)

// GUEST_EMPTY_ARGUMENT = 12 int
#define JOIN(a, b, c) a ## b ## c
#define GUEST_EMPTY_ARGUMENT JOIN(1,,2)

// GUEST_EMPTY_ARGUMENTS = 3 int
#define GUEST_EMPTY_ARGUMENTS JOIN(,,) 3

// GUEST_NESTED_CALL = 6 int
#define ADD(a, b) ((a) + (b))
#define GUEST_NESTED_CALL ADD(ADD(1, 2), (3))

// GUEST_COMMA_IN_PARENTHESES = 2 int
#define SECOND(a, b) b
#define GUEST_COMMA_IN_PARENTHESES SECOND((1, 3), 2)

// GUEST_HIDDEN = 4 int
#define f(a) a + f
#define GUEST_HIDDEN SECOND(f(1)(2), 4)

// GUEST_CALL_LATER = 9 int
#define G ADD
#define GUEST_CALL_LATER G(4, 5)

// GUEST_NOT_CALLED_YET = 6 int
#define BRACKETS(a) (a)
#define CALL_OF(m, a) m a
#define GUEST_NOT_CALLED_YET CALL_OF(BRACKETS, (6))

// GUEST_CALL_SPACED = 11 int
#define GUEST_CALL_SPACED ADD (5,\
 6)

// GUEST_VARIADIC = 3 int
#define REST(a, ...) ADD(__VA_ARGS__)
#define GUEST_VARIADIC REST(0, 1, 2)

// GUEST_VARIADIC_ALL = 7 int
#define CALL(m, ...) m(__VA_ARGS__)
#define GUEST_VARIADIC_ALL CALL(ADD, 3, 4)

// GUEST_VARIADIC_ELIDED = 5 int
#define FIRST(a, ...) a
#define LIST(...) FIRST(5, ## __VA_ARGS__)
#define GUEST_VARIADIC_ELIDED LIST()

// GUEST_VARIADIC_NAMED = 8 int
#define NAMED(args...) ADD(args)
#define GUEST_VARIADIC_NAMED NAMED(3, 5)

// GUEST_STRINGIZED = 2 int
#define IGNORE_TEXT(a) SECOND(#a, 2)
#define GUEST_STRINGIZED IGNORE_TEXT("a\n," '"' ( , ) x)

// GUEST_STRING_AND_PASTE = 3 int
#define xstr(s) str(s)
#define str(s) SECOND(#s, 3)
#define GUEST_STRING_AND_PASTE xstr(JOIN(a,b,c) 1)

// GUEST_PASTED_NAME = 119 int
#define GUEST_PASTED_NAME JOIN(ALI, AS, _1)

// GUEST_PASTED_OPERATOR = 8 int
#define GUEST_PASTED_OPERATOR 1 JOIN(<, <,) 3

// GUEST_PASTED_CALL = 9 int
#define GUEST_PASTED_CALL JOIN(A, D, D)(4, 5)

// GUEST_OBJECT_PASTE = 45 int
#define GUEST_OBJECT_PASTE 4 ## 5

// GUEST_KEYWORD_MACRO = 4 int
#define while 2
#define int_ while
#define GUEST_KEYWORD_MACRO while * int_
/* the word is a keyword again */

// GUEST_PARAMETER_KEYWORD = 6 int
#define TIMES(if, else) if * else
#define GUEST_PARAMETER_KEYWORD TIMES(2, 3)

// GUEST_PARAMETER_SHADOWS = 10 int
#define SHADOWED 99
#define SHADOW(SHADOWED) SHADOWED
#define GUEST_PARAMETER_SHADOWS SHADOW(10)

// GUEST_OBJECT_NOT_CALL = -1 int
#define GUEST_OBJECT_NOT_CALL (-1)

// GUEST_NOT_CALLED = 8 int
#define NOT_CALLED() 1
#define GUEST_NOT_CALLED NOT_CALLED() + 7

// GUEST_REDEFINED = 2 int
#define GUEST_REDEFINED 1
#undef GUEST_REDEFINED
#define GUEST_REDEFINED 2

// GUEST_SAME_TWICE = 3 int
#define GUEST_SAME_TWICE 1  +  2
#define GUEST_SAME_TWICE 1 /* one */ + 2

// GUEST_UNDEFINED_UNKNOWN = 4 int
#undef NEVER_SEEN
#define GUEST_UNDEFINED_UNKNOWN 4

// GUEST_IF_ULL = 1 int
#if 0x1000ULL == 4096
#define GUEST_IF_ULL 1
#else
#define GUEST_IF_ULL 2
#endif

// GUEST_IF_WIDE = 1 int
#if 0xffffffff + 1 == 0x100000000
#define GUEST_IF_WIDE 1
#else
#define GUEST_IF_WIDE 2
#endif

// GUEST_IF_SIGN = 1 int
#if -1 > 0u
#define GUEST_IF_SIGN 1
#else
#define GUEST_IF_SIGN 2
#endif

// GUEST_IF_NAMES = 1 int
#if NEVER_SEEN == 0 && !NEVER_SEEN && !__cplusplus
#define GUEST_IF_NAMES 1
#endif

// GUEST_IF_DEFINED = 1 int
#if defined PAGE && defined(PAGE) && !defined NEVER_SEEN
#define GUEST_IF_DEFINED 1
#endif

// GUEST_IF_DEFINED_MACRO = 1 int
#define HAS_PAGE defined(PAGE) && defined PAGE
#if HAS_PAGE
#define GUEST_IF_DEFINED_MACRO 1
#else
#define GUEST_IF_DEFINED_MACRO 2
#endif

// GUEST_IF_DEAD = 1 int
#if 1 || 1 / 0
#define GUEST_IF_DEAD 1
#endif

// GUEST_IF_CALL = 1 int
#if ADD(1, 2) == 3 && ADD
#elif ADD(1, 2) == 3
#define GUEST_IF_CALL 1
#endif

// GUEST_IF_CHAR = 1 int
#if 'A' == 65 && '\377' == 255
#define GUEST_IF_CHAR 1
#endif

// GUEST_IF_TERNARY = 1 int
#if (1 ? -1 : 0u) > 0
#define GUEST_IF_TERNARY 1
#endif

// GUEST_IF_MODULO = 1 int
#if -7 % 2 == -1 && -7 / 2 == -3
#define GUEST_IF_MODULO 1
#endif

// GUEST_ELIF = 2 int
#if 0
#define GUEST_ELIF 1
#elif 1
#define GUEST_ELIF 2
#elif 1
#define GUEST_ELIF 3
#else
#define GUEST_ELIF 4
#endif

// GUEST_ELIF_SKIPPED = 1 int
#if 1
#define GUEST_ELIF_SKIPPED 1
#elif 1 / 0 +
#endif

// GUEST_NESTED_IF = 3 int
#if 0
#if 1
#define GUEST_NESTED_IF 1
#else
#define GUEST_NESTED_IF 2
#endif
#else
#ifdef PAGE
#define GUEST_NESTED_IF 3
#endif
#endif

// GUEST_SKIPPED_TEXT = 1 int
#if 0
it's "an /* open
#error not here
#unknown
#if what ever(
#else
#endif
#else
#define GUEST_SKIPPED_TEXT 1
#endif

// GUEST_IFNDEF = 1 int
#ifndef NEVER_SEEN
#define GUEST_IFNDEF 1
#endif NEVER_SEEN

// GUEST_IF_SPLICED = 1 int
#if 1 \
 && \
 1
#define GUEST_IF_SPLICED 1
#endif

// GUEST_IF_COMMENT = 1 int
#if 1 /* and
 */ && 1 // so
#define GUEST_IF_COMMENT 1
#endif

// GUEST_IF_OVER_MACRO = 1 int
#define EMPTY
#if EMPTY 1 EMPTY
#define GUEST_IF_OVER_MACRO 1
#endif

// GUEST_LIST = { 1, 0x77, 3 } list
#define GUEST_LIST { 1, ALIAS_1, /* 2, */ ADD(1, 2), }

// GUEST_LIST_DIGRAPH = { 4 } list
#define GUEST_LIST_DIGRAPH <% 4 %>

// GUEST_NO_FINAL_NEWLINE = 1 int
#define GUEST_NO_FINAL_NEWLINE 1