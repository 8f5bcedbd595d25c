"""How long is asked on, what ends it, and what a service's Retry-After changes."""

from __future__ import annotations

import pytest

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.exchange import Exchange, begun, excerpt, plain_url, question
from jeroboam.deploy.preflight.facts import Unavailable
from jeroboam.deploy.preflight.gather.queries import AGAIN, AGAIN_SECONDS, Asker, UnusableAnswerError
from jeroboam.deploy.retry import LOGIN_PAUSES, LONGEST_PAUSE, PAUSES, patiently, pause_after

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients

DATE = "Sun, 06 Nov 2026 08:49:37 GMT"


def answered(status: int = 503, /, **headers: str) -> CloudError:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange("GET", "http://heat/", status=status, headers=headers)
    return CloudError("away", temporary=status == 503, status=status, exchange=exchange)


class Ticks:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr("jeroboam.deploy.clock.steady", lambda: Clock(lambda: made.now, made.sleep))
    return made


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 5.0),
        ({"Retry_After": "30"}, 30.0),
        ({"retry_after": "1"}, 5.0),
        ({"Retry_After": "999999999999"}, LONGEST_PAUSE),
        ({"Retry_After": "-30"}, 5.0),
        ({"Retry_After": "soon"}, 5.0),
        ({"Retry_After": "1e9"}, 5.0),
        ({"Retry_After": "\N{SUPERSCRIPT TWO}"}, 5.0),
        # By the service's clock, however wrong ours is.
        ({"Retry_After": DATE, "Date": "Sun, 06 Nov 2026 08:49:00 GMT"}, 37.0),
        ({"Retry_After": DATE, "Date": "Sun, 06 Nov 2026 09:00:00 GMT"}, 5.0),
        ({"Retry_After": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST_PAUSE),
        ({"Retry_After": "Fri, 99 Dec 2026 23:59:59 GMT"}, 5.0),
    ],
)
def test_a_service_is_left_alone_for_as_long_as_it_asks(headers: dict[str, str], seconds: float) -> None:
    assert pause_after(answered(**headers), 5.0) == seconds


@pytest.mark.parametrize("pauses", [PAUSES, LOGIN_PAUSES])
def test_what_stays_away_is_given_up(ticks: Ticks, pauses: tuple[float, ...]) -> None:
    def ask() -> None:
        raise answered()

    with pytest.raises(CloudError) as caught:
        patiently(ask, lambda _: None, pauses=pauses)
    assert caught.value.message == f"away (tried for {sum(pauses)} s)"
    assert ticks.slept == list(pauses)


def test_a_service_that_asks_for_time_does_not_make_it_longer(ticks: Ticks) -> None:
    def ask() -> None:
        raise answered(Retry_After="100")

    with pytest.raises(CloudError):
        patiently(ask, lambda _: None)
    assert ticks.now <= sum(PAUSES) + LONGEST_PAUSE


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_only_who_insists_asks_again_after_a_definite_answer(ticks: Ticks, status: int) -> None:
    answers = [answered(status), answered(status)]

    def ask() -> str:
        if answers:
            raise answers.pop()
        return "here"

    with pytest.raises(CloudError):
        patiently(ask, lambda _: None)
    assert ticks.slept == []
    assert patiently(ask, lambda _: None, insist=True) == "here"


class TestPreflight:
    """A fact is asked for more than once before it counts as unknown."""

    def test_a_service_that_is_away_for_a_moment(self, ticks: Ticks) -> None:
        answers = [answered(), answered()]

        def ask() -> int:
            if answers:
                raise answers.pop()
            return 7

        assert Asker().asked("quotas", ask) == 7
        assert ticks.slept == list(AGAIN)

    def test_a_service_that_is_down_is_not_waited_for_at_each_fact(self, ticks: Ticks) -> None:
        def ask() -> int:
            raise answered()

        asker = Asker()
        for _ in range(100):
            assert isinstance(asker.asked("quotas", ask), Unavailable)
        assert ticks.now <= AGAIN_SECONDS

    def test_what_is_forbidden_stays_so(self, ticks: Ticks) -> None:
        def ask() -> int:
            raise answered(403)

        assert Asker().asked("quotas", ask) == Unavailable("away", 403)
        assert ticks.slept == []

    def test_what_is_not_told_is_not_asked_for_again(self, ticks: Ticks) -> None:
        def ask() -> int:
            raise UnusableAnswerError("no such thing here")

        assert Asker().asked("quotas", ask) == Unavailable("no such thing here")
        assert ticks.slept == []


def test_a_question_has_an_end() -> None:
    with question():
        assert [begun(Exchange("GET", "http://heat/")) for _ in range(1001)] == [True] * 1000 + [False]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:hunter2@cloud:5000/v3?token=x#y", "https://cloud:5000/v3"),
        ("http://[::1", "http://[::1"),
        ("https://cloud/\x1b[2J", "https://cloud/ [2J"),
    ],
)
def test_an_address_is_shown_without_secrets(url: str, shown: str) -> None:
    assert plain_url(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>let a = 1</script><h1>Down</h1>\n\n<p>soon", "Down soon"),
        ("a\x1b]0;x\x07b\r\n::error::c", "a ]0;x b ::error::c"),
        ("see https://me:hunter2@cloud/", "see https://cloud/"),
        ("x" * 500, "x" * 120 + "…"),
    ],
)
def test_a_page_is_quoted_by_its_first_words(text: str, shown: str) -> None:
    assert excerpt(text) == shown


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"password": "hunter2", "b": 1}', "a JSON object of password, b"),
        (b'["hunter2"]', "a JSON list of 1"),
        (b"null", "JSON, but only null"),
        (b"", "HTTP 200, no Content-Type, 0 bytes"),
    ],
)
def test_of_json_only_the_shape_is_told(body: bytes, told: str) -> None:
    said = Exchange("GET", "http://heat/", status=200, body=body).answered
    assert said.endswith(told)
    assert "hunter2" not in said
