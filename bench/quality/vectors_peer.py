"""What a user would pick in Python with vectors at hand: logistic regression on them, and cleanlab; the
peer of bench/quality.ts.

Reads {"given", "folds", "classes", "wrong", "vectors"} from the first argument, "vectors" an npy
whose first rows they are, and writes {"flagged", "ap", "seconds"} to the second: "ap" is the average
precision of all rows by cleanlab's ranking.
"""
import json
import sys
import time

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

with open(sys.argv[1], encoding="utf-8") as file:
    data = json.load(file)
given, folds = np.array(data["given"]), np.array(data["folds"])
vectors = np.load(data["vectors"])[: len(given)].astype(np.float32)
started = time.perf_counter()
probs = np.zeros((len(given), data["classes"]))
for fold in np.unique(folds):
    test = folds == fold
    model = LogisticRegression(max_iter=1000).fit(vectors[~test], given[~test])
    probs[np.ix_(test, model.classes_)] = model.predict_proba(vectors[test])
issues = find_label_issues(given, probs, return_indices_ranked_by="normalized_margin")
seconds = time.perf_counter() - started
scores = get_label_quality_scores(given, probs, method="normalized_margin")
ap = average_precision_score(data["wrong"], -scores)
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"flagged": issues.tolist(), "ap": ap, "seconds": seconds}, file)
