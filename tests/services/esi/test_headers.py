from datetime import UTC, datetime, timedelta

import pytest

from services.esi.headers import (
    BucketReading,
    ErrorLimit,
    bucket_reading,
    error_limit,
    expires_at,
    pages,
    retry_after,
)
from services.esi.routes import Limit

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
        ({"Cache-Control": "max-age=999999999"}, 30 * 86400),
        ({"Expires": "Fri, 20 Nov 2099 19:00:00 GMT"}, 30 * 86400),
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


@pytest.mark.parametrize(
    ("group", "limit", "remaining", "reading"),
    [
        ("killmail", "3600/15m", "3598", (3600, 900, 3598)),
        ("killmail", "30/1h", "30", (30, 3600, 30)),
        ("killmail", "30/90s", "99", (30, 90, 30)),
        ("killmail", "30/1h", None, (30, 3600, None)),
        ("killmail", "30/1h", "few", (30, 3600, None)),
        ("killmail", "0/15m", "0", None),
        ("killmail", "many", "3", None),
        ("", "30/1h", "3", None),
        ("x" * 65, "30/1h", "3", None),
        (None, None, None, None),
    ],
)
def test_bucket(
    group: str | None,
    limit: str | None,
    remaining: str | None,
    reading: tuple[int, float, int | None] | None,
) -> None:
    said = {
        "X-Ratelimit-Group": group,
        "X-Ratelimit-Limit": limit,
        "X-Ratelimit-Remaining": remaining,
    }
    found = bucket_reading({name: text for name, text in said.items() if text is not None})
    if reading is None:
        assert found is None
        return
    tokens, window, left = reading
    assert found == BucketReading(
        limit=Limit(group="killmail", tokens=tokens, window=window), remaining=left
    )


@pytest.mark.parametrize(("text", "count"), [("3", 3), ("0", None), ("", None), ("-1", None)])
def test_pages(text: str, count: int | None) -> None:
    assert pages({"X-Pages": text}) == count
