"""What `jeroboam show` prints: the resolved spec as plain data."""

from __future__ import annotations

from jeroboam.source import Data, Document
from jeroboam.spec.reading import ReadSpec


def shown(read: ReadSpec | Document) -> dict[str, Data]:
    """Every property with its value, defaults filled in, in the schema's order.

    The template is merged and therefore not named.
    """
    document = read.document if isinstance(read, ReadSpec) else read
    return {key: value for key, value in document.data.items() if key != "template"}
