"""What is reached without the proxy: one form for all programs, tried with curl."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

from jeroboam.parts.access import no_proxy
from jeroboam.spec.direct import direct
from tests.unit.spec.specs import codes, spec_of


class Proxy(NamedTuple):
    """One that notes what it is asked for."""

    url: str
    asked: list[str]

    def passes(self, no_proxy: str, url: str) -> bool:
        """Whether curl goes by it."""
        self.asked.clear()
        words = ("curl", "--silent", "--output", "/dev/null", "--connect-timeout", "0.2", url)
        environment = {"http_proxy": self.url, "no_proxy": no_proxy, "PATH": os.environ["PATH"]}
        subprocess.run(words, env=environment, timeout=30)
        return self.asked == [url]


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """A proxy of this machine."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Proxy(f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("entry", "written", "url"),
    [
        ("*.example.invalid", "example.invalid", "http://a.example.invalid/"),
        (".example.invalid", "example.invalid", "http://example.invalid/"),
        ("Example.invalid.", "example.invalid", "http://example.invalid:8080/"),
        ("127.0.0.9/24", "127.0.0.0/24", "http://127.0.0.7:9/"),
        ("127.0.0.7/32", "127.0.0.7", "http://127.0.0.7:9/"),
        ("::1/128", "::1", "http://[::1]:9/"),
        ("0:0:0:0::1", "::1", "http://[::1]:9/"),
    ],
)
def test_no_proxy_is_written_in_a_form_that_curl_reads(
    proxy: Proxy, entry: str, written: str, url: str
) -> None:
    assert direct(entry) == written
    assert not proxy.passes(written, url)
    assert proxy.passes(written, "http://xexample.invalid/")


@pytest.mark.parametrize(
    "entry",
    [
        *("*", "*example.org", "a.*", "a..b", "http://example.org", "example.org/x", "a.example.org:5000"),
        *("192.0.2.7:80", "192.0.2.0/24:80", "192.0.2.", "192.0.2", "192.0.2.*", ".0.2.7"),
        *("192.0.2.0/255.255.255.0", "0.0.0.0/0", "::/0"),
    ],
)
def test_no_proxy_forms_that_programs_read_differently_are_refused(entry: str) -> None:
    assert direct(entry) is None
    assert codes(proxy={"http": "http://p:3128", "no_proxy": [entry]}) == ["JB0377"]


def test_ranges_of_ipv6_are_warned_of() -> None:
    assert codes(proxy={"no_proxy": ["2001:db8::/32"]}) == ["JB0378"]
    assert codes(proxy={"no_proxy": ["2001:db8::1", "10.0.0.0/8"]}) == []


def test_names_of_the_api_are_written_so_too() -> None:
    api = {"dns_name": "api.example.org", "extra_sans": ["*.example.com"]}
    written = no_proxy(spec_of(api=api, proxy={"no_proxy": ["*.example.net"]}).spec, ()).split(",")
    assert written[-3:] == ["api.example.org", "example.com", "example.net"]
