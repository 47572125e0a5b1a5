"""What a user would pick in Python: TF-IDF, logistic regression and cleanlab; the peer of
bench/quality.ts.

Reads {"texts", "given", "folds", "classes", "characters"} from the first argument and writes
{"flagged", "seconds"} to the second; the held-out probabilities, float32 (rows, classes), to the third.
"""
import json
import sys
import time

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

with open(sys.argv[1], encoding="utf-8") as file:
    data = json.load(file)
started = time.perf_counter()
texts = np.array(data["texts"], dtype=object)
given = np.array(data["given"])
folds = np.array(data["folds"])
probs = np.zeros((len(texts), data["classes"]), dtype=np.float32)
for fold in np.unique(folds):
    test = folds == fold
    if data["characters"]:
        vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    else:
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    train = vectorizer.fit_transform(texts[~test])
    model = LogisticRegression(C=4 if data["characters"] else 1, max_iter=200).fit(train, given[~test])
    probs[np.ix_(test, model.classes_)] = model.predict_proba(vectorizer.transform(texts[test]))
issues = find_label_issues(given, probs, return_indices_ranked_by="normalized_margin")
seconds = time.perf_counter() - started
probs.tofile(sys.argv[3])
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"flagged": issues.tolist(), "seconds": seconds}, file)
