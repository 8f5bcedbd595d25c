"""Words that pictures, charts and pages have in common."""

from __future__ import annotations

_PROTOCOLS = ("tcp", "udp", "sctp")


def ports_in_words(what: tuple[str, ...]) -> tuple[str, ...]:
    """Ports as words, by protocol: `tcp 22,`, `6443;`, `udp 8472`; what is whole comes last."""
    by_protocol: dict[str, list[str]] = {}
    for port in what:
        numbers, slash, protocol = port.partition("/")
        if slash:
            by_protocol.setdefault(protocol, []).append(numbers)
    parts = []
    for protocol, ports in sorted(by_protocol.items()):
        first, *others = listed(tuple(sorted(ports, key=_number)))
        parts.append((f"{protocol} {first}", *others))
    whole = [port for port in what if "/" not in port]
    if {f"all {protocol}" for protocol in _PROTOCOLS} <= set(whole):
        whole = [*(port for port in whole if not port.startswith("all ")), "all ports"]
    parts += [(port,) for port in whole]
    return tuple(
        f"{word};" if n == len(words) - 1 and words is not parts[-1] else word
        for words in parts
        for n, word in enumerate(words)
    )


def _number(ports: str) -> int:
    return int(ports.partition("-")[0])


def listed(items: tuple[str, ...]) -> tuple[str, ...]:
    """Items with commas between them."""
    return (*(f"{item}," for item in items[:-1]), *items[-1:])
