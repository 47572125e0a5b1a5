"""The peer of bench/encoding.ts: PyTorch with transformers over the texts of a JSON file, 32 a batch,
sorted by length, after one small batch; prints {rows, seconds, cpu, rss} as JSON.
Arguments: folder of the encoder, file, most tokens of a text.
"""
import json
import resource
import sys
import time

import torch
from transformers import AutoModel, AutoTokenizer

folder, file, max_length = sys.argv[1:4]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder).eval()
with open(file, encoding="utf-8") as opened:
    texts = json.load(opened)


def encode(rows):
    batch = tokenizer(
        rows, padding=True, truncation=True, max_length=int(max_length), return_tensors="pt"
    )
    output = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    return (output * mask).sum(1) / mask.sum(1)


with torch.inference_mode():
    encode(["warm", "up"])
    wall, cpu = time.perf_counter(), time.process_time()
    vectors = torch.empty((len(texts), model.config.hidden_size))
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(texts), 32):
        rows = by_length[start : start + 32]
        vectors[rows] = encode([texts[i] for i in rows])
    seconds, spent = time.perf_counter() - wall, time.process_time() - cpu

rss = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"rows": len(texts), "seconds": seconds, "cpu": spent, "rss": rss}))
