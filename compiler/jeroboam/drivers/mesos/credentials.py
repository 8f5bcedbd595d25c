"""Where Marathon and Mesos are, and the password of their user `admin`: variables for a shell.

Neither has TLS (docs/mesos.md). Which of the two there are shows in the secrets that the cluster has.
"""

from __future__ import annotations

from jeroboam.drivers.mesos.daemons import MASTER_PORT
from jeroboam.model.access import ClusterAccess, CredentialFile, Credentials, CredentialValue, in_url
from jeroboam.model.rotation import before
from jeroboam.model.types import SecretRef

USER = "admin"
_PASSWORD = "mesos_admin_password"  # noqa: S105 - the name of the secret


def credentials(access: ClusterAccess) -> Credentials:
    """A file of variables: URLs, user and password."""
    authenticates = "mesos_agent_secret" in access.secrets
    has_password = _PASSWORD in access.secrets
    # Its own secret, or a password that no Mesos asks for.
    marathon = "mesos_marathon_secret" in access.secrets or (has_password and not authenticates)
    password = {"PASSWORD": SecretRef(_PASSWORD)}
    if before(_PASSWORD) in access.secrets:
        password["PASSWORD_BEFORE"] = SecretRef(before(_PASSWORD))
    lines, values = [f"# Where the Mesos cluster '{access.cluster}' is: . ./env.sh"], {}
    if marathon:
        lines += _service("MARATHON", access.url, has_password=True)
    mesos = _mesos_url(access, marathon=marathon)
    if mesos:
        lines += _service("MESOS", mesos, has_password=authenticates)
    if marathon or authenticates:
        values = dict[str, CredentialValue](password)
    if "PASSWORD_BEFORE" in values:
        lines.append("export MESOS_PASSWORD_BEFORE=@{PASSWORD_BEFORE}")
    return Credentials(
        files=(CredentialFile("env.sh", "".join(f"{line}\n" for line in lines), values),),
        client=None,
        server_ca=None,
        use=(". {folder}/env.sh", _try(marathon=marathon, has_password=marathon or authenticates)),
    )


def _service(prefix: str, url: str, *, has_password: bool) -> list[str]:
    login = [f"export {prefix}_USER={USER}", f"export {prefix}_PASSWORD=@{{PASSWORD}}"]
    return [f"export {prefix}_URL={url}", *(login if has_password else [])]


def _mesos_url(access: ClusterAccess, *, marathon: bool) -> str | None:
    if not marathon:
        return access.url
    return f"http://{in_url(access.masters[0])}:{MASTER_PORT}" if access.masters else None


def _try(*, marathon: bool, has_password: bool) -> str:
    prefix, path = ("MARATHON", "v2/info") if marathon else ("MESOS", "state")
    login = f'--user "${prefix}_USER:${prefix}_PASSWORD" ' if has_password else ""
    return f'curl {login}"${prefix}_URL/{path}"'
