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
