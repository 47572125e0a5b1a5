"""own_probabilities.py FILE.csv TEXT_COLUMN LABEL_COLUMN: flags from a model of your own.

Ingests the file, asks the service for the samples in its own order, predicts each row out of sample
with a naive Bayes of a few lines in place of your model, imports the matrix, and prints the ten worst
labels. Needs requests and numpy.
"""
import io
import os
import sys

import numpy as np
import requests

URL = os.environ.get("WINNOW_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("WINNOW_API_KEY")

service = requests.Session()
if KEY:
    service.headers["authorization"] = f"Bearer {KEY}"


def call(path, **request):
    """The answer's JSON, of a POST where the request has a body; an error ends the program."""
    response = service.request("POST" if request else "GET", URL + path, timeout=90, **request)
    if not response.ok:
        sys.exit(f"{path}: {response.status_code} {response.text}")
    return response.json()


def upload(data):
    headers = {"content-type": "application/octet-stream"}
    return call("/v1/uploads", data=data, headers=headers)["id"]


def succeeded(job):
    while job["state"] not in ("succeeded", "failed", "cancelled"):
        job = call(f"/v1/jobs/{job['id']}?wait=30")
    if job["state"] != "succeeded":
        sys.exit(f"{job['kind']} {job['state']}: {job['error']}")
    return job


def pages(path):
    """Every item of a list, page by page."""
    cursor = ""
    while True:
        page = call(f"{path}?limit=1000{cursor}")
        yield from page["data"]
        if not page["hasMore"]:
            return
        cursor = f"&cursor={page['nextCursor']}"


def out_of_sample(texts, labels, folds=5):
    """(rows, classes): each row's probabilities, by a model that has not seen the row."""
    words = {word: n for n, word in enumerate(sorted({w for text in texts for w in text.split()}))}
    counts = np.zeros((len(texts), len(words)))
    for row, text in enumerate(texts):
        for word in text.split():
            counts[row, words[word]] += 1
    classes = sorted(set(labels))
    is_of = np.array([[label == name for name in classes] for label in labels], dtype=float)
    probabilities = np.zeros(is_of.shape)
    for fold in range(folds):
        held_out = np.arange(len(texts)) % folds == fold
        seen = is_of[~held_out].T @ counts[~held_out] + 1  # (classes, words)
        prior = np.log(is_of[~held_out].sum(axis=0) + 1)
        scores = counts[held_out] @ np.log(seen / seen.sum(axis=1, keepdims=True)).T + prior
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities[held_out] = scores / scores.sum(axis=1, keepdims=True)
    return probabilities


file, text_column, label_column = sys.argv[1:4]
with open(file, "rb") as stream:
    upload_id = upload(stream)
ingest = succeeded(call("/v1/jobs/dataset-ingest", json={
    "name": "own probabilities",
    "source": {"type": "upload", "uploadId": upload_id},
    "format": {"type": "csv", "textColumn": text_column, "labelColumn": label_column},
}))
dataset = ingest["datasetId"]

# The service's rows, in its order. `classes` names the columns of the matrix.
samples = list(pages(f"/v1/datasets/{dataset}/samples"))
labels = [sample["label"] for sample in samples]
probabilities = out_of_sample([sample["text"] for sample in samples], labels)

npy = io.BytesIO()
np.save(npy, probabilities.astype(np.float32))
imported = succeeded(call("/v1/jobs/probability-import", json={
    "datasetId": dataset,
    "probabilitiesUploadId": upload(npy.getvalue()),
    "classes": sorted(set(labels)),
    "pruning": {},
}))
succeeded(call(f"/v1/jobs/{imported['result']['pruningJobId']}"))
pruning = imported["result"]["pruningId"]
print(f"{call(f'/v1/prunings/{pruning}')['flagged']} labels flagged; the worst:")
for flag in call(f"/v1/prunings/{pruning}/flags?limit=10")["data"]:
    print(f"  {flag['given']} -> {flag['suggested']}  {flag['text']}")
