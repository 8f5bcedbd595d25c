"""Where things are: on disk, and in the network that exists only while the tests run."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

IMAGES = ROOT / ".tools" / "nodes" / "images"
FOLDER = ROOT / ".cloud-nodes"
"""The cloud of these tests, with the disks of its volumes and what is kept of a run."""
CLOUD_ADDRESS = "198.51.100.1"
"""Of the cloud's APIs and of the mirror, as nodes and clients see them; RFC 5737 keeps it free of anyone."""
METADATA_ADDRESS = "169.254.169.254"
ENVIRONMENT = {
    "JEROBOAM_CLOUD": str(FOLDER),
    "JEROBOAM_CLOUD_ADDRESS": CLOUD_ADDRESS,
    "JEROBOAM_CLOUD_PROGRAMS": os.environ.get("JEROBOAM_CLOUD_PROGRAMS") or str(ROOT / ".cloud" / "venv"),
    "JEROBOAM_CLOUD_PORT_OFFSET": "0",
}
"""What makes `tests.labs.cloud` the cloud of these tests. Its network is its own, so usual ports are free."""
