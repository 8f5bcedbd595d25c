"""YAML that is odd but harmless: what no plain data can be made of, by name, and where it goes wrong."""

from __future__ import annotations

from typing import NamedTuple

from jeroboam.serialize.reader import LONGEST_NUMBER, MAX_DEPTH


class Odd(NamedTuple):
    """Lines of a block mapping, indented by two; `line` and `column` say where they are odd, from 1."""

    text: str
    line: int
    column: int


_DOUBLED = "".join(f"  a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(20))

REFUSED = {
    "deeper than anybody nests": Odd(f"  a: {'[' * MAX_DEPTH}{']' * MAX_DEPTH}", 1, 4 + MAX_DEPTH),
    "deep through aliases": Odd(
        f"  a: &a {'[' * 70}{']' * 70}\n  b: {'[' * 70}*a{']' * 70}", 2, 76
    ),
    "aliases that double": Odd(f"  a0: &a0 [x, x]\n{_DOUBLED}", 16, 20),
    "alias in itself": Odd("  a: &a [*a]", 1, 10),
    "alias of nothing": Odd("  a: *b", 1, 6),
    "merged mapping": Odd("  a: &a {b: 1}\n  <<: *a", 2, 3),
    "merged text": Odd("  <<: text", 1, 3),
    "merged by its tag": Odd("  !!merge a: {b: 1}", 1, 3),
    "key twice": Odd("  a: 1\n  a: 2", 2, 3),
    "key twice as JSON": Odd("  1: a\n  '1': b", 2, 3),
    "list as a key": Odd("  ? [a]\n  : b", 1, 5),
    "mapping as a key": Odd("  {a: b}: c", 1, 3),
    "alias of a list as a key": Odd("  a: &a [b]\n  *a : c", 2, 3),
    "nothing as a key": Odd("  ~: a", 1, 3),
    "binary": Odd("  a: !!binary '%'", 1, 6),
    "binary that is right": Odd("  a: !!binary YQ==", 1, 6),
    "timestamp": Odd("  a: !!timestamp x", 1, 6),
    "set": Odd("  a: !!set {b}", 1, 6),
    "set of a list": Odd("  a: !!set [b]", 1, 6),
    "ordered mapping": Odd("  a: !!omap b", 1, 6),
    "object of Python": Odd("  a: !!python/tuple [b]", 1, 6),
    "tag of one's own": Odd("  a: !Ref b", 1, 6),
    "tag that nobody declared": Odd("  a: !b!c d", 1, 6),
    "tag that is no text": Odd("  a: !<%ED%A0%80> b", 1, 4),
    "text as a mapping": Odd("  a: !!map b", 1, 6),
    "list as text": Odd("  a: !!str [b]", 1, 6),
    "word as an integer": Odd("  a: !!int b", 1, 6),
    "word as a boolean": Odd("  a: !!bool b", 1, 6),
    "word as a number": Odd("  a: !!float b", 1, 6),
    "word as nothing": Odd("  a: !!null b", 1, 6),
    "integer of thousands of digits": Odd(f"  a: {'9' * 5000}", 1, 6),
    "integer longer than any": Odd(f"  a: {'9' * (LONGEST_NUMBER + 1)}", 1, 6),
    "integer without digits": Odd("  a: 0b_", 1, 6),
    "hexadecimal without digits": Odd("  a: 0x_", 1, 6),
    "sum of sixties": Odd(f"  a: {'1:' * 300}1.5", 1, 6),
    "infinity": Odd("  a: .inf", 1, 6),
    "more than a float holds": Odd("  a: 1.0e+999", 1, 6),
    "no number": Odd("  a: .NaN", 1, 6),
    "tab": Odd("  a:\n\tb: 1", 2, 1),
    "colon in a value": Odd("  a: b: c", 1, 7),
    "list that does not end": Odd("  a: [b", 2, 1),
    "quote that does not end": Odd('  a: "b', 2, 1),
    "control character": Odd("  a: \x1b[1m", 1, 6),
    "NUL": Odd("  a: b\n  c: \x00", 2, 6),
    "half of a character": Odd('  a: "\\ud800"', 1, 9),
}  # fmt: skip

READ = {
    "day that is none": ("2026-02-30", "2026-02-30"),
    "day": ("2026-01-01", "2026-01-01"),
    "moment": ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    "equals sign": ("=", "="),
    "merge as a value": ("<<", "<<"),
    "merge in quotes": ("{'<<': a}", {"<<": "a"}),
    "yes": ("[yes, on, No, OFF, y]", [True, True, False, False, "y"]),
    "integers": ("[010, 0o17, 0x1f, 0b11, 1_000, 12:30]", [8, "0o17", 31, 3, 1000, 750]),
    "as many digits as JSON has": ("18446744073709551616", 2**64),
    "numbers": ("[1.5, 1e5, 1.0e+5, 1:30.5]", [1.5, "1e5", 1.0e5, 90.5]),
    "tags that fit": ("[!!str 1, !!int '1', !!float 1, !!bool 'on']", ["1", 1, 1.0, True]),
    "keys": ("{1: a, on: b, 1.5: c}", {"1": "a", "true": "b", "1.5": "c"}),
    "aliases": ("[&a {b: 1}, *a, &a c, *a]", [{"b": 1}, {"b": 1}, "c", "c"]),
}  # fmt: skip
"""What is read, and as what; the older of them once ended in an error of Python's."""
