"""The client: the pipeline step by step, and `audit` for all of it at once."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, cast

from .audit import audit
from .errors import JobFailedError, WinnowError
from .http import Session
from .jobs import wait_for_job
from .types import CrossValidation, Dataset, Flag, Job, Pruning, ReviewResult, Upload

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Split = Literal["cleaned", "noise", "relabelled", "soft", "all"]


class Winnow:
    """A Winnow service. `url` and `key` default to WINNOW_URL and WINNOW_API_KEY.

    Methods raise ApiError (the service refuses), UnreachableError (nothing answers) and, where they
    wait for a job, JobFailedError and WaitTimeoutError.
    """

    def __init__(self, url: str | None = None, key: str | None = None, *, retries: int = 2) -> None:
        address = url or os.environ.get("WINNOW_URL") or "http://127.0.0.1:8080"
        self._session = Session(address, key or os.environ.get("WINNOW_API_KEY"), retries)

    @property
    def url(self) -> str:
        return self._session.url

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Winnow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Any route

    def call(
        self, method: str, path: str, *, body: object = None, query: Mapping[str, Any] | None = None
    ) -> Any:
        """The JSON that a route answers: `call("GET", "/v1/datasets", query={"limit": 10})`."""
        return self._session.call(method, path, body=body, query=query)

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor = None
        while True:
            page = self.call("GET", path, query={"limit": 1000, **query, "cursor": cursor})
            yield from page["data"]
            cursor = page["nextCursor"]
            if not page["hasMore"]:
                return

    # Files and jobs

    def upload(self, file: str | os.PathLike[str] | bytes) -> Upload:
        """Uploads a file, or bytes as one."""
        content = file if isinstance(file, bytes) else Path(file).read_bytes()
        return cast(Upload, self._session.call("POST", "/v1/uploads", content=content))

    def upload_array(self, array: np.ndarray[Any, Any]) -> Upload:
        """Uploads an array as npy. Vectors and probabilities keep their element type."""
        import numpy as np

        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        return self.upload(file.getvalue())

    def wait(self, job: Job | str, *, timeout: float | None = None, progress: bool = False) -> Job:
        """Waits until a job has ended and returns it, also if it failed or was cancelled."""
        job_id = job if isinstance(job, str) else job["id"]
        return cast(Job, wait_for_job(self._session, job_id, timeout=timeout, progress=progress))

    def run(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        timeout: float | None = None,
        progress: bool = False,
    ) -> Job:
        """POSTs a job and waits until it has succeeded; raises JobFailedError if it has not."""
        made = self.call("POST", f"/v1/jobs/{kind}", body=body)
        return self._succeeded(made["id"], timeout=timeout, progress=progress)

    def _succeeded(self, job_id: str, *, timeout: float | None, progress: bool) -> Job:
        job = self.wait(job_id, timeout=timeout, progress=progress)
        if job["state"] != "succeeded":
            raise JobFailedError(cast(dict[str, Any], job))
        return job

    # The pipeline

    def ingest(
        self,
        file: str | os.PathLike[str] | bytes | pd.DataFrame,
        *,
        name: str | None = None,
        text: str | None = None,
        label: str | None = None,
        id: str | None = None,
        progress: bool = False,
        **params: Any,
    ) -> Dataset:
        """Makes a dataset of a file or DataFrame. `text`, `label` and `id` name its columns;
        without them the service guesses. `params` are other fields of the ingest's POST."""
        columns = {"textColumn": text, "labelColumn": label, "idColumn": id}
        format = {key: value for key, value in columns.items() if value is not None}
        if isinstance(file, str | os.PathLike):
            content, found = Path(file).read_bytes(), Path(file).name
        elif isinstance(file, bytes):
            content, found = file, "data"
        else:
            content, found = json_lines(file.to_dict(orient="records")), "data"
            format["type"] = "jsonl"
        body = {
            "name": name or found,
            "source": {"type": "upload", "uploadId": self.upload(content)["id"]},
            **({"format": {"type": "auto", **format}} if format else {}),
            **params,
        }
        job = self.run("dataset-ingest", body, progress=progress)
        return cast(Dataset, self.call("GET", f"/v1/datasets/{job['datasetId']}"))

    def cross_validate(
        self,
        dataset: Dataset | str,
        model: Literal["quick", "linear", "albert"] = "quick",
        *,
        embeddings: np.ndarray[Any, Any] | None = None,
        embeddings_ids: Sequence[str] | None = None,
        progress: bool = False,
        **params: Any,
    ) -> CrossValidation:
        """Trains K folds, so that every row is predicted out of sample. `embeddings` (n, d) are
        vectors of any encoder, which take part in the judgement: a row a sample or a record of
        the file, or in the order of `embeddings_ids`, the ids of their samples. `params` are other
        fields of POST /v1/jobs/fold-training."""
        body = {
            "datasetId": _id(dataset),
            "model": {"kind": model, **self._vectors(embeddings, embeddings_ids)},
            **params,
        }
        job = self.run("fold-training", body, progress=progress)
        return self._run_of(job)

    def _vectors(
        self,
        embeddings: np.ndarray[Any, Any] | None,
        ids: Sequence[str] | None,
    ) -> dict[str, Any]:
        import numpy as np

        if embeddings is None:
            if ids is not None:
                raise WinnowError("embeddings_ids names the rows of embeddings: pass both")
            return {}
        if embeddings.ndim != 2:
            raise WinnowError(f"embeddings have the shape {embeddings.shape}, not (n, d)")
        source = {"uploadId": self.upload_array(embeddings)["id"]}
        if ids is not None:
            if len(ids) != len(embeddings):
                raise WinnowError(f"{len(embeddings)} embeddings have {len(ids)} embeddings_ids")
            source["ids"] = self.upload_array(np.array([str(one) for one in ids]))["id"]
        return {"embeddings": source}

    def import_probabilities(
        self,
        dataset: Dataset | str,
        probabilities: np.ndarray[Any, Any],
        *,
        classes: Sequence[str] | None = None,
        progress: bool = False,
        **params: Any,
    ) -> CrossValidation:
        """Takes out-of-sample probabilities (n, K) of a model of one's own, a row a sample of
        the dataset; `classes` names the columns, by default the dataset's in their order."""
        body = {
            "datasetId": _id(dataset),
            "probabilitiesUploadId": self.upload_array(probabilities)["id"],
            **({"classes": list(classes)} if classes is not None else {}),
            **params,
        }
        return self._run_of(self.run("probability-import", body, progress=progress))

    def prune(
        self, run: CrossValidation | str, *, progress: bool = False, **params: Any
    ) -> Pruning:
        """Finds the wrong labels of a run. `params` are fields of POST /v1/jobs/pruning."""
        body = {"crossValidationId": _id(run), **params}
        job = self.run("pruning", body, progress=progress)
        return cast(Pruning, self.call("GET", f"/v1/prunings/{job['pruningId']}"))

    def flags(self, pruning: Pruning | str, **query: Any) -> Iterator[Flag]:
        """The flagged rows, worst first."""
        return self.items(f"/v1/prunings/{_id(pruning)}/flags", **query)

    def review(
        self, dataset: Dataset | str, reviews: Iterable[Mapping[str, Any]], **params: Any
    ) -> ReviewResult:
        """Decides about rows: {"ordinal": 7, "verdict": "keep" | "drop" | "unsure"}, or
        "relabel" with a "label"."""
        body = {"type": "rows", "reviews": list(reviews), **params}
        path = f"/v1/datasets/{_id(dataset)}/reviews"
        return cast(ReviewResult, self.call("POST", path, body=body))

    def export(
        self,
        pruning: Pruning | str,
        split: Split = "cleaned",
        *,
        file: str | os.PathLike[str] | None = None,
        **query: Any,
    ) -> Any:
        """The dataset after a pruning, as `datasets.Dataset`, with labels as ClassLabel. With
        `file` it is written there instead, as the file that was ingested (`cleaned` with its own
        columns, the other splits with Winnow's after them), and the path returned. `query` has the
        parameters of GET /v1/prunings/{id}/export."""
        path = f"/v1/prunings/{_id(pruning)}/export"
        if file is not None:
            columns = "source" if split == "cleaned" else "all"
            wanted = {"split": split, "format": "source", "columns": columns, **query}
            return self._save(path, wanted, Path(file))
        if split == "all":
            raise WinnowError('split="all" is no table of the folder; name a file to export it')
        return self._dataset(_id(pruning), split, query)

    def _dataset(self, pruning: str, split: str, query: Mapping[str, Any]) -> Any:
        import tempfile

        try:
            import datasets
        except ImportError as error:
            raise WinnowError("install datasets, or name a file to export to") from error
        with tempfile.TemporaryDirectory() as folder:
            self.export_folder(pruning, folder, **query)
            try:
                table = datasets.load_dataset(folder, split, cache_dir=f"{folder}/cache")["train"]
            except ValueError as error:
                raise WinnowError(f"{pruning} has no rows in {split}") from error
            # Into memory: the folder goes.
            return datasets.Dataset.from_list(table.to_list(), features=table.features)

    def export_folder(
        self, pruning: Pruning | str, folder: str | os.PathLike[str], **query: Any
    ) -> Path:
        """Every split as a folder that `datasets.load_dataset` opens; see
        GET /v1/prunings/{id}/dataset-folder for `license`, `creator` and others."""
        import tarfile

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        path = f"/v1/prunings/{_id(pruning)}/dataset-folder"
        with self._session.download(path, query) as answer:
            stream = cast(io.RawIOBase, _Chunks(answer.iter_bytes()))
            with tarfile.open(fileobj=io.BufferedReader(stream), mode="r|") as archive:
                for member in archive:
                    _extract(archive, member, target)
        return target

    def _save(self, path: str, query: Mapping[str, Any], file: Path) -> Path:
        draft = file.with_name(f"{file.name}.part")
        try:
            with self._session.download(path, query) as answer, draft.open("wb") as out:
                for chunk in answer.iter_bytes():
                    out.write(chunk)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        return file

    def audit(
        self,
        df: pd.DataFrame,
        text: str,
        label: str,
        *,
        pred_probs: np.ndarray[Any, Any] | None = None,
        classes: Sequence[Any] | None = None,
        embeddings: np.ndarray[Any, Any] | None = None,
        progress: bool = True,
        keep: bool = False,
    ) -> pd.DataFrame:
        """Scores every label of a DataFrame; see `winnow_client.audit.audit`."""
        return audit(
            self,
            df,
            text,
            label,
            pred_probs=pred_probs,
            classes=classes,
            embeddings=embeddings,
            progress=progress,
            keep=keep,
        )

    def _run_of(self, job: Job) -> CrossValidation:
        path = f"/v1/cross-validations/{job['crossValidationId']}"
        return cast(CrossValidation, self.call("GET", path))


