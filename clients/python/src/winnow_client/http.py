"""One request: retries, idempotency keys, problems as errors."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from .errors import ApiError, UnexpectedAnswerError, UnreachableError

# Refusals that mean "later".
LATER = {"overloaded", "not-ready", "rate-limited", "idempotency-in-flight"}
FIRST_PAUSE_SECONDS = 0.2
# A service that asks for a longer pause is not waited for; the error says for how long.
LONGEST_PAUSE_SECONDS = 5.0
# A download's first byte may take as long as the service needs to write its tables.
READ_SECONDS = 600.0


class Session:
    """Connections to one service. Repeats what may be repeated, up to `retries` times."""

    def __init__(self, url: str, key: str | None, retries: int = 2) -> None:
        self.url = url.rstrip("/")
        self._retries = retries
        headers = {"authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(10.0, read=READ_SECONDS, write=READ_SECONDS)
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout)

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON of the answer; None for one without a body. A POST runs once, however often it
        is sent."""
        headers = {"idempotency-key": str(uuid.uuid4())} if method == "POST" else {}
        if content is not None:
            headers["content-type"] = "application/octet-stream"
        request = {"json": body} if body is not None else {"content": content}
        given = {name: value for name, value in (query or {}).items() if value is not None}
        for failures in range(self._retries + 1):
            try:
                answer = self._http.request(method, path, headers=headers, params=given, **request)
                return self._json(answer)
            except (UnreachableError, ApiError, httpx.TransportError) as error:
                pause = _pause_after(error, failures)
                if pause is None or failures == self._retries:
                    raise _as_ours(self.url, error) from error
                time.sleep(pause)
        raise AssertionError("unreachable")

    @contextmanager
    def download(
        self, path: str, query: Mapping[str, Any] | None = None
    ) -> Iterator[httpx.Response]:
        """An answer whose body is read as it comes: `iter_bytes()`."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            with self._http.stream("GET", path, params=given) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise _error_of(self.url, answer)
                yield answer
        except httpx.TransportError as error:
            raise _as_ours(self.url, error) from error

    def _json(self, answer: httpx.Response) -> Any:
        if answer.status_code == 204:
            return None
        if not answer.is_success:
            raise _error_of(self.url, answer)
        try:
            return answer.json()
        except ValueError as error:
            raise UnexpectedAnswerError(f"{self.url} does not answer with JSON") from error


def _error_of(url: str, answer: httpx.Response) -> Exception:
    retry_after = answer.headers.get("retry-after", "")
    seconds = float(retry_after) if retry_after.isdigit() else None
    if "application/problem+json" in answer.headers.get("content-type", ""):
        return ApiError(answer.json(), seconds)
    if answer.status_code in (502, 503, 504):
        return UnreachableError(f"{url} is away: {answer.status_code}")
    return UnexpectedAnswerError(f"{url} answers {answer.status_code}; is it a Winnow service?")


def _pause_after(error: Exception, failures: int) -> float | None:
    """Seconds until a repetition makes sense; None where it makes none."""
    if isinstance(error, ApiError) and error.code not in LATER:
        return None
    wanted = getattr(error, "retry_after_seconds", None)
    pause = wanted if wanted is not None else FIRST_PAUSE_SECONDS * 2**failures
    return pause if pause <= LONGEST_PAUSE_SECONDS else None


def _as_ours(url: str, error: Exception) -> Exception:
    if not isinstance(error, httpx.TransportError):
        return error
    return UnreachableError(f"nothing answers at {url}: {error or type(error).__name__}")
