"""What of a cluster has ended, or is about to: as nodes say on their consoles, and as is known elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from jeroboam.deploy.clusters import login
from jeroboam.deploy.diagnosis.causes import judged, known
from jeroboam.deploy.diagnosis.findings import finding
from jeroboam.deploy.diagnosis.types import Evidence, Finding
from jeroboam.secrets.endings import Ending, EndingKind

SOON = "ends-soon"
"""The cause of what still works: no fault of the cluster."""
CAUSES = {
    EndingKind.AUTHORITY: "authority-ended",
    EndingKind.API: "api-certificate-ended",
    EndingKind.DOCKER_API: "docker-certificate-ended",
    EndingKind.CREDENTIALS: "credentials-ended",
    EndingKind.APPLICATION_CREDENTIAL: "application-credential-ended",
}
_SAID = re.compile(r"jeroboam: node=(?P<node>\S+) certificates(?P<files>(?: \d+=\S+)*)$")
"""What fragments/common/ends.sh says: 0 before a file that has ended, else how many seconds are left."""
_ENDED = "0"


def of_ended(evidence: Evidence, endings: Iterable[Ending], now: datetime) -> Iterator[Finding]:
    """A finding for each thing that has ended or ends soon; of what a node says the last line counts."""
    context = {"stack": evidence.stack.name, "ssh": login(evidence.stack)}
    for console in evidence.consoles:
        said = [it for line in console.lines if (it := _SAID.search(line.rstrip()))]
        for it in said[-1:]:
            values = {**context, "node": it["node"], "server": console.server, "end": "a day within a month"}
            for left, _, file in (word.partition("=") for word in it["files"].split()):
                seen = (
                    known("console", f"certificates {_ENDED}={file}", values)
                    if left == _ENDED
                    else judged(SOON, f"{file} has less than {left} seconds", {**values, "what": file})
                )
                if seen is not None:
                    yield finding(seen, (console.server,), "the node's console", None)
    for ending in endings:
        values = {**context, "what": ending.name, "end": f"{ending.end:%Y-%m-%d}"}
        quote = f"{ending.name} {'ended' if ending.end <= now else 'ends'} on {ending.end:%Y-%m-%d %H:%M} UTC"
        if ending.has_ended(now):
            yield finding(
                judged(CAUSES[ending.kind], quote, values), (evidence.stack.name,), ending.source, None
            )
        elif ending.ends_soon(now):
            yield finding(judged(SOON, quote, values), (evidence.stack.name,), ending.source, None)
