"""The peer of bench/training.ts: the same ALBERT classifier in plain PyTorch, two threads.

Arguments: file of token rows (JSON), blocks, batch size, training rows, "all" or "cls" (the CLS
shortcut of the last block). Prints {"train", "predict"} in samples/s. Every position is computed
and padded to the batch's longest, with the full Chinese vocabulary, as Hugging Face runs it.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

path, blocks, batch_size, rows, way = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
torch.set_num_threads(2)
torch.manual_seed(1)
E, H, HEADS, I, CLASSES, VOCABULARY = 128, 312, 12, 1248, 428, 21128


class Albert(nn.Module):
    def __init__(self):
        super().__init__()
        self.word = nn.Embedding(VOCABULARY, E, padding_idx=0)
        self.position = nn.Embedding(512, E)
        self.segment = nn.Embedding(2, E)
        self.norm = nn.LayerNorm(E, eps=1e-12)
        self.mapping = nn.Linear(E, H)
        self.q, self.k, self.v, self.o = (nn.Linear(H, H) for _ in range(4))
        self.attention_norm = nn.LayerNorm(H, eps=1e-12)
        self.ffn = nn.Linear(H, I)
        self.ffn_output = nn.Linear(I, H)
        self.block_norm = nn.LayerNorm(H, eps=1e-12)
        self.classifier = nn.Linear(H, CLASSES)
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids, mask):
        x = self.word(ids) + self.position.weight[: ids.shape[1]] + self.segment.weight[0]
        x = self.mapping(self.dropout(self.norm(x)))
        for block in range(blocks):
            x = self.block(x, mask, cls=way == "cls" and block == blocks - 1)
        return self.classifier(x[:, 0])

    def block(self, x, mask, cls):
        rows = x[:, :1] if cls else x

        def split(y):
            return y.view(y.shape[0], y.shape[1], HEADS, H // HEADS).transpose(1, 2)

        context = F.scaled_dot_product_attention(
            split(self.q(rows)), split(self.k(x)), split(self.v(x)), attn_mask=mask[:, None, None]
        )
        context = context.transpose(1, 2).reshape(rows.shape)
        a = self.attention_norm(rows + self.dropout(self.o(context)))
        f = self.ffn_output(F.gelu(self.ffn(a), approximate="tanh"))
        return self.block_norm(a + self.dropout(f))


with open(path, encoding="utf-8") as file:
    data = json.load(file)
texts = [torch.tensor(data["ids"][a:b]) for a, b in zip(data["offsets"], data["offsets"][1:])]
labels = torch.tensor(data["labels"])


def batches(order, size):
    for start in range(0, len(order), size):
        part = order[start : start + size]
        ids = nn.utils.rnn.pad_sequence([texts[i] for i in part], batch_first=True)
        yield ids, ids != 0, labels[part]


model = Albert()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
order = torch.randperm(rows).tolist()
start, seen = time.perf_counter(), 0
for step, (ids, mask, y) in enumerate(batches(order, batch_size)):
    if step == 3:
        start, seen = time.perf_counter(), 0
    loss = F.cross_entropy(model(ids, mask), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    seen += len(y)
train = seen / (time.perf_counter() - start)

model.eval()
start = time.perf_counter()
with torch.inference_mode():
    for ids, mask, _ in batches(list(range(rows, len(texts))), 256):
        F.softmax(model(ids, mask), -1)
predict = (len(texts) - rows) / (time.perf_counter() - start)
print(json.dumps({"train": train, "predict": predict, "torch": torch.__version__}))
