"""Finds wrong labels in text-classification data: the client of a Winnow service."""

from .client import Winnow
from .errors import (
    ApiError,
    JobFailedError,
    UnexpectedAnswerError,
    UnreachableError,
    WaitTimeoutError,
    WinnowError,
)

__all__ = [
    "ApiError",
    "JobFailedError",
    "UnexpectedAnswerError",
    "UnreachableError",
    "WaitTimeoutError",
    "Winnow",
    "WinnowError",
]
