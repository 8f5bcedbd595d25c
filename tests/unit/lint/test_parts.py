"""What `repeat`, concatenated lists and `if` are made of is judged like what is written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from jeroboam.lint import lint_hot
from tests.support import heat_engine
from tests.unit.lint.mistakes import MARK

HEAD = """\
heat_template_version: 2018-08-31
parameters:
  ports: {type: comma_delimited_list, default: '80,443'}
  more: {type: comma_delimited_list, default: []}
  few: {type: boolean, default: true}
conditions:
  open: {get_param: few}
resources:
"""
USED = "outputs:\n  used: {value: {if: [open, {get_param: ports}, {get_param: more}]}}\n"


def _group(rules: str) -> str:
    return f"""\
{HEAD}  web:
    type: OS::Neutron::SecurityGroup
    properties:
      rules:
        {rules}
{USED}"""


def _repeat(template: str, for_each: str, more: str = "") -> str:
    return f"{{repeat: {{template: {template}, for_each: {for_each}{more}}}}}"


PORTS = "{'%p%': {get_param: ports}}"
LETTERS = "[a, b, c, d, e]"
ACCEPTED = {
    "one rule for each port": _group(
        _repeat("{protocol: tcp, port_range_min: '%p%', port_range_max: '%p%'}", PORTS)
    ),
    "each port with each protocol": _group(
        _repeat(
            "{protocol: '%q%', port_range_min: '%p%', port_range_max: '%p%'}",
            "{'%p%': ['80', '443'], '%q%': [tcp, udp]}",
        )
    ),
    "one after another": _group(
        _repeat(
            "{protocol: '%q%', port_range_min: '%p%', port_range_max: '%p%'}",
            "{'%p%': ['80', '53'], '%q%': [tcp, udp]}",
            ", permutations: false",
        )
    ),
    "the keys of a mapping": _group(_repeat("{protocol: '%q%'}", "{'%q%': {tcp: 1, udp: 2}}")),
    "a name of a property": _group(_repeat("{'%k%': tcp}", "{'%k%': [protocol]}")),
    "any name of a property": _group(_repeat("{'%k%': tcp}", "{'%k%': {get_param: more}}")),
    "no copy at all": _group(_repeat("{protocl: '%p%'}", "{'%p%': []}")),
    "a list that there may not be": _group(_repeat("{protocol: '%p%'}", "{'%p%': null}")),
    "computed, and then replaced": _group(
        _repeat("{remote_ip_prefix: {list_join: ['', ['10.%p%', '.0.0/16']]}}", "{'%p%': ['1', '2']}")
    ),
    "a name that a function takes itself": _group(
        _repeat("{protocol: {str_replace: {template: '%p%', params: {'%p%': tcp}}}}", "{'%p%': [any]}")
    ),
    "the inner one first": _group(
        "{list_concat: [" + _repeat("{protocol: tcp, remote_ip_prefix: '%q%/32'}", "{'%q%': " + _repeat(
            "'192.0.2.%p%'", "{'%p%': ['1', '2']}"
        ) + "}") + ", [{if: [open, {protocol: tcp}, {protocol: udp}]}]]}"
    ),
    "the same twice, made one": _group("{list_concat_unique: [[{protocol: tcp}], [{protocol: tcp}]]}"),
    "the same in either case": _group("{if: [open, [{protocol: tcp}], [{protocol: tcp}]]}"),
    "more copies than are judged": _group(
        _repeat("{description: '%a%%b%%c%'}", f"{{'%a%': {LETTERS}, '%b%': {LETTERS}, '%c%': {LETTERS}}}")
    ),
}  # fmt: skip
REFUSED = {
    "an unknown property": (
        "JB0822",
        "'rules.*' has no property 'protocl'",
        _group(_repeat("{»protocl: tcp, description: '%p%'}", PORTS)),
    ),
    "a name that is none in one copy": (
        "JB0822",
        "'rules.*' has no property 'protocl'",
        _group(_repeat("{»'%k%': tcp}", "{'%k%': [protocol, protocl]}")),
    ),
    "no integer in one copy": (
        "JB0824",
        "expected an integer as 'port_range_min', found 'https'",
        _group(
            _repeat("{protocol: tcp, port_range_min: »'%p%', port_range_max: 80}", "{'%p%': ['80', https]}")
        ),
    ),
    "not allowed in one copy": (
        "JB0825",
        "'direction' cannot be 'inward': it is none of ingress, egress",
        _group(_repeat("{direction: »'%d%', protocol: tcp}", "{'%d%': [ingress, inward]}")),
    ),
    "a computed value in one copy": (
        "JB0825",
        "'remote_ip_prefix' cannot be 'bad/24': it is not a range of addresses, such as 192.0.2.0/24",
        _group(
            _repeat("{remote_ip_prefix: »{list_join: ['', ['%a%', '/24']]}}", "{'%a%': [10.0.0.0, bad]}")
        ),
    ),
    "of two that go together": (
        "JB0824",
        "expected an integer as 'port_range_min', found 'udp'",
        _group(
            _repeat(
                "{protocol: tcp, port_range_min: »'%p%', port_range_max: 90}",
                "{'%p%': ['80', '%q%'], '%q%': [tcp, udp]}",
                ", permutations: false",
            )
        ),
    ),
    "a text for a mapping": (
        "JB0824",
        "expected a mapping as 'rules.*', found a string",
        _group(_repeat("»'%p%'", PORTS)),
    ),
    "in a list beside another": (
        "JB0822",
        "'rules.*' has no property 'protocl'",
        _group("{list_concat: [{get_param: more}, [{protocol: tcp}, {»protocl: udp}]]}"),
    ),
    "in a list of different ones": (
        "JB0822",
        "'rules.*' has no property 'protocl'",
        _group("{list_concat_unique: [[{»protocl: tcp}], {get_param: more}]}"),
    ),
    "in a branch of a part": (
        "JB0822",
        "'rules.*' has no property 'protocl'",
        _group("{list_concat: [{if: [open, [{»protocl: tcp}], []]}, []]}"),
    ),
    "in a part of a branch": (
        "JB0824",
        "expected an integer as 'port_range_min', found a list",
        _group(
            "{if: [open, "
            + _repeat("{protocol: tcp, port_range_min: »[all], port_range_max: 80}", PORTS)
            + ", []]}"
        ),
    ),
    "in a list of another type": (
        "JB0822",
        "'fixed_ips.*' has no property 'subnets'",
        f"""\
{HEAD}  web:
    type: OS::Neutron::Port
    properties:
      network: private
      fixed_ips: {{repeat: {{template: {{»subnets: '%s%'}}, for_each: {{'%s%': {{get_param: ports}}}}}}}}
{USED}""",
    ),
    "a number for a name": (
        "JB0842",
        "'repeat' takes as 'for_each' a mapping of names to lists of texts, numbers in quotes",
        _group("{»repeat: {template: {protocol: '%p%'}, for_each: {'%p%': [6, 17]}}}"),
    ),
    "a text for a list": (
        "JB0842",
        "'repeat' takes as 'for_each' a mapping of names to lists of texts, numbers in quotes",
        _group("{»repeat: {template: {protocol: '%p%'}, for_each: {'%p%': tcp}}}"),
    ),
    "a mapping where places count": (
        "JB0842",
        "'repeat' takes as 'for_each' a mapping of names to lists of texts, numbers in quotes",
        _group("{»repeat: {template: {protocol: '%p%'}, for_each: {'%p%': {tcp: 1}}, permutations: false}}"),
    ),
    "no name at all": (
        "JB0842",
        "'repeat' takes as 'for_each' a mapping of names to lists of texts, numbers in quotes",
        _group("{»repeat: {template: {protocol: tcp}, for_each: {}}}"),
    ),
}  # fmt: skip
# What Heat takes, and Neutron does not.
OF_SERVICES = {
    "ports without a protocol": (
        "JB0881",
        "neutron refuses the rule: it has ports and no protocol",
        _group(_repeat("{port_range_min: »'%p%', port_range_max: '%p%'}", PORTS)),
    ),
    "a range that ends before it begins": (
        "JB0881",
        "neutron refuses the rule: the range of ports ends before it begins",
        _group(
            _repeat("{protocol: tcp, port_range_min: »'%p%', port_range_max: 90}", "{'%p%': ['80', '95']}")
        ),
    ),
    "the same rule twice": (
        "JB0882",
        "neutron counts this rule and another as one, and refuses the second",
        _group("{list_concat: [[{protocol: tcp}], [{protocol: icmp}, »{protocol: tcp}]]}"),
    ),
    "a name in a branch": (
        "JB0883",
        "nova refuses the server's name: ' web'",
        f"""\
{HEAD}  web:
    type: OS::Nova::Server
    properties:
      flavor: small
      image: ubuntu
      networks: [{{network: private}}]
      name: {{if: [open, web, »' web']}}
{USED}""",
    ),
    "metadata in a branch": (
        "JB0883",
        "nova refuses the metadata key 'a/b'",
        f"""\
{HEAD}  web:
    type: OS::Nova::Server
    properties:
      flavor: small
      image: ubuntu
      networks: [{{network: private}}]
      metadata: {{if: [open, {{a: b}}, {{»a/b: c}}]}}
{USED}""",
    ),
    "in a branch of an item": (
        "JB0881",
        "neutron refuses the rule: it has ports and no protocol",
        _group("[{if: [open, {protocol: tcp}, {port_range_min: »80, port_range_max: 80}]}]"),
    ),
}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _found(text: str) -> list[tuple[str, str, int, int]]:
    Path("a.yaml").write_text(text, encoding="utf-8")
    return [
        (d.code, d.message, d.span.start.line, d.span.start.column)
        for d in lint_hot("a.yaml").diagnostics
        if d.span
    ]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_heat_accepts_has_no_findings(name: str) -> None:
    assert _found(ACCEPTED[name]) == []


@pytest.mark.parametrize("name", [*REFUSED, *OF_SERVICES])
def test_a_mistake_is_found_at_its_place(name: str) -> None:
    code, message, text = {**REFUSED, **OF_SERVICES}[name]
    before, _, after = text.partition(MARK)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert _found(before + after) == [(code, message, line, column)]


def test_the_engine_is_of_the_same_mind() -> None:
    accepted = {**ACCEPTED, **{name: text for name, (_, _, text) in OF_SERVICES.items()}}
    verdicts = {
        name: heat_engine.refusal({"a": text.replace(MARK, "")}, "a") for name, text in accepted.items()
    }
    assert verdicts == dict.fromkeys(accepted)
    refused = {name: text.replace(MARK, "") for name, (_, _, text) in REFUSED.items()}
    assert [name for name, text in refused.items() if heat_engine.refusal({"a": text}, "a") is None] == []
