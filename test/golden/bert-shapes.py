# Writes one small BERT in every shape in which folders are found, by PyTorch, transformers and
# safetensors, and the vectors that PyTorch computes: python3 test/golden/bert-shapes.py DIR
# What stands in bert-shapes was made with torch 2.13, transformers 5.24, safetensors 0.8.
import json, os, shutil, sys
import torch
from safetensors.torch import save_file, save_model
from transformers import BertConfig, BertForPreTraining, BertForSequenceClassification, BertModel
from transformers import BertTokenizerFast

root = sys.argv[1]
shutil.rmtree(root, ignore_errors=True)
PIECES = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat dog ##s un ##able walk ##ed , . 上 海 天 气 cafe a ##b 5 ##0 river".split()
TEXTS = ["The cats sat on the mat.", "上海天气", "Café, unwalkable dogs", "xyz 50", "", "the river a ab walked walked walked walked walked walked walked walked walked"]
torch.manual_seed(7)
config = BertConfig(vocab_size=len(PIECES), hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
                    intermediate_size=12, max_position_embeddings=16, initializer_range=0.4)
whole = BertForSequenceClassification(config).eval()
for name, weight in whole.named_parameters():
    if name.endswith("bias"): torch.nn.init.normal_(weight, std=0.3)
bare = whole.bert.state_dict()
full = whole.state_dict()
# Numbers that bfloat16 and float16 hold exactly would hide a wrong widening: these do not.
expected = {"texts": TEXTS, "maxLength": 16, "shapes": {}}


def tokens(text):
    return TOKENIZER(text, truncation=True, max_length=16, return_tensors="pt")


def vectors(model):
    found = {"mean": [], "cls": []}
    for text in TEXTS:
        with torch.no_grad():
            rows = model(**tokens(text)).last_hidden_state[0].double()
        found["mean"].append(rows.mean(0).tolist())
        found["cls"].append(rows[0].tolist())
    return found


def folder(name, like="float32", settings=None, vocabulary=True, tokenizer=False):
    path = os.path.join(root, name)
    os.makedirs(path)
    expected["shapes"][name] = like
    json.dump({**config.to_dict(), **(settings or {})}, open(os.path.join(path, "config.json"), "w"), indent=1)
    if vocabulary:
        open(os.path.join(path, "vocab.txt"), "w").write("\n".join(PIECES) + "\n")
    if tokenizer:
        shutil.copy(os.path.join(root, "tokenizer.json"), path)
    return lambda file: os.path.join(path, file)


def contiguous(state):
    return {name: tensor.clone().contiguous() for name, tensor in state.items()}


def shards(state, file, write):
    names = sorted(state)
    parts = [names[0::2], names[1::2]]
    weight_map = {}
    for i, part in enumerate(parts):
        stem, end = file.rsplit(".", 1)
        shard = f"{stem}-{i + 1:05}-of-{len(parts):05}.{end}"
        write({name: state[name] for name in part}, shard)
        weight_map.update({name: shard for name in part})
    return {"metadata": {"total_size": 1}, "weight_map": weight_map}


os.makedirs(root)
open(os.path.join(root, "vocab.txt"), "w").write("\n".join(PIECES) + "\n")
TOKENIZER = BertTokenizerFast(os.path.join(root, "vocab.txt"), do_lower_case=True)
TOKENIZER.backend_tokenizer.save(os.path.join(root, "tokenizer.json"))

at = folder("bare-names"); save_file(contiguous(bare), at("model.safetensors"), {"format": "pt"})
at = folder("bert-prefix-and-heads"); save_file(contiguous(full), at("model.safetensors"))
at = folder("module-prefix"); save_file({f"module.bert.{n}": t for n, t in contiguous(bare).items()}, at("model.safetensors"))
at = folder("sentence-transformers-prefix"); save_file({f"0.auto_model.{n}": t for n, t in contiguous(bare).items()}, at("model.safetensors"))
at = folder("old-layer-norm")
old = {n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): t for n, t in contiguous(full).items()}
save_file(old, at("model.safetensors"))
at = folder("no-pooler"); save_file({n: t for n, t in contiguous(bare).items() if "pooler" not in n}, at("model.safetensors"))
at = folder("shards")
index = shards(contiguous(full), "model.safetensors", lambda part, shard: save_file(part, at(shard)))
json.dump(index, open(at("model.safetensors.index.json"), "w"))
at = folder("float16", "float16", {"dtype": "float16"}); save_file({n: t.half() for n, t in contiguous(full).items()}, at("model.safetensors"))
at = folder("bfloat16", "bfloat16", {"torch_dtype": "bfloat16"}); save_file({n: t.bfloat16() for n, t in contiguous(full).items()}, at("model.safetensors"))
at = folder("padded-vocabulary", settings={"vocab_size": 32})
padded = contiguous(bare)
word = "embeddings.word_embeddings.weight"
padded[word] = torch.cat([padded[word], torch.randn(32 - len(PIECES), 8)])
save_file(padded, at("model.safetensors"))
at = folder("tokenizer-alone", vocabulary=False, tokenizer=True); save_file(contiguous(bare), at("model.safetensors"))
at = folder("no-model-type", settings={"model_type": None, "architectures": None}); save_file(contiguous(bare), at("model.safetensors"))

pretraining = BertForPreTraining(config)
pretraining.bert.load_state_dict(bare)
pretraining.tie_weights()
at = folder("shared-storage"); save_model(pretraining, at("model.safetensors"))
at = folder("shared-storage-pickle"); torch.save(pretraining.state_dict(), at("pytorch_model.bin"))

at = folder("pickle"); torch.save(whole.state_dict(), at("pytorch_model.bin"))
at = folder("pickle-before-1.6"); torch.save(whole.state_dict(), at("pytorch_model.bin"), _use_new_zipfile_serialization=False)
at = folder("pickle-shards")
index = shards(contiguous(full), "pytorch_model.bin", lambda part, shard: torch.save(part, at(shard)))
json.dump(index, open(at("pytorch_model.bin.index.json"), "w"))
at = folder("pickle-parameters"); torch.save(dict(whole.named_parameters()), at("pytorch_model.bin"))
at = folder("pickle-protocol-4"); torch.save(full, at("pytorch_model.bin"), pickle_protocol=4)
at = folder("pickle-state-dict"); torch.save({"state_dict": full, "epoch": 3, "rate": 1e-4}, at("model.pt"))
at = folder("pickle-float16", "float16"); torch.save({n: t.half() for n, t in full.items()}, at("pytorch_model.bin"))
at = folder("pickle-bfloat16", "bfloat16"); torch.save({n: t.bfloat16() for n, t in full.items()}, at("pytorch_model.bin"))
at = folder("pickle-strides")
# Every matrix as a view of its transposed storage, every vector as a part of one long storage.
views, long = {}, torch.cat([t.flatten() for t in full.values() if t.dim() == 1])
start = 0
for n, t in full.items():
    if t.dim() == 2:
        views[n] = t.t().contiguous().t()
    elif t.dim() == 1:
        views[n] = long[start:start + len(t)]
        start += len(t)
torch.save(views, at("pytorch_model.bin"))

for like, cast in (("float32", lambda t: t), ("float16", lambda t: t.half()), ("bfloat16", lambda t: t.bfloat16())):
    model = BertModel(config).eval()
    model.load_state_dict({n: cast(t).float() for n, t in bare.items()})
    expected[like] = vectors(model)
os.remove(os.path.join(root, "vocab.txt")); os.remove(os.path.join(root, "tokenizer.json"))
json.dump(expected, open(os.path.join(root, "expected.json"), "w"))
