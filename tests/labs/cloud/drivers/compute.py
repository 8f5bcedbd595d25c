"""nova-compute with `drivers/virt` as a further folder of nova.virt, where Nova looks for its drivers."""

from __future__ import annotations

import sys
from pathlib import Path

import nova.virt
from nova.cmd import compute

if __name__ == "__main__":
    nova.virt.__path__.append(str(Path(__file__).with_name("virt")))
    sys.exit(compute.main())
