"""What a cluster's API answers to whoever has fresh credentials for it, and what to make of that."""

from __future__ import annotations

from base64 import b64decode

from jeroboam.cli.terminal import complain, say
from jeroboam.deploy.clusters import Endpoint
from jeroboam.deploy.tls_probe import Answer, Greeting, greet
from jeroboam.model.access import Credentials, in_url


def greeted(at: Endpoint, wanted: Credentials, values: dict[str, str]) -> Answer:
    """The answer of the API, whose CA is among `values`, a secrets file's."""
    ca = b64decode(values[wanted.server_ca]).decode("ascii") if wanted.server_ca else None
    return greet(at.address, at.port, ca)


def acceptable(answer: Answer) -> bool:
    """Whether the API can be this cluster's, as far as was seen."""
    return answer.greeting in (Greeting.TRUSTED, Greeting.OPEN, Greeting.UNREACHABLE)


def tell(at: Endpoint, answer: Answer) -> None:
    """Say how the API answered, and what to do about it."""
    url = url_of(at)
    match answer.greeting:
        case Greeting.TRUSTED:
            say(f"{url}: answers, with a certificate of this cluster's CA for this address")
        case Greeting.OPEN:
            say(f"{url}: answers; there is no TLS, so its identity cannot be verified")
        case Greeting.UNREACHABLE:
            say(f"warning: {url} cannot be reached from here: {answer.reason}")
            say("  = help: is the cluster up, and may you reach it (network.api_allowed_cidrs)?")
        case Greeting.OTHER_CA:
            complain(
                f"{url} is not this cluster, or the secrets file is not: {answer.reason}",
                "pass the right secrets file with --secrets; a TLS-intercepting proxy looks the same",
            )
        case Greeting.OTHER_NAME:
            complain(
                f"{url} has a certificate that is not for this address: {answer.reason}",
                "use the stack's api_address, or a name of the spec's: api.dns_name, api.extra_sans",
            )
        case Greeting.EXPIRED:
            complain(
                f"{url} has a certificate that is not valid today: {answer.reason}",
                "look at this machine's clock and the masters'; else renew it on the masters",
            )
        case Greeting.NO_TLS:
            complain(
                f"{url} does not speak TLS: {answer.reason}",
                "another program listens there; compare with the stack's output api_url",
            )


def url_of(at: Endpoint) -> str:
    """The API's URL."""
    return f"{at.scheme}://{in_url(at.address)}:{at.port}"