def _id(resource: Any) -> str:
    return resource if isinstance(resource, str) else cast(str, resource["id"])


def json_lines(rows: Iterable[Mapping[Any, Any]]) -> bytes:
    """Rows as jsonl in UTF-8. NaN and what is missing become null."""
    lines = [
        json.dumps({str(key): _plain(value) for key, value in row.items()}, ensure_ascii=False)
        for row in rows
    ]
    # Lone surrogates, which pandas may hold, are no UTF-8.
    return "".join(f"{line}\n" for line in lines).encode("utf-8", errors="replace")


def _plain(value: Any) -> Any:
    """A value that JSON has: numpy's scalars as Python's, dates and others as texts."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, str | bool | int):
        return value
    # NaT and NA differ from themselves, or refuse the comparison.
    text = str(value)
    return None if text in ("NaT", "<NA>") else text


class _Chunks(io.RawIOBase):
    """The bytes of an answer as a file that is read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return 0
        part = self._rest[: len(buffer)]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)


def _extract(archive: Any, member: Any, target: Path) -> None:
    """Writes a file of the archive below the folder, and nowhere else."""
    path = (target / member.name).resolve()
    if not member.isfile() or target.resolve() not in path.parents:
        raise WinnowError(f"the archive has an entry {member.name!r} that no dataset folder has")
    path.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    with path.open("wb") as out:
        while chunk := source.read(1 << 20):
            out.write(chunk)
