from __future__ import annotations

from collections.abc import Iterator

import pytest

from winnow_client import Winnow


@pytest.fixture(scope="session")
def winnow() -> Iterator[Winnow]:
    """The service that WINNOW_URL names; `npm run check:python` starts one."""
    with Winnow() as client:
        yield client
