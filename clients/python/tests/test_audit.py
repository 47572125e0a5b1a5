from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from data import titles

from winnow_client import Winnow, WinnowError


def wrong_in_the_worst(df: pd.DataFrame, scored: pd.DataFrame) -> float:
    """The share of wrong labels among as many of the worst rows as there are wrong labels."""
    wrong = df["category"] != df["true"]
    worst = scored["score"].sort_values(ascending=False).index[: int(wrong.sum())]
    return float(wrong.loc[worst].mean())


def test_every_row_has_a_score_at_its_own_index(winnow: Winnow) -> None:
    df = titles()
    scored = winnow.audit(df, text="title", label="category", progress=False)
    assert list(scored.index) == list(df.index)
    assert scored["score"].notna().all()
    assert list(scored["given"]) == list(df["category"])
    assert (scored["suggested"] != scored["given"])[scored["flagged"]].all()
    assert wrong_in_the_worst(df, scored) > 0.9
    assert (scored["evidence"].notna() == scored["flagged"]).all()
    # The flagged rows are the worst ones.
    assert scored["score"][scored["flagged"]].min() >= scored["score"][~scored["flagged"]].max()


def test_labels_come_back_as_they_were(winnow: Winnow) -> None:
    df = titles()
    df["category"] = df["category"].map({"sport": 7, "food": 8, "music": 9})
    scored = winnow.audit(df, text="title", label="category", progress=False)
    assert set(scored["suggested"].dropna()) <= {7, 8, 9}
    assert scored["suggested"].notna().any()


def test_rows_that_cannot_be_judged_have_no_score(winnow: Winnow) -> None:
    df = titles()
    df.loc["row-3", "title"] = ""
    df.loc["row-5", "category"] = None
    scored = winnow.audit(df, text="title", label="category", progress=False)
    assert list(scored.index[scored["score"].isna()]) == ["row-3", "row-5"]
    assert not scored.loc[["row-3", "row-5"], "flagged"].any()


def test_own_probabilities_decide(winnow: Winnow) -> None:
    df = titles()
    names = ["music", "sport", "food"]
    probs = np.full((len(df), 3), 0.05)
    probs[np.arange(len(df)), [names.index(one) for one in df["true"]]] = 0.9
    df.loc["row-7", "title"] = " "
    scored = winnow.audit(
        df, text="title", label="category", pred_probs=probs, classes=names, progress=False
    )
    kept = scored["score"].notna()
    assert not kept["row-7"]
    wrong = (df["category"] != df["true"])[kept]
    assert list(scored.index[scored["flagged"]].sort_values()) == list(
        wrong.index[wrong].sort_values()
    )
    assert (scored["suggested"] == df["true"])[kept][wrong].all()


def vectors(df: pd.DataFrame, seed: int = 2) -> np.ndarray:
    """Of the true classes, with noise: texts that say nothing are told apart by them."""
    rng = np.random.default_rng(seed)
    names = sorted(set(df["true"]))
    own = np.eye(len(names))[[names.index(one) for one in df["true"]]]
    return (own + rng.normal(0, 0.2, own.shape)).astype(np.float32)


def test_embeddings_judge_beside_the_texts(winnow: Winnow) -> None:
    df = titles()
    df["title"] = [f"row {i} of a file" for i in range(len(df))]
    df.loc["row-7", "title"] = ""
    scored = winnow.audit(
        df, text="title", label="category", embeddings=vectors(df), progress=False
    )
    assert list(scored.index[scored["score"].isna()]) == ["row-7"]
    kept = scored["score"].notna()
    assert wrong_in_the_worst(df[kept], scored[kept]) > 0.9


def test_arrays_that_do_not_fit_are_refused_before_anything_is_sent(winnow: Winnow) -> None:
    df = titles(60)
    with pytest.raises(WinnowError, match="embeddings have 59 rows, and the DataFrame 60"):
        winnow.audit(df, text="title", label="category", embeddings=vectors(df)[1:])
    with pytest.raises(WinnowError, match="pred_probs judge alone"):
        winnow.audit(
            df, text="title", label="category", embeddings=vectors(df), pred_probs=vectors(df)
        )
    dataset = {"id": "ds_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59"}
    with pytest.raises(WinnowError, match=r"shape \(60,\), not \(n, d\)"):
        winnow.cross_validate(dataset["id"], embeddings=np.zeros(60))
    with pytest.raises(WinnowError, match="60 embeddings have 1 embeddings_ids"):
        winnow.cross_validate(dataset["id"], embeddings=vectors(df), embeddings_ids=["a"])


def test_embeddings_may_come_in_another_order_by_their_ids(winnow: Winnow) -> None:
    df = titles(240).rename_axis("key").reset_index()
    dataset = winnow.ingest(df, text="title", label="category", id="key")
    order = np.random.default_rng(5).permutation(len(df))
    ids = list(df["key"].iloc[order])
    shuffled = winnow.cross_validate(
        dataset, embeddings=vectors(df)[order], embeddings_ids=ids, seed=3
    )
    straight = winnow.cross_validate(dataset, embeddings=vectors(df), seed=3)
    receipts = [
        winnow.call("GET", f"/v1/cross-validations/{run['id']}/receipt")
        for run in (shuffled, straight)
    ]
    hashes = [one["crossValidation"]["probabilities"] for one in receipts]
    assert hashes[0] == hashes[1]


def test_nothing_is_left_behind_unless_it_is_kept(winnow: Winnow) -> None:
    def names() -> list[str]:
        return [one["id"] for one in winnow.items("/v1/datasets")]

    before = names()
    df = titles(100)
    winnow.audit(df, text="title", label="category", progress=False)
    assert names() == before
    scored = winnow.audit(df, text="title", label="category", progress=False, keep=True)
    assert len(names()) == len(before) + 1
    assert winnow.call("GET", f"/v1/prunings/{scored.attrs['pruning']}")["state"] == "ready"


def test_a_missing_column_is_named(winnow: Winnow) -> None:
    with pytest.raises(WinnowError, match="no column 'nope'"):
        winnow.audit(titles(10), text="nope", label="category")
