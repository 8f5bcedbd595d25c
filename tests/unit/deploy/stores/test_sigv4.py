"""Signature Version 4, by the four examples that AWS publishes for S3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from jeroboam.deploy.stores.sigv4 import EMPTY_SHA256, AwsKeys, amz_date, authorization, host_of

# Of AWS' page "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
KEYS = AwsKeys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "t", "nowhere")
HOST = "examplebucket.s3.amazonaws.com"
THEN = datetime(2013, 5, 24, tzinfo=UTC)
BODY = sha256(b"Welcome to Amazon S3.").hexdigest()
PUT = {"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY"}
EXAMPLES = [
    ("GET", "/test.txt", {"Range": "bytes=0-9"}, EMPTY_SHA256, "host;range;x-amz-content-sha256;x-amz-date",
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ("PUT", "/test%24file.text", PUT, BODY, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ("GET", "?lifecycle", {}, EMPTY_SHA256, "host;x-amz-content-sha256;x-amz-date",
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/?prefix=J&max-keys=2", {}, EMPTY_SHA256, "host;x-amz-content-sha256;x-amz-date",
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "headers", "body", "names", "signature"), EXAMPLES)
def test_an_example_of_aws(
    method: str, path: str, headers: Mapping[str, str], body: str, names: str, signature: str
) -> None:
    sent = {**headers, "host": HOST, "x-amz-content-sha256": body, "x-amz-date": amz_date(THEN)}
    assert authorization(method, f"https://{HOST}{path}", sent, KEYS, "us-east-1", THEN) == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        f"SignedHeaders={names},Signature={signature}"
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://S3.example.com:443/a", "s3.example.com"),
        ("http://s3.example.com:80/a", "s3.example.com"),
        ("https://s3.example.com:80/a", "s3.example.com:80"),
        ("http://127.0.0.1:9000/a", "127.0.0.1:9000"),
        ("https://[2001:db8::1]/a", "[2001:db8::1]"),
    ],
)
def test_the_host_is_the_one_that_is_sent(url: str, host: str) -> None:
    assert host_of(url) == host


def test_keys_are_not_shown() -> None:
    assert KEYS.secret_key not in repr(KEYS)
