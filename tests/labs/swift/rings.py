"""`python rings.py FOLDER ACCOUNT CONTAINER OBJECT`: the rings of one device, for servers at these ports.

Run by Swift's own interpreter, once for all three: to start its ring builder takes a second each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from swift.common.ring import RingBuilder

for kind, port in zip(("account", "container", "object"), sys.argv[2:], strict=True):
    builder = RingBuilder(2, 1, 1)
    builder.add_dev(
        {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 1.0}
    )
    builder.rebalance()
    builder.get_ring().save(str(Path(sys.argv[1]) / f"{kind}.ring.gz"))
