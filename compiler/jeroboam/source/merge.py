"""Merges a cluster over its template: mappings key by key, node groups by name, the rest replaced."""

from __future__ import annotations

from jeroboam.source.nodes import Entry, YamlNode

# What a file says about itself is not inherited.
_OWN = ("spec_version", "kind", "name", "template")
_NODE_GROUPS = "node_groups"


def merged(template: YamlNode, cluster: YamlNode) -> YamlNode:
    """`cluster` over `template`, both mappings. A null replaces whatever the template has."""
    base = {key: entry for key, entry in _entries(template).items() if key not in _OWN}
    groups = base.get(_NODE_GROUPS), _entries(cluster).get(_NODE_GROUPS)
    result = _over(YamlNode(base, template.source, template.mark), cluster)
    if groups[0] is not None and groups[1] is not None:
        _entries(result)[_NODE_GROUPS] = Entry(groups[1].key, _by_name(groups[0].node, groups[1].node))
    return result


def _over(base: YamlNode, top: YamlNode) -> YamlNode:
    if not (isinstance(base.value, dict) and isinstance(top.value, dict)):
        return top
    entries = dict(base.value)
    for key, entry in top.value.items():
        below = entries.get(key)
        entries[key] = entry if below is None else Entry(entry.key, _over(below.node, entry.node))
    return YamlNode(entries, top.source, top.mark)


def _by_name(base: YamlNode, top: YamlNode) -> YamlNode:
    """The base's groups in order, overridden, then the new ones; a name given twice stays twice."""
    if not (isinstance(base.value, list) and isinstance(top.value, list)):
        return top
    groups = list(base.value)
    known = {name: index for index, group in enumerate(groups) if (name := _name(group)) is not None}
    for group in top.value:
        index = known.pop(_name(group) or "", None)
        if index is None:
            groups.append(group)
        else:
            groups[index] = _over(groups[index], group)
    return YamlNode(groups, top.source, top.mark)


def _name(group: YamlNode) -> str | None:
    entry = _entries(group).get("name")
    return entry.node.value if entry and isinstance(entry.node.value, str) else None


def _entries(node: YamlNode) -> dict[str, Entry]:
    return node.value if isinstance(node.value, dict) else {}
