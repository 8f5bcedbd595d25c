"""The page for those who come from Magnum, from the table that the importer goes by."""

from __future__ import annotations

import re
from textwrap import fill

from jeroboam.imports.magnum.table import MagnumSetting, MagnumTable, magnum_table

_HEAD = """\
# Coming from Magnum

`jeroboam import magnum` makes a spec of a cluster template of Magnum's and, where there is one, of
a cluster made from it:

```console
$ openstack coe cluster template show k8s -f json > template.json
$ openstack coe cluster show prod -f json > cluster.json
$ jeroboam import magnum template.json cluster.json -o prod.yaml
$ jeroboam compile prod.yaml
```

- Each attribute and label becomes a property, or is named in a comment at the end of the spec, with
  the reason and with what comes closest. A label that none of Magnum's own drivers reads is
  reported: Magnum passes over it in silence.
- The spec is compiled at once, and what the compiler says is printed. A value that it refuses, such
  as an option that Kubernetes no longer has, is left out and named, with the compiler's reason; a
  range, a count or a name stays, and is an error of the spec.
- Passwords, tokens and keys, in a label, in the address of a proxy or of a registry, do not get
  into the spec, nor into what is printed. `jeroboam secrets` makes those that a spec needs.
- Without `-o` the spec goes to standard output; a file that is there stays, unless `--force` says
  otherwise. `--distro` says what nodes run where the template does not, or where you want another.

Templates of Magnum's drivers for Cluster API are read alike; labels that they alone read are
reported and named.

All of it happens offline: no cloud is asked. This page is generated from the table that the command
goes by, `compiler/jeroboam/imports/magnum/table.yaml`.

## Drivers

| Magnum's driver | `coe` | `distro` | what changes |
| --- | --- | --- | --- |
"""
_ATTRIBUTES = """
## Attributes

Of a cluster template (T), of a cluster (C), or of both, where the cluster's wins.

| attribute | of | becomes | how, or why not |
| --- | --- | --- | --- |
"""
_LABELS = """
## Labels

| label | becomes | how, or why not |
| --- | --- | --- |
"""
_OPERATOR = """
## Options of magnum.conf

What the operator of a Magnum sets for all clusters, and `show` does not tell; here each spec says
it.

| option | becomes | how, or why not |
| --- | --- | --- |
"""
_COMMANDS = """
## Commands

| with Magnum | here |
| --- | --- |
"""
_OF = {"template": "T", "cluster": "C", "both": "T, C"}
_WIDTH = 100


def markdown() -> str:
    """The page: drivers, attributes, labels, options of the operator, commands, and what is different."""
    table = magnum_table()
    parts = [_HEAD, *_drivers(table), _ATTRIBUTES]
    parts += [_line(f"`{row.name}`", _OF[row.of], *_cells(row)) for row in table.attributes]
    parts += [_LABELS, *(_line(f"`{row.name}`", *_cells(row)) for row in table.labels)]
    parts += [_OPERATOR, *(_line(f"`{row.name}`", *_cells(row)) for row in table.operator)]
    parts += [_COMMANDS, *(_line(f"`{was}`", now) for was, now in table.commands)]
    parts.append("\n## What is different\n")
    texts = (*table.notes.values(), *(f"**{title}.** {text}" for title, text in table.closing))
    parts += [f"\n{_filled(text)}\n" for text in texts]
    return "".join(parts)


def _drivers(table: MagnumTable) -> list[str]:
    lines = []
    for driver in table.drivers:
        distro, note = table.distros[driver.distro]
        lines.append(_line(f"`{driver.name}`", table.coes[driver.coe], distro, note.rstrip(".")))
    return lines


def _cells(row: MagnumSetting) -> tuple[str, str]:
    """What it becomes, and the rest that the table says of it."""
    said = []
    if row.coes and not row.why:
        said.append(f"for {' and '.join(row.coes)}")
    for name, values in row.needs.items():
        worth = f" {' or '.join(value for value in values if value)}" if values else ""
        said.append(f"with `{name}`{worth}")
    if row.idle:
        said.append(f"of no effect for {' and '.join(row.idle)}")
    if row.without:
        said.append(f"without `{row.without}`")
    if row.least:
        said.append(f"{row.least} or more")
    said += [f"`{value}`: {why}" for value, why in row.refused.items()]
    said += [text for text in (row.note, f"otherwise {row.lost}" if row.lost else "") if text]
    if row.why:
        others = f"otherwise {row.why}" if row.to else row.why
        said.append(f"{others}; closest: {row.instead}" if row.instead else others)
    return ", ".join(f"`{to}`" for to in row.to) or ("a result" if row.result else "-"), "; ".join(said)


def _line(*cells: str) -> str:
    return "| " + " | ".join(_marked(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _marked(text: str) -> str:
    """The text with code as Markdown has it."""
    return re.sub(r"(?<![\w`])'([^'`]+)'(?!\w)", r"`\1`", text)


def _filled(text: str) -> str:
    return fill(_marked(text), _WIDTH, break_on_hyphens=False, break_long_words=False)
