"""own_probabilities.py FILE.csv TEXT_COLUMN LABEL_COLUMN: flags from a model of your own.

Ingests the file, asks the service for the samples in its own order, lets scikit-learn predict each
row out of sample, imports the matrix, and prints the ten worst labels. Needs numpy, scikit-learn.
"""
import io
import json
import os
import sys
import time
import urllib.request

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

URL = os.environ.get("WINNOW_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("WINNOW_API_KEY")


def call(path, body=None, data=None):
    """The answer's JSON. `body` is sent as JSON, `data` as it is."""
    headers = {"authorization": f"Bearer {KEY}"} if KEY else {}
    if body is not None:
        data = json.dumps(body).encode()
        headers["content-type"] = "application/json"
    elif data is not None:
        headers["content-type"] = "application/octet-stream"
    request = urllib.request.Request(URL + path, data=data, headers=headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


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


file, text_column, label_column = sys.argv[1:4]
with open(file, "rb") as stream:
    upload = call("/v1/uploads", data=stream.read())
ingest = succeeded(call("/v1/jobs/dataset-ingest", {
    "name": "own probabilities",
    "source": {"type": "upload", "uploadId": upload["id"]},
    "format": {"type": "csv", "textColumn": text_column, "labelColumn": label_column},
}))
dataset = ingest["datasetId"]

# The service's rows, in its order. scikit-learn sorts its classes; `classes` says so.
samples = list(pages(f"/v1/datasets/{dataset}/samples"))
texts = [sample["text"] for sample in samples]
labels = [sample["label"] for sample in samples]

model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(max_iter=300))
probabilities = cross_val_predict(model, texts, labels, cv=5, method="predict_proba")

npy = io.BytesIO()
np.save(npy, probabilities.astype(np.float32))
imported = succeeded(call("/v1/jobs/probability-import", {
    "datasetId": dataset,
    "probabilitiesUploadId": call("/v1/uploads", data=npy.getvalue())["id"],
    "classes": sorted(set(labels)),
    "pruning": {},
}))
succeeded(call(f"/v1/jobs/{imported['result']['pruningJobId']}"))
pruning = imported["result"]["pruningId"]
print(f"{call(f'/v1/prunings/{pruning}')['flagged']} labels flagged; the worst:")
for flag in call(f"/v1/prunings/{pruning}/flags?limit=10")["data"]:
    print(f"  {flag['given']} -> {flag['suggested']}  {flag['text']}")
