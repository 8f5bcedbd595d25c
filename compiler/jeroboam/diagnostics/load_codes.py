"""Codes JB01xx: files and YAML."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E = Severity.ERROR

LOAD: dict[str, Code] = {
    "JB0101": Code(
        E,
        "file cannot be read",
        "cannot read '{path}': {why}",
        "name an existing file; paths inside a spec are relative to the file that names them",
    ),
    "JB0102": Code(
        E,
        "file too large",
        "'{path}' is larger than 1 MiB",
        "a spec is a few kilobytes; check that this is the right file",
    ),
    "JB0103": Code(
        E,
        "not YAML",
        "not YAML: {problem}",
        "check the indentation, colons, brackets and quotes here and on the line before",
    ),
    "JB0104": Code(E, "tab as indentation", "a tab is used as indentation", "indent with spaces"),
    "JB0105": Code(
        E,
        "not UTF-8",
        "'{path}' is not UTF-8: byte {offset} does not decode",
        "save the file as UTF-8",
    ),
    "JB0106": Code(
        E,
        "character not allowed in YAML",
        "the character {character} is not allowed in YAML",
        "remove it, or write it as an escape inside double quotes",
    ),
    "JB0107": Code(
        E, "duplicate key", "the key '{name}' is given twice", "keep one of them, or merge their contents"
    ),
    "JB0108": Code(
        E,
        "YAML alias",
        "the alias '*{name}' is used, and aliases are not accepted",
        "write the value out, or share it through a cluster template",
    ),
    "JB0109": Code(
        E,
        "YAML tag",
        "the tag '{tag}' is not accepted",
        "leave the tag out; to make a value a string, put it in quotes",
    ),
    "JB0110": Code(
        E, "key is not a string", "expected a string as key, found {found}", "put the key in quotes"
    ),
    "JB0111": Code(
        E, "more than one document", "a second YAML document starts here", "keep one document per file"
    ),
    "JB0112": Code(
        E,
        "not a mapping",
        "expected a mapping of properties, found {found}",
        "start with 'spec_version: 1'; 'jeroboam init' writes a complete example",
    ),
    "JB0113": Code(
        E,
        "number not usable",
        "the number '{number}' cannot be used: {why}",
        "put it in quotes if it is text",
    ),
    "JB0114": Code(
        E,
        "nested too deeply",
        "the document is nested more than {limit} levels deep",
        "a spec needs fewer than ten levels; check the brackets",
    ),
    "JB0115": Code(
        E,
        "templates in a circle",
        "the chain of templates never ends: {chain}",
        "remove 'template' from one of these files",
    ),
    "JB0116": Code(
        E,
        "not a cluster template",
        "'{path}' is not a cluster template: {why}",
        "a template starts with 'spec_version: 1' and 'kind: cluster_template'",
    ),
    "JB0117": Code(
        E,
        "cluster template where a cluster is needed",
        "'{name}' is a cluster template, not a cluster",
        "name it in a cluster: 'kind: cluster' and 'template: {path}'",
    ),
    "JB0118": Code(
        E,
        "half a character",
        "an escape in this text stands for half of a character",
        'write the character itself, or both halves, as in "\\ud83d\\ude00"',
    ),
    "JB0119": Code(
        E,
        "file outside of the repository",
        "cannot read '{path}': {why}",
        "copy the file to where the spec is, or pass --allow-outside if you trust all that the spec names",
    ),
    "JB0120": Code(
        E,
        "not a regular file",
        "cannot read '{path}': {why}",
        "name a regular file; what a program prints can be piped in where '-' is taken as standard input",
    ),
    "JB0121": Code(
        E,
        "not a spec",
        "'{path}' is not a spec: it has neither 'spec_version' nor the kind of one, and is not YAML either",
        "check that this is the right file; a spec starts with 'spec_version: 1' and 'kind: cluster'",
    ),
    "JB0125": Code(
        E,
        "too many values",
        "the document has more than {limit} values",
        "the largest cluster that Heat takes needs a tenth of them; check that this is the right file",
    ),
    "JB0126": Code(
        E,
        "keys too long",
        "the keys that lead here have more than {limit} characters together",
        "the longest key that a spec knows has 255; check the quotes",
    ),
    "JB0127": Code(
        E,
        "files too large together",
        "with '{path}' the spec, its templates and the files that they name are larger than {limit} MiB",
        "embed less: a hook can download what is large",
    ),
    "JB0128": Code(
        E,
        "too many templates",
        "the chain of templates is longer than {limit} files",
        "merge some of them into one",
    ),
    "JB0129": Code(
        Severity.NOTE,
        "findings left out",
        "and {count} more, which are not shown",
        "fix those that are shown, then validate again",
    ),
}
