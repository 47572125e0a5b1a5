"""What the client raises."""

from __future__ import annotations

from typing import Any


class WinnowError(Exception):
    """The root of all errors of this package."""


class UnreachableError(WinnowError):
    """Nothing answers at the address, after the retries."""


class UnexpectedAnswerError(WinnowError):
    """Something else than a Winnow service answers."""


class WaitTimeoutError(WinnowError):
    """The job had not ended in the given time; it goes on."""


class ApiError(WinnowError):
    """The service refuses a request. `code` is stable; /errors/CODE of the service explains it."""

    def __init__(self, problem: dict[str, Any], retry_after_seconds: float | None = None) -> None:
        self.problem = problem
        self.code: str = problem["code"]
        self.status: int = problem["status"]
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{self.code}: {problem.get('detail') or problem.get('title')}")


class JobFailedError(WinnowError):
    """A job failed or was cancelled. `job` has its `error`, with the reason of each attempt."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        error = job.get("error") or {}
        reason = error.get("detail") or error.get("title") or "no reason was given"
        super().__init__(f"{job['kind']} {job['id']} {job['state']}: {reason}")
