#!/bin/bash
# kubernetes (Python) 37.0.2: with retries off, a server whose certificate cannot be verified is an ApiException, as an answer is.
#
# Seen: its status is 0, its reason has two lines, the name of urllib3's class and Python's text with a line of
# _ssl.c, and it has no cause: urllib3's error is its context alone. A refused connection on the same port is
# urllib3's own NewConnectionError. Whoever prints `reason` prints a line break, and whoever waits for urllib3's
# errors waits in vain. Jeroboam goes down to the TLS error, and tells that.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kubernetes==37.0.2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=api \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
cat > "$work/ask.py" << 'PYTHON'
import re
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kubernetes.client import ApiClient, ApiException, Configuration, VersionApi
from urllib3.exceptions import HTTPError

key, cert = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.handle_error = lambda *_: None
threading.Thread(target=server.serve_forever, daemon=True).start()
configuration = Configuration(host=f"https://127.0.0.1:{server.server_port}")
configuration.retries = False


def ask():
    VersionApi(ApiClient(configuration)).get_code()


try:
    ask()
except ApiException as error:
    first, second = error.reason.split("\n")
    print("status", error.status, "cause", error.__cause__)
    print(first, "|", re.sub(r"_ssl\.c:\d+", "_ssl.c", second))
    below = error.__context__
    print(type(below).__name__, "below it", type(below.__context__).__name__)
server.shutdown()
server.server_close()
try:
    ask()
except HTTPError as error:
    print("refused:", type(error).__name__)
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py" "$work/key.pem" "$work/cert.pem")
expected="status 0 cause None
SSLError | [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c)
SSLError below it SSLCertVerificationError
refused: NewConnectionError"
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
