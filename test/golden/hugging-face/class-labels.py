"""Writes class-labels.parquet with datasets 5.2 and pyarrow 26: python class-labels.py FILE"""

import sys

from datasets import ClassLabel, Dataset, Features, Sequence, Value
stars = ClassLabel(names=["5", "4", "3", "2", "1"])
Dataset.from_dict(
    {
        "text": ["great", "good", "fair", "poor", "bad", "unknown"],
        "label": [0, 1, 2, 3, 4, -1],
        "gold": [4, 3, 2, 1, 1, 0],
        "meta": [{"label": i % 2} for i in range(6)],
        "tags": [[0, 1], [4], [], [2, 3], [1], [0]],
    },
    Features(
        text=Value("string"),
        label=stars,
        gold=ClassLabel(names=["1", "2", "3", "4", "5"]),
        meta={"label": ClassLabel(names=["1", "0"])},
        tags=Sequence(stars),
    ),
).to_parquet(sys.argv[1])
