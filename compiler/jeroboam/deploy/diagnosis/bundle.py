"""Everything about a stack in one archive for whoever is to look into it, without secrets."""

from __future__ import annotations

import io
import tarfile
from datetime import datetime

from jeroboam.deploy.diagnosis.data import data, evidence_data
from jeroboam.deploy.diagnosis.page import page
from jeroboam.deploy.diagnosis.text import text
from jeroboam.deploy.diagnosis.types import Diagnosis, Evidence
from jeroboam.deploy.redaction import redacted, without_secrets
from jeroboam.escape import escaped
from jeroboam.serialize import json_text

_README = """\
What Jeroboam could find out about the stack '{stack}', {asked} UTC.

  diagnosis.txt    causes, first cause first, and what to do
  diagnosis.html   the same with a timeline; opens in any browser, loads nothing
  diagnosis.json   the same as data
  evidence.json    what each service said: resources, events, servers, volumes, balancers, quotas
  console/         the last lines of the consoles of servers that are not ready

Passwords, tokens, private keys, signal credentials, parameters, outputs and user data are left out.
Have a look before you give it away: addresses and names are in it.
"""


def bundle(evidence: Evidence, diagnosis: Diagnosis) -> bytes:
    """The archive, a tar.gz with one folder that is named after the stack."""
    files = {
        "README.txt": _README.format(stack=evidence.stack.name, asked=f"{diagnosis.asked:%Y-%m-%d %H:%M:%S}"),
        "diagnosis.txt": text(diagnosis),
        "diagnosis.html": page(diagnosis),
        "diagnosis.json": json_text(without_secrets(data(diagnosis))),
        "evidence.json": json_text(without_secrets(evidence_data(evidence))),
        **{
            f"console/{escaped(c.server).replace('/', '_')}.log": "\n".join((*c.lines, ""))
            for c in evidence.consoles
        },
    }
    return _archive(evidence.stack.name, files, diagnosis.asked)


def _archive(folder: str, files: dict[str, str], time: datetime) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            # Once more, over the finished text: what a table or a page put together must not show either.
            packed = redacted(content).encode("utf-8", "replace")
            entry = tarfile.TarInfo(f"{folder}-diagnosis/{name}")
            entry.size, entry.mode, entry.mtime = len(packed), 0o600, int(time.timestamp())
            archive.addfile(entry, io.BytesIO(packed))
    return stream.getvalue()
