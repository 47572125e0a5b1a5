"""`Winnow.audit`: a DataFrame's labels, each with a score."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .errors import WinnowError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from .client import Winnow

# Below any log odds: every row is listed with its score.
ALL_ROWS = -1e9
ROW = "row"


def audit(
    winnow: Winnow,
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
    """Scores every label of a DataFrame by the quick model, or by probabilities of one's own.

    `text` and `label` name columns. `pred_probs` (n, K) are out-of-sample probabilities, a row for
    each row of `df`, and `classes` (K) their columns' labels. `embeddings` (n, d) are vectors of
    any encoder, a row for each row of `df`: they judge beside the quick model. Returns a DataFrame
    with the index of `df`: `flagged`, `score` (log odds of an error, the worst highest; NaN for a
    row that was not kept, such as one without text), `given`, `suggested` (labels as in `df`; None
    where no other label is likelier), `evidence` (what speaks for the suggestion, of flagged rows
    where the service knows). The service's dataset and its results are deleted afterwards unless
    `keep`; `attrs["pruning"]` then has the pruning's id.
    """
    import pandas as pd

    if pred_probs is not None and embeddings is not None:
        raise WinnowError("pred_probs judge alone: pass them or embeddings, not both")
    for name, array in (("pred_probs", pred_probs), ("embeddings", embeddings)):
        if array is not None and len(array) != len(df):
            raise WinnowError(f"{name} have {len(array)} rows, and the DataFrame {len(df)}")
    for column in (text, label):
        if column not in df.columns:
            raise WinnowError(f"the DataFrame has no column {column!r}; it has {list(df.columns)}")
    labels = {str(value): value for value in df[label].dropna().unique()}
    if len(labels) < df[label].nunique():
        raise WinnowError(f"different values of {label!r} have the same text; make them distinct")
    rows = pd.DataFrame({ROW: range(len(df)), "text": df[text].to_numpy()})
    rows["label"] = [None if pd.isna(value) else str(value) for value in df[label]]
    dataset = winnow.ingest(
        rows,
        name=f"audit of {len(df)} rows",
        text="text",
        label="label",
        id=ROW,
        columns="none",
        progress=progress,
    )
    try:
        found = _score(winnow, dataset, pred_probs, classes, embeddings, progress)
    except BaseException:
        # Refused while an interrupted job runs on; the first error matters more.
        if not keep:
            with suppress(WinnowError):
                _delete(winnow, dataset)
        raise
    if not keep:
        _delete(winnow, dataset)
    return _frame(df, label, labels, found, keep)


def _delete(winnow: Winnow, dataset: Any) -> None:
    winnow.call("DELETE", f"/v1/datasets/{dataset['id']}")


def _score(
    winnow: Winnow,
    dataset: Any,
    pred_probs: np.ndarray[Any, Any] | None,
    classes: Sequence[Any] | None,
    embeddings: np.ndarray[Any, Any] | None,
    progress: bool,
) -> dict[str, Any]:
    if pred_probs is None:
        run = winnow.cross_validate(dataset, "quick", embeddings=embeddings, progress=progress)
    else:
        kept = [int(one["externalId"]) for one in _samples(winnow, dataset)]
        names = None if classes is None else [str(one) for one in classes]
        run = winnow.import_probabilities(
            dataset, pred_probs[kept], classes=names, progress=progress
        )
    pruning = winnow.prune(run, progress=progress)
    # Of the scores of all rows alone: what speaks for a label is worked out for the flags.
    every = {"method": "error_odds", "errorOddsCut": ALL_ROWS, "keepAtLeastPerClass": 0}
    scores = winnow.prune(run, **every, evidence=False, stability=False, progress=progress)
    return {
        "pruning": pruning["id"],
        "flagged": list(winnow.flags(pruning)),
        "all": list(winnow.flags(scores)),
    }


def _samples(winnow: Winnow, dataset: Any) -> list[Any]:
    return list(winnow.items(f"/v1/datasets/{dataset['id']}/samples"))


def _frame(
    df: pd.DataFrame, label: str, labels: dict[str, Any], found: dict[str, Any], keep: bool
) -> pd.DataFrame:
    import pandas as pd

    columns: dict[Hashable, list[Any]] = {
        "flagged": [False] * len(df),
        "score": [float("nan")] * len(df),
        "given": list(df[label]),
        "suggested": [None] * len(df),
        "evidence": [None] * len(df),
    }
    for flag in [*found["all"], *found["flagged"]]:
        row = int(flag["externalId"])
        columns["score"][row] = flag["errorOdds"]
        # The given label is the likeliest of a row that is not doubted: nothing is suggested.
        if flag["suggested"] != flag["given"]:
            columns["suggested"][row] = labels.get(flag["suggested"], flag["suggested"])
        columns["evidence"][row] = flag.get("evidence") or columns["evidence"][row]
    for flag in found["flagged"]:
        columns["flagged"][int(flag["externalId"])] = True
    frame = pd.DataFrame(columns, index=df.index)
    if keep:
        frame.attrs["pruning"] = found["pruning"]
    return frame
