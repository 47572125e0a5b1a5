"""The peer of bench/training.ts: the same ALBERT classifier in plain PyTorch, two threads.

Arguments: file of token rows (JSON), blocks, batch size, training rows, "all" or "cls" (the CLS
shortcut of the last block), and where: "cpu" (default), "cuda", "cuda-compiled" (torch.compile) or
"cuda-graph" (one captured graph a step). Prints {"train", "predict"} in samples/s. Every position is
computed and padded to the batch's longest (compiled and captured: to the longest of all), with the
full Chinese vocabulary, as Hugging Face runs it.
"""
import json
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
# One shape only where a program is made for a shape.
longest = max(map(len, texts)) if "-" in where else 0
warm_up = 3 if where == "cpu" else 20


def batches(order, size):
    for start in range(0, len(order), size):
        part = order[start : start + size]
        ids = nn.utils.rnn.pad_sequence([texts[i] for i in part], batch_first=True)
        ids = F.pad(ids, (0, max(0, longest - ids.shape[1])))
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


step_once = train_step
order = torch.randperm(rows).tolist()
start, seen = time.perf_counter(), 0
for step, (ids, y) in enumerate(batches(order, batch_size)):
    if len(y) < batch_size and where == "cuda-graph":
        break
    if step == 0 and where == "cuda-graph":
        step_once = captured(train_step, ids, y)
    if step == warm_up:
        wait()
        start, seen = time.perf_counter(), 0
    # Read every step, as ours reports it.
    step_once(ids, y).item()
    seen += len(y)
wait()
train = seen / (time.perf_counter() - start)

model.eval()


def predict_step(ids, y):
    return F.softmax(forward(ids, ids != 0), -1)


def predict_all(step):
    for ids, y in batches(list(range(rows, len(texts))), 256):
        if len(y) == 256 or where != "cuda-graph":
            step(ids, y).cpu()


with torch.inference_mode():
    step_once = predict_step
    if where == "cuda-graph":
        step_once = captured(predict_step, *next(batches(list(range(256)), 256)))
    if device.type == "cuda":
        predict_all(step_once)  # warms up
    start = time.perf_counter()
    predict_all(step_once)
    wait()
tested = len(texts) - rows
if where == "cuda-graph":
    tested -= tested % 256
predict = tested / (time.perf_counter() - start)
name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
print(json.dumps({"train": train, "predict": predict, "torch": torch.__version__, "device": name}))
