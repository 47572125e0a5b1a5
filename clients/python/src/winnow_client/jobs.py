"""Waiting for jobs."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from .errors import UnreachableError, WaitTimeoutError
from .http import Session

ENDED = ("succeeded", "failed", "cancelled")
# A service that is away is asked again for this long.
PATIENCE_SECONDS = 60.0


def wait_for_job(
    session: Session, job_id: str, *, timeout: float | None, progress: bool
) -> dict[str, Any]:
    """The ended job, also if it failed or was cancelled. Raises WaitTimeoutError after `timeout`
    seconds, and UnreachableError once the service has been away for a minute."""
    started = answered = time.monotonic()
    with _Bar(progress) as bar:
        while True:
            left = None if timeout is None else started + timeout - time.monotonic()
            if left is not None and left <= 0:
                raise WaitTimeoutError(
                    f"{job_id} has not ended within {timeout} seconds; it goes on"
                )
            seconds = 1 if progress else 30
            wait = seconds if left is None else max(0, min(seconds, int(left)))
            try:
                job: dict[str, Any] = session.call(
                    "GET", f"/v1/jobs/{job_id}", query={"wait": wait}
                )
                answered = time.monotonic()
            except UnreachableError:
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    raise
                time.sleep(1)
                continue
            bar.show(job)
            if job["state"] in ENDED:
                return job
            # A service that is about to close answers at once.
            time.sleep(0.1)


class _Bar:
    """A progress bar of tqdm, where that is installed and wanted."""

    def __init__(self, wanted: bool) -> None:
        self._bar: Any = None
        self._make: Any = None
        if not wanted:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            print("winnow: install tqdm for a progress bar", file=sys.stderr)
        else:
            self._make = tqdm

    def __enter__(self) -> _Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, job: dict[str, Any]) -> None:
        if self._make is None:
            return
        progress = job["progress"]
        if self._bar is None:
            self._bar = self._make(desc=job["kind"], unit=progress["unit"], leave=False)
        self._bar.total = progress["total"]
        self._bar.n = progress["done"]
        self._bar.set_postfix_str(job["phase"] or job["state"], refresh=False)
        self._bar.refresh()
