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
        "'{path}' is not UTF-8: byte {offset} cannot be decoded",
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
        "remove the tag; to make a value a string, put it in quotes",
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
        "cycle of templates",
        "the templates refer to each other in a cycle: {chain}",
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
        "half of a surrogate pair",
        "an escape in this text is only half of a surrogate pair",
        'write the character itself, or both halves, as in "\\ud83d\\ude00"',
    ),
    "JB0119": Code(
        E,
        "file outside the repository",
        "cannot read '{path}': {why}",
        "copy the file next to the spec, or pass --allow-outside if you trust every file that the spec names",
    ),
    "JB0120": Code(
        E,
        "not a regular file",
        "cannot read '{path}': {why}",
        "name a regular file; to read what a program prints, pipe it in where '-' stands for standard input",
    ),
    "JB0121": Code(
        E,
        "not a spec",
        "'{path}' is not a spec: it has neither 'spec_version' nor the 'kind' of a spec, and is not YAML",
        "check that this is the right file; a spec starts with 'spec_version: 1' and 'kind: cluster'",
    ),
    "JB0122": Code(
        E,
        "not a text file",
        "'{path}' is not text: it has a NUL byte at line {line}, column {column}",
        "name a text file; a program is better downloaded by a hook",
    ),
    "JB0125": Code(
        E,
        "too many values",
        "the document has more than {limit} values",
        "the largest cluster that Heat accepts needs a tenth of that; check that this is the right file",
    ),
    "JB0126": Code(
        E,
        "keys too long",
        "the keys that lead to this value have more than {limit} characters in total",
        "the longest key that a spec can have has 255; check the quotes",
    ),
    "JB0127": Code(
        E,
        "files too large in total",
        "with '{path}', the spec, its templates and the files that they name are larger than {limit} MiB",
        "embed less; let a hook download large files",
    ),
    "JB0128": Code(
        E,
        "too many templates",
        "the chain of templates is longer than {limit} files",
        "merge some of them into one",
    ),
    "JB0129": Code(
        Severity.NOTE,
        "findings not shown",
        "and {count} more, which are not shown",
        "fix those that are shown, then validate again",
    ),
}
