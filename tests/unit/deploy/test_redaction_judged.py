"""Shapes that secrets have in logs, redacted, and judged by the rules of a scanner that is not ours."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString

from jeroboam.deploy.redaction import REMOVED, redacted, without_secrets
from jeroboam.spec.leaks import leaks
from tests.support.cpu_time import TooMuchWorkError, within

pytestmark = pytest.mark.slow

# Made up, of the alphabets and lengths that real ones have; no scanner of this repository is to find one.
SECRET = "x9Kd" + "72mQvR4t" + "Lz8P"
HEX = "3fa9" + "c1e07b62d8" + "45f19e0c" + "7ab35d64f2"
BASE64 = "Zk3vQ9x1" + "Tt7LmPq2" + "Ws5Yb8Ne4Rc6Uf0HjKdAgXoZi1M="
DIGITS = "x9kd72mqvr4tlz8p"


def pem(kind: str) -> str:
    return f"-----BEGIN {kind}-----\n{BASE64}\n{BASE64}\n-----END {kind}-----"


def jwt() -> str:
    parts = ({"alg": "RS256"}, {"sub": "system:serviceaccount:kube-system:default"})
    return (
        ".".join(b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "." + SECRET
    )


def packed(text: str) -> str:
    return b64encode(text.encode()).decode()


PACKED_PEM = packed(pem("RSA PRIVATE KEY"))
PACKED_LOGIN = packed(f"ops:{SECRET}")

# Each: a text and the part of it that must be gone.
SHAPES: dict[str, tuple[str, str]] = {
    # Addresses
    "login in a URL": (f"fetching https://ops:{SECRET}@mirror.example.com/v1 failed", SECRET),
    "login with odd characters": (f"proxy http://ops:{SECRET}@x:y@proxy.example.com:3128", SECRET),
    "login of a database": (f"postgresql://jeroboam:{SECRET}@10.0.0.5:5432/db?sslmode=require", SECRET),
    "login of a message queue": (f"transport_url = rabbit://nova:{SECRET}@10.0.0.5:5672//", SECRET),
    "token as user": (f"git clone https://{SECRET}{SECRET}@git.example.com/a.git", SECRET),
    "token in a query": (f"GET /api?access_token={SECRET}&page=2 HTTP/1.1", SECRET),
    "key in a query": (f"https://maps.example.com/x?v=1&key={SECRET}", SECRET),
    "signed address": (f"https://s3.example.com/b?X-Amz-Credential=a&X-Amz-Signature={HEX}", HEX),
    "Swift's temporary address": (f"https://o.example.com/v1/a?temp_url_sig={HEX}&temp_url_expires=1", HEX),
    "Azure's signature": (f"https://a.blob.example.net/c?sv=2022&sig={SECRET}%3D", SECRET),
    # Command lines
    "--password": (f"openstack --os-username ops --os-password {SECRET} stack list", SECRET),
    "--password=": (f"login --password={SECRET} registry.example.com", SECRET),
    "--password in quotes": (f"login --password '{SECRET} {SECRET}' registry", SECRET),
    "-u of curl": (f"+ curl -sS -u ops:{SECRET} https://mirror.example.com", SECRET),
    "-fsSLu of curl": (f"curl -fsSLu ops:{SECRET} https://mirror.example.com", SECRET),
    "--user of curl": (f'curl --user "ops:{SECRET}" https://mirror.example.com', SECRET),
    "-H of curl": (f"curl -H 'Authorization: Bearer {SECRET}{SECRET}' https://a", SECRET),
    "-H of curl, basic": (f'curl -H "Authorization: Basic {PACKED_LOGIN}" https://a', PACKED_LOGIN[5:]),
    "-b of curl": (f"curl -b 'session={SECRET}' https://a.example.com", SECRET),
    "-p of docker login": (f"docker login -u ops -p {SECRET} registry.example.com", SECRET),
    "-p of sshpass": (f"sshpass -p {SECRET} ssh ops@10.0.0.5", SECRET),
    "-p of mysql": (f"mysqldump -uroot -p{SECRET} heat", SECRET),
    "-w of ldapsearch": (f"ldapsearch -x -D cn=a -w {SECRET} -b dc=example", SECRET),
    "-a of redis-cli": (f"redis-cli -h 10.0.0.5 -a {SECRET} ping", SECRET),
    "-passin of openssl": (f"openssl pkey -in a.pem -passin pass:{SECRET}", SECRET),
    "chpasswd": (f"echo 'core:{SECRET}' | chpasswd", SECRET),
    "variable before a command": (f"PGPASSWORD={SECRET} psql -h db.example.com", SECRET),
    "variable with a comma": (f"export OS_PASSWORD={SECRET},{SECRET}", SECRET),
    "variable cut off": (f'export OS_PASSWORD="{SECRET} {SECRET}', SECRET),
    "-e of docker": (f"docker run -e MYSQL_PWD={SECRET} mysql:8", SECRET),
    "kubeadm join": (f"kubeadm join 10.0.0.5:6443 --token {DIGITS[:6]}.{DIGITS}", DIGITS),
    "certificate key": (f"kubeadm init phase upload-certs --certificate-key {HEX}{HEX}", HEX),
    "etcdctl": (f"etcdctl --user root:{SECRET} member list", SECRET),
    # Files
    "key of a kubeconfig": (f"    client-key-data: {PACKED_PEM}", PACKED_PEM[-40:]),
    "token of a kubeconfig": (f"users:\n- name: a\n  user:\n    token: {SECRET}", SECRET),
    "short value in YAML": ("    psk: x9Kd72", "x9Kd72"),
    "quoted value in YAML": (f'  - password: "{SECRET} {SECRET}"', SECRET),
    "environment of a container": (f"- name: DB_PASSWORD\n  value: {SECRET}", SECRET),
    "environment of a container in JSON": (f'{{"name": "DB_PASSWORD", "value": "{SECRET}"}}', SECRET),
    "login of Docker": (f'{{"auths": {{"r.example.com": {{"auth": "{PACKED_LOGIN}"}}}}}}', PACKED_LOGIN[5:]),
    "login of Docker in a secret": (f"  .dockerconfigjson: {PACKED_LOGIN}", PACKED_LOGIN),
    "JSON with a quote in it": (f'{{"admin_password": "a\\"{SECRET}"}}', SECRET),
    "JSON in JSON with a quote in it": (f'"{{\\"password\\": \\"a\\\\\\"{SECRET}\\"}}"', SECRET),
    "Python's words": (f"{{'password': 'it{SECRET}', 'user': 'ops'}}", SECRET),
    "key of WireGuard": (f"PrivateKey = {BASE64}", BASE64),
    "pre-shared key of WireGuard": (f"PresharedKey = {BASE64}", BASE64),
    "pre-shared key of Flannel": (f'{{"Backend": {{"Type": "wireguard", "PSK": "{BASE64}"}}}}', BASE64),
    "configuration": (f"[keystone_authtoken]\npassword = {SECRET}", SECRET),
    "Azure's connection": (f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={BASE64};", BASE64),
    "hash of a password": (f"core:$6$abcdefgh${SECRET}{SECRET}:19000:0:99999:7:::", SECRET),
    # Headers
    "cookie": (f"> Cookie: theme=dark; session={SECRET}", SECRET),
    "cookie that is set": (f"< Set-Cookie: session={SECRET}; Path=/; HttpOnly", SECRET),
    "cookie in JSON": (f'{{"Set-Cookie": "session={SECRET}; Path=/"}}', SECRET),
    "key of an API": (f"X-Api-Key: {SECRET}", SECRET),
    "token of Keystone": (f"X-Subject-Token: {SECRET}", SECRET),
    "login at a proxy": (f"Proxy-Authorization: Basic {PACKED_LOGIN}", PACKED_LOGIN[5:]),
    "bearer alone": (f"sent Bearer {SECRET}{SECRET} to the API", SECRET),
    # Keys
    "PEM": (pem("PRIVATE KEY"), BASE64[:20]),
    "PEM in base64": (PACKED_PEM, PACKED_PEM[-40:]),
    "PEM in JSON": (json.dumps({"key": pem("EC PRIVATE KEY")}), BASE64[:20]),
    "PEM of OpenPGP": (pem("PGP PRIVATE KEY BLOCK"), BASE64[:20]),
    # Tokens
    "JSON Web Token": (f"got {jwt()} back", SECRET),
    "JSON Web Token without a signature": (f"got {jwt().rpartition('.')[0]} back", jwt()[20:40]),
    "Fernet": (f"token gAAAAABn{SECRET}{SECRET} expired", SECRET),
    "worker token of a swarm": (f"SWMTKN-1-{DIGITS * 3}-{DIGITS}", DIGITS),
    "unlock key of a swarm": (f"docker swarm unlock SWMKEY-1-{BASE64}", BASE64),
    "seal in a keypair": (f"ecdsa-sha2-nistp256 AAAA jeroboam-seal:{HEX}{HEX}:{HEX}{HEX}", HEX),
    "key of AWS": ("AKIA" + "Z7Q4M2X8K1V9T3B6 was refused", "Z7Q4M2X8K1V9T3B6"),
    "secret of AWS": (f'aws_secret_access_key = "{(SECRET * 3)[:40]}"', SECRET),
    "GitHub": ("ghp_" + (SECRET * 3)[:36], SECRET),
    "GitLab": (f"glpat-{SECRET}{SECRET}"[:26], SECRET),
    "Slack": (f"xoxb-{DIGITS}-{DIGITS}", DIGITS),
    "Stripe": ("sk_" + f"live_{SECRET}{SECRET}", SECRET),
    "npm": (f"//registry.npmjs.org/:_authToken=npm_{(SECRET * 3)[:36]}", SECRET),
    "PyPI": (f"pypi-AgEIcHlwaS5vcmc{SECRET * 5}", SECRET),
    "SendGrid": (f"SG.{(SECRET * 2)[:22]}.{(SECRET * 3)[:43]}", SECRET),
}
KEPT = (
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "r.example.com/kube-apiserver:v1.36.3@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "server df22a1c1-f9ff-4c6d-b0c0-c0a9b650876b in 192.0.2.0/24, fe80::f816:3eff:fe12:3456",
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ3p8MIIBszCCAVmgAw==\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGl2cGJmc2RmZ2hqa2xxd2VydHl1aW9wYXNk ops@example",
    "docker run -u 1000:1000 -p 8080:80 nginx:1.27 --user-data-dir /tmp/x",
    "ssh -p 22 ubuntu@192.0.2.10; mkdir -p /var/lib/jeroboam; git@github.com:a/b.git",
    "--tls-private-key-file=/etc/pki/apiserver.key --service-account-key-file=/etc/kubernetes/sa.pub",
    "secretName: registry-login, secret_ref: http://192.0.2.10:9311/v1/secrets/df22a1c1",
    "PWD=/root HOME=/root PATH=/usr/bin",
    "step 40-install-kubernetes failed (exit 22): https://dl.k8s.io/v1.36.3/x.tar.gz?version=2: curl exit 22",
    "the token expired: log in again; Basic authentication is off; the secret is missing",
    "E0101 12:00:00 token.go:42] unable to read the key of the cluster: no such file",
)


def judged(text: str) -> Iterator[str]:
    """What the other scanner finds of a text, by lines and by words, beside what is removed already."""
    # It looks for what is random between quotes alone.
    words = [f'"{word}"' for word in re.split(r"[^A-Za-z0-9+/=_-]+", text) if len(word) >= 16]
    for plugin in get_mapping_from_secret_type_to_class().values():
        if plugin.secret_type == "Public IP (ipv4)":
            continue
        limits = {"limit": 4.0} if plugin is Base64HighEntropyString else {}
        scanner = plugin(**limits)
        for line in (*text.split("\n"), *words):
            for found in scanner.analyze_line(filename="log.yaml", line=line, line_number=1):
                value = found.secret_value or ""
                if not value.lstrip("'\"\\").startswith(REMOVED):
                    yield f"{plugin.secret_type}: {value}"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_of_this_shape_is_gone(shape: str) -> None:
    text, secret = SHAPES[shape]
    assert secret in text
    shown = redacted(text)
    assert secret not in shown
    assert REMOVED in shown
    assert list(judged(shown)) == []
    assert redacted(shown) == shown


def test_the_judge_sees_most_of_them_itself() -> None:
    seen = [shape for shape, (text, _) in SHAPES.items() if list(judged(text))]
    assert len(SHAPES) >= 36
    assert len(seen) >= 36, sorted(set(SHAPES) - set(seen))


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_can_be_read(text: str) -> None:
    assert redacted(text) == text


KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_in_der_is_gone_however_its_lines_are_cut(kind: str, form: PrivateFormat) -> None:
    if kind == "Ed25519" and form is PrivateFormat.TraditionalOpenSSL:
        form = PrivateFormat.PKCS8
    whole = b64encode(KEYS[kind].private_bytes(Encoding.DER, form, NoEncryption())).decode()
    lines = [whole[at : at + 64] for at in range(0, len(whole), 64)]
    for text in (whole, "\n".join(lines), "\\n".join(lines), f"key: {whole},"):
        shown = redacted(f"written {text}")
        assert all(line not in shown for line in lines if len(line) > 8)
    public = KEYS[kind].public_key()
    of_the_public = b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    assert redacted(of_the_public) == of_the_public


def test_names_of_data() -> None:
    names = (
        "psk",
        "client-key-data",
        "Set-Cookie",
        "api_key",
        "privateKey",
        "MYSQL_PWD",
        ".dockerconfigjson",
    )
    assert set(without_secrets(dict.fromkeys(names, SECRET)).values()) == {REMOVED}


LONG = 1 << 18
"""Characters: work that grows with them takes some 0.2 seconds, with their square 18 and more."""
PIECES = (
    *("a", "a-", "a.", " ", "\t", "\n", "\\", ".", "-", "$", "&", "'", '"', '\\"'),
    *("token", "token=", "token: ", "'token': ", '"token": "', '\\"token\\": \\"', "secret_key_", "_pwd"),
    *("name: ", "name: token value: ", "x-", "X-a-", "Cookie", "Cookie:", "Bearer ", "--token ", "-u a:"),
    *("://", "://a:", "a://b:", "?token", "eyJ", "eyJ-", "eyJa.", "gl", "$6$", "SG.aaaaaaaaaaaaaaaaaaaa."),
    *("docker login ", "curl ", "mysql ", "ldapa ", "echo a:", "pass:", "sshpass -p", "redis-cli "),
    *("-----BEGIN ", "LS0tLS1CRUdJTi", "MIIEabIBA", "M00CAQA"),
)


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_text(piece: str) -> None:
    """And not with its square."""
    with within(4):
        redacted(piece * (LONG // len(piece)))


def test_work_that_grows_with_the_square_is_found() -> None:
    with pytest.raises(TooMuchWorkError), within(0.1):
        re.sub("a+b", "", "a" * LONG)


@pytest.mark.parametrize(
    "shape",
    [
        *(
            "login in a URL",
            "PEM",
            "JSON Web Token",
            "Fernet",
            "worker token of a swarm",
            "seal in a keypair",
        ),
        *("worker token of a swarm", "key of AWS", "GitHub", "GitLab", "Slack", "Stripe", "SendGrid"),
    ],
)
def test_in_a_spec_it_is_an_error_that_does_not_show_it(shape: str) -> None:
    text, secret = SHAPES[shape]
    (found,) = leaks({"description": text}, {})
    assert (found.code, found.pointer) == ("JB0213", "/description")
    assert secret not in found.message
