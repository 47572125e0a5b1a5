"""The peer of bench/training.ts: the same ALBERT classifier in plain PyTorch, two threads.

Arguments: file of token rows (JSON), blocks, batch size, training rows, "all" or "cls" (the CLS
shortcut of the last block), and where: "cpu" (default), "cuda", "cuda-compiled" (torch.compile) or
"cuda-graph" (one captured graph a step). Prints {"train", "predict"} in samples/s of the second pass, on a
GPU the medians of the next three. Every position is computed and padded to the batch's longest
(compiled and captured: to the longest of all), with the full Chinese vocabulary, as Hugging Face runs it.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

path, blocks, batch_size, rows, way = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
where = sys.argv[6] if len(sys.argv) > 6 else "cpu"
device = torch.device(where.split("-")[0])
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
lengths = torch.tensor([len(text) for text in texts])
table = nn.utils.rnn.pad_sequence(texts, batch_first=True)
# One shape only where a program is made for a shape.
one_shape = "-" in where
passes = 2 if where == "cpu" else 4
tested = min(len(texts) - rows, 20_000)


def batches(order, size):
    for start in range(0, len(order), size):
        part = order[start : start + size]
        if one_shape and len(part) < size:
            return
        ids = table[part] if one_shape else table[part][:, : lengths[part].max()]
        if device.type == "cuda":
            ids = ids.pin_memory()
        yield ids.to(device, non_blocking=True), labels[part].to(device, non_blocking=True)


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


model = Albert().to(device)
forward = torch.compile(model) if where == "cuda-compiled" else model
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, capturable=where == "cuda-graph")


def train_step(ids, y):
    loss = F.cross_entropy(forward(ids, ids != 0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def captured(step, ids, y):
    """`step` as one CUDA graph, fed by copies into its own inputs."""
    inputs = (ids.clone(), y.clone())
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step(*inputs)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = step(*inputs)

    def run(ids, y):
        inputs[0].copy_(ids)
        inputs[1].copy_(y)
        graph.replay()
        return result

    return run


def median_of(rates):
    """Without the first pass, which warms up."""
    return statistics.median(rates[1:])


step_once = None if where == "cuda-graph" else train_step
rates = []
for _ in range(passes):
    start, seen = time.perf_counter(), 0
    for ids, y in batches(torch.randperm(rows), batch_size):
        step_once = step_once or captured(train_step, ids, y)
        # Read every step, as ours reports it.
        step_once(ids, y).item()
        seen += len(y)
    wait()
    rates.append(seen / (time.perf_counter() - start))
train = median_of(rates)

model.eval()


def predict_step(ids, y):
    return F.softmax(forward(ids, ids != 0), -1)


with torch.inference_mode():
    step_once = predict_step
    if where == "cuda-graph":
        step_once = captured(predict_step, *next(batches(torch.arange(256), 256)))
    rates = []
    for _ in range(passes):
        start, seen = time.perf_counter(), 0
        for ids, y in batches(torch.arange(rows, rows + tested), 256):
            step_once(ids, y).cpu()
            seen += len(y)
        wait()
        rates.append(seen / (time.perf_counter() - start))
predict = median_of(rates)
name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
print(json.dumps({"train": train, "predict": predict, "torch": torch.__version__, "device": name}))
