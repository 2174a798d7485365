from datetime import UTC, datetime, timedelta

import pytest

from services.esi.headers import ErrorLimit, error_limit, expires_at, retry_after

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": " 17 "}, 17),
        ({"Retry-After": "Fri, 20 Nov 2026 18:02:00 GMT"}, 120),
        ({"Retry-After": "Fri, 20 Nov 2026 17:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": ""}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "public, max-age=3600"}, 3600),
        ({"Cache-Control": "max-age=3600", "Age": "600"}, 3000),
        ({"Cache-Control": "max-age=60", "Age": "600"}, 0),
        ({"Cache-Control": "max-age=60", "Expires": "Fri, 20 Nov 2026 19:00:00 GMT"}, 60),
        ({"Cache-Control": "no-cache", "Expires": "Fri, 20 Nov 2026 19:00:00 GMT"}, 3600),
        ({"Expires": "0"}, None),
        ({"Cache-Control": "max-age=" + "9" * 30}, None),
    ],
)
def test_expiry(headers: dict[str, str], seconds: float | None) -> None:
    wanted = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert expires_at(headers, NOW) == wanted


@pytest.mark.parametrize(
    ("remain", "reset", "limit"),
    [
        ("5", "30", ErrorLimit(remain=5, reset=30)),
        ("5", None, None),
        (None, "30", None),
        ("few", "30", None),
    ],
)
def test_error_limit(remain: str | None, reset: str | None, limit: ErrorLimit | None) -> None:
    headers = {"X-ESI-Error-Limit-Remain": remain, "X-ESI-Error-Limit-Reset": reset}
    assert error_limit({k: v for k, v in headers.items() if v is not None}) == limit
