"""Where secrets stand in text: in keys, headers, data, settings, command lines and addresses.

Each pattern is linear in the text: what may repeat is bounded, or cannot fail once it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jeroboam.secret_shapes import DER_KEY, LOGIN, PEM_KEY, TOKENS

KIND = (
    r"(?:pass(?:word|wd|phrase)|secret|token|psk|cookie|(?<=[_-])pwd|dockerconfigjson"
    r"|(?:access|account|api|auth|ca|certificate|client|db|encryption|pre_?shared|private|service|shared|signing"
    r"|unlock)[_-]?key)"
)
"""What in a name says that the value is secret; in lower case."""

# Not the name of where a secret is, or of what kind it is.
_NAME = (
    rf"[\w.-]{{0,120}}{KIND}[\w.-]{{0,120}}"
    r"(?<!name)(?<!file)(?<!path)(?<!handle)(?<!type)(?<!ttl)(?<!url)(?<!hash)(?<![_-]id)(?<![_-]ref)(?<![_-]cert)"
)
_BEGINS = r"(?<![\w/.-])"
_BLANKS, _SPACE = r"[ \t]{0,40}", r"\s{0,40}"

# The inside of quotes, to where they end or the text is cut off; JSON in JSON has `\"`.
_IN_DOUBLE, _IN_SINGLE = r'(?:\\.|[^"\\\r\n])*', r"(?:\\.|[^'\\\r\n])*"
_IN_ESCAPED = r'(?:\\{2,4}.|[^"\\\r\n])*'
_QUOTED = rf"""'{_IN_SINGLE}'?|\\?"{_IN_DOUBLE}"?"""
_WORD = rf"(?:{_QUOTED}|[^\s'\"]\S*)"
_WORD_OF_SHELL = rf"(?:{_QUOTED}|[^\s'\"&;]+)"

_WHOLE = (
    # What was read may begin or end inside of a key.
    rf"(?s:{PEM_KEY}.*?(?:-----END [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----|\Z))",
    # PEM, gzip and OpenSSH's keys in base64.
    r"\b(?:LS0tLS1CRUdJTi|H4sI|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/=]{16,}",
    DER_KEY,
    *TOKENS.values(),
    # kubeadm's tokens, and hashes of passwords (crypt(5)).
    r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b",
    r"\$(?:[156y]|2[abxy]|apr1|argon2[id]{1,2})\$[./A-Za-z0-9$=,+]{8,}",
    LOGIN,
    # A token in place of a user.
    r"(?<=://)[A-Za-z0-9_-]{20,256}(?=@)",
)
"""What is removed as it stands."""

_HEADERS = (
    (
        (
            r"(?i:(?<![\w-])(?:(?:Proxy-)?Authorization|(?:Set-)?Cookie2?|X-[\w-]{0,60}(?:Token|Key|Secret|Signature))"
            rf"\\?[\"']?{_SPACE}[:=,]{_SPACE}\\?[\"']?)"
        ),
        r"[^\r\n\"'\\]+",
    ),
    (r"(?i:\b(?:Bearer|Basic|Negotiate)\s{1,9})", r"[A-Za-z0-9._~+/-]{20,}={0,2}"),
)
_DATA = (
    (rf'(?i:\\"{_NAME}\\"{_SPACE}:{_SPACE}\\")', _IN_ESCAPED),
    (rf'(?i:"{_NAME}"{_SPACE}:{_SPACE}")', _IN_DOUBLE),
    (rf"(?i:'{_NAME}'{_SPACE}[:,]{_SPACE}[bu]?')", _IN_SINGLE),
    # Docker's login.
    (rf'\\"auth\\"{_SPACE}:{_SPACE}\\"', _IN_ESCAPED),
    (rf'"auth"{_SPACE}:{_SPACE}"', _IN_DOUBLE),
    # The environment of a container.
    (
        (
            rf"(?i:\bname\\?[\"']?{_SPACE}:{_SPACE}\\?[\"']?{_NAME}\\?[\"']?,?\s{{1,99}}"
            rf"\\?[\"']?value\\?[\"']?{_SPACE}:{_SPACE})"
        ),
        _WORD,
    ),
)
_SETTINGS = (
    (r"\bJEROBOAM_(?:SIGNAL|PROGRESS)=", r".*"),
    (rf"(?i:{_BEGINS}{_NAME}\\?[\"']?{_BLANKS}:?={_BLANKS})", _WORD_OF_SHELL),
    # YAML, of which a line of words begins alike: what comes first in it goes, and a list or mapping stays.
    (
        rf"(?im:^[ \t]{{0,200}}(?:-[ \t]{{1,9}})?[\"']?{_BEGINS}{_NAME}[\"']?:[ \t]{{1,40}})(?![\[{{|>])",
        _WORD,
    ),
    (rf"(?i:(?<=[\s|]){_NAME}:\s{{1,40}})(?=\S{{8}})(?!\[)", r"[^\s,;]+"),
)
_OPTIONS = (
    (rf"(?i:(?<![\w-])--?[\w-]{{0,60}}{KIND}(?:[ \t]{{1,40}}|=))(?!-)", _WORD),
    # `-u user:password`, but not the numbers of a user and a group.
    (
        r"(?<!\S)(?:-[a-zA-Z]{0,6}[uU]|--(?:proxy-)?user)[ =]?[\"']?(?!\d{1,6}:\d{1,6}\b)[^\s:\"']{1,128}:",
        r"[^\s\"']+",
    ),
    (r"\b(?:docker|podman|nerdctl|buildah|skopeo|registry)[ \t]login\b[^\r\n]{0,400}?[ \t]-p[ \t]?", _WORD),
    (r"\bsshpass[ \t]{1,9}-p[ \t]?", _WORD),
    (r"\bredis-cli\b[^\r\n]{0,200}?[ \t](?:-a|--pass)[ \t]", _WORD),
    (r"\bldap\w{1,12}\b[^\r\n]{0,200}?[ \t]-w[ \t]?", _WORD),
    (r"\bmysql\w{0,12}\b[^\r\n]{0,200}?[ \t]-p", _WORD),
    (r"\bcurl\b[^\r\n]{0,400}?[ \t](?:-b|--cookie)[ =]?", _WORD),
    # `openssl … -passin pass:…`
    (r"\bpass:", r"[^\s\"']+"),
    (
        r"\becho[ \t]{1,9}[\"']?[^\s:\"']{1,64}:(?=[^|\r\n]{1,128}\|[ \t]{0,9}(?:sudo[ \t]{1,9})?chpasswd)",
        r"[^\s\"'|]+",
    ),
)
_ADDRESSES = (
    (
        (
            r"(?i:(?:[?&;]|\\u0026)(?:sig|signature|temp_url_sig|AWSAccessKeyId|X-Amz-(?:Signature|Credential)"
            rf"|[\w-]{{0,60}}{KIND}|code|key|auth)=)"
        ),
        r"[^&\s\"'#\\]+",
    ),
    (r"\bhooks\.slack\.com/services/", r"[\w/]+"),
)


def shapes(removed: str) -> Iterator[re.Pattern[str]]:
    """Patterns in the order to use them in: all but the group `kept` is secret, and becomes `removed`."""
    for whole in _WHOLE:
        yield re.compile(f"(?P<kept>){whole}")
    for kept, value in (*_HEADERS, *_DATA, *_SETTINGS, *_OPTIONS, *_ADDRESSES):
        yield re.compile(f"(?P<kept>(?>{kept}))(?!{re.escape(removed)}){value}")
