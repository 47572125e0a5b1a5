"""From a file to ranked flags in Python: reading, TF-IDF, logistic regression over five folds, and
cleanlab; the peer of bench/audit.ts. Arguments: toutiao or csv, the file, where to write the rows."""
import csv
import sys

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

kind, path, output = sys.argv[1:4]
if kind == "toutiao":
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("_!_") for line in file if line.strip()]
    texts, names = [row[0] for row in rows], [row[1] for row in rows]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
else:
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts, names = [row["text"] for row in rows], [row["label"] for row in rows]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
labels = np.unique(names, return_inverse=True)[1]
model = LogisticRegression(C=4 if kind == "toutiao" else 1, max_iter=200)
folds = StratifiedKFold(5, shuffle=True, random_state=1)
features = vectorizer.fit_transform(texts)
probs = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")
issues = find_label_issues(labels, probs, return_indices_ranked_by="normalized_margin")
np.savetxt(output, issues, fmt="%d")
