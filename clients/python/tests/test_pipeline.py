from __future__ import annotations

import csv
import http.server
import os
import threading
from pathlib import Path

import datasets
import pytest
from data import titles

from winnow_client import (
    ApiError,
    JobFailedError,
    UnexpectedAnswerError,
    UnreachableError,
    WaitTimeoutError,
    Winnow,
)


def test_a_file_goes_all_the_way_to_a_cleaned_set(winnow: Winnow, tmp_path: Path) -> None:
    file = tmp_path / "titles.csv"
    titles().to_csv(file, index=False)
    dataset = winnow.ingest(file, text="title", label="category")
    assert dataset["rows"] == 400
    run = winnow.cross_validate(dataset, "quick", progress=True)
    pruning = winnow.prune(run)
    flags = list(winnow.flags(pruning))
    assert len(flags) == pruning["flagged"]
    kept, dropped = flags[0]["ordinal"], flags[1]["ordinal"]
    winnow.review(
        dataset,
        [{"ordinal": kept, "verdict": "keep"}, {"ordinal": dropped, "verdict": "drop"}],
    )
    cleaned = winnow.export(pruning, "cleaned")
    assert isinstance(cleaned, datasets.Dataset)
    assert isinstance(cleaned.features["label"], datasets.ClassLabel)
    assert kept in cleaned["ordinal"] and dropped not in cleaned["ordinal"]
    assert len(cleaned) == 400 - len(flags) + 1
    assert isinstance(cleaned.features["trueLabel"], datasets.ClassLabel)
    path = winnow.export(pruning, "cleaned", file=tmp_path / "cleaned.csv")
    with path.open(newline="", encoding="utf-8") as rows:
        assert [row["title"] for row in csv.DictReader(rows)] == list(cleaned["text"])
    assert sorted(os.listdir(tmp_path)) == ["cleaned.csv", "titles.csv"]


def test_a_refusal_has_its_code(winnow: Winnow) -> None:
    with pytest.raises(ApiError) as error:
        winnow.call("GET", "/v1/datasets/ds_00000000-0000-7000-8000-000000000000")
    assert error.value.code == "dataset-not-found"
    with pytest.raises(ApiError, match="unauthenticated"):
        Winnow(winnow.url, "wn_wrong").call("GET", "/v1/datasets")


def test_a_failed_job_says_why(winnow: Winnow) -> None:
    with pytest.raises(JobFailedError, match="label") as error:
        winnow.ingest(b'{"text": "a"}\n{"text": "b"}\n', label="label", text="text")
    assert error.value.job["state"] == "failed"


def test_waiting_ends_after_its_time(winnow: Winnow) -> None:
    upload = winnow.upload(b"text,label\na,b\n")
    body = {"name": "late", "source": {"type": "upload", "uploadId": upload["id"]}}
    job = winnow.call("POST", "/v1/jobs/dataset-ingest", body=body)
    with pytest.raises(WaitTimeoutError, match="goes on"):
        winnow.wait(job, timeout=0)


def test_nothing_and_something_else_are_told_apart() -> None:
    with pytest.raises(UnreachableError, match="nothing answers"):
        Winnow("http://127.0.0.1:1", retries=0).call("GET", "/v1/datasets")
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(UnexpectedAnswerError, match="404"):
            Winnow(f"http://127.0.0.1:{server.server_port}").call("GET", "/v1/datasets")
    finally:
        server.shutdown()
        server.server_close()
