"""The images that upstream's conformance tests run, under the names that they ask for.

Names and tags are those of test/utils/image/manifest.go of the Kubernetes that the tests are of. What is in
them is built from that module and from Debian's packages, where upstream's are Alpine's: agnhost, which has
the same program under both its tags; nginx, Debian's under both its tags; busybox, Debian's too; dig and
its like. sample-apiserver is of the same Kubernetes, where upstream's is of an older one.
"""

from __future__ import annotations

from tests.labs.nodes.mirror.contents import Image, Placed, Program, Root
from tests.labs.nodes.mirror.layout import Command
from tests.labs.nodes.mirror.shell import SHELL

PRODUCT = "conformance"
"""What its programs are built with, the tests themselves among them."""
FOLDER = "e2e-test-images"
"""Where in a registry upstream has them."""
_USER, _GROUP = "user-defined-in-image", "group-defined-in-image"
"""Of agnhost's image, by its Dockerfile; a test asks for what groups this user is in."""
_USERS = Placed(
    texts={
        "etc/passwd": "root:x:0:0::/root:/bin/sh\n"
        "www-data:x:33:33::/var/www:/bin/false\n"
        "nobody:x:65534:65534::/:/bin/false\n"
        f"{_USER}:x:1000:1000::/:/bin/sh\n",
        "etc/group": "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n"
        f"{_USER}:x:1000:\n{_GROUP}:x:50000:{_USER}\n",
    }
)
_TOOLS = Root(
    (
        *("bash", "bind9-dnsutils", "coreutils", "curl", "dash", "findutils", "grep", "hostname", "iperf"),
        *("iproute2", "iputils-ping", "libc-bin", "mawk", "netcat-openbsd", "procps", "sed", "util-linux"),
    ),
    links={"usr/bin/nc": "nc.openbsd", "usr/bin/awk": "mawk"},
)
_AGNHOST = (
    _TOOLS,
    _USERS,
    Placed(
        {
            "agnhost": Program(PRODUCT, "agnhost"),
            "coredns": Program("coredns", "coredns"),
            "localhost.crt": Program(PRODUCT, "localhost.crt"),
            "localhost.key": Program(PRODUCT, "localhost.key"),
        },
        {"agnhost-2": "agnhost", "uploads": "tmp"},
    ),
)
# Debian's busybox, as a shell, loses variables of the environment whose names are none of a shell's.
_BASH = Placed({"bin/bash": Program("bash", "bash")}, {"bin/sh": "bash"})
_NGINX = (
    Root(("nginx",)),
    _USERS,
    Placed(
        texts={
            "etc/nginx/nginx.conf": "pid /tmp/nginx.pid; error_log stderr; events {}\n"
            "http { access_log /dev/stdout; server { listen 80; root /usr/share/nginx/html; } }\n"
        }
    ),
)


def images() -> tuple[Image, ...]:
    """Those that a test with [Conformance] in its name runs; etcd and pause are a cluster's own."""
    agnhost = Command(("/agnhost",), ("pause",))
    pictures = Command(("/agnhost",), ("test-webserver",))
    nginx = Command(arguments=("nginx", "-g", "daemon off;"))
    return (
        *(_image(f"agnhost:{tag}", *_AGNHOST, command=agnhost) for tag in ("2.55", "2.66.1")),
        *(_image(f"nginx:{tag}", *_NGINX, command=nginx) for tag in ("1.15-4", "1.27-0")),
        _image("busybox:1.37.0-1", SHELL, _BASH, _USERS, command=Command(arguments=("sh",))),
        _image("glibc-dns-testing:2.0.0", _TOOLS, _USERS, command=Command(arguments=("bash",))),
        *(_image(f"{it}:1.8", *_AGNHOST, _pictured(it), command=pictures) for it in ("kitten", "nautilus")),
        _image(
            "nonewprivs:1.4",
            Placed({"usr/local/bin/nnp": Program(PRODUCT, "nonewprivs")}, mode=0o4755),
            command=Command(arguments=("nnp",)),
        ),
        _image("nonroot:1.5", _TOOLS, _USERS, command=Command(arguments=("bash",), user="1234")),
        _image(
            "sample-apiserver:1.29.2",
            Placed({"sample-apiserver": Program(PRODUCT, "sample-apiserver")}),
            command=Command(("/sample-apiserver",)),
        ),
    )


def _pictured(animal: str) -> Placed:
    """What tells one of the two from the other: a test updates pods from nautilus to kitten."""
    return Placed(
        {f"{animal}.jpg": Program(PRODUCT, f"{animal}.jpg"), "data.json": Program(PRODUCT, f"{animal}.json")}
    )


def _image(name: str, *layers: Root | Placed, command: Command) -> Image:
    return Image(f"{FOLDER}/{name}", layers, command)
