"""What `docker` reads: a client bundle for the managers' Docker API, under the names the client looks for.

Facts: docs.docker.com, "Protect the Docker daemon socket" and the client's environment variables.
"""

from __future__ import annotations

from jeroboam.model.access import (
    ClientCertificate,
    ClientPart,
    ClusterAccess,
    CredentialFile,
    Credentials,
)
from jeroboam.model.types import SecretRef

USER = "jeroboam-admin"

_ENVIRONMENT = """\
# Makes this shell's docker command speak to the swarm '{cluster}': . ./env.sh
export DOCKER_HOST=tcp://{host}:{port}
export DOCKER_TLS_VERIFY=1
DOCKER_CERT_PATH=$(cd -- "$(dirname -- "${{BASH_SOURCE:-$0}}")" && pwd)
export DOCKER_CERT_PATH
"""


def credentials(access: ClusterAccess) -> Credentials:
    """CA, certificate and key, and the variables that make `docker` use them."""
    environment = _ENVIRONMENT.format(cluster=access.cluster, host=access.host, port=access.port)
    return Credentials(
        files=(
            CredentialFile("ca.pem", "@{CA}", {"CA": SecretRef("cluster_ca_cert")}),
            CredentialFile("cert.pem", "@{CERTIFICATE}", {"CERTIFICATE": ClientPart.CERTIFICATE}),
            CredentialFile("key.pem", "@{KEY}", {"KEY": ClientPart.KEY}),
            CredentialFile("env.sh", environment, {}),
        ),
        client=ClientCertificate("cluster_ca_key", "cluster_ca_cert", USER),
        server_ca="cluster_ca_cert",
        use=(". {folder}/env.sh", "docker node ls"),
    )
