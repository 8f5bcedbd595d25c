#!/bin/bash
# python-heatclient 5.3.0: str() of the exception for an answer whose "error" is a text raises AttributeError.
#
# Seen: heatclient.exc.from_response() takes {"error": "…"} (as gateways and OAuth-style services write it) without a word; the
# exception fails only when it is printed or logged, so its own handler ends with a traceback about 'str' and 'get', and
# the answer's text is lost. With Heat's {"error": {"message": "…"}} all is well. Jeroboam reads the body itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-heatclient==5.3.0
cat > "$work/ask.py" << 'PYTHON'
import requests
from heatclient import exc

for body in (b'{"error": {"message": "no such stack"}}', b'{"error": "upstream is not ready"}'):
    answer = requests.Response()
    answer.status_code, answer._content = 503, body
    raised = exc.from_response(answer)
    try:
        print(type(raised).__name__, "says", str(raised))
    except AttributeError as error:
        print(type(raised).__name__, "cannot be printed:", error)
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py")
expected="HTTPServiceUnavailable says ERROR: no such stack
HTTPServiceUnavailable cannot be printed: 'str' object has no attribute 'get'"
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
