# The peer: gradient boosting on the same features and folds. Reads a JSON object from standard input and
# writes one to standard output. One of four usual settings is taken, by its log-loss on groups held back
# from the training part of every fold.
import json
import sys
import time

import lightgbm
import numpy as np

SETTINGS = [
    dict(rounds=100, learning_rate=0.1, num_leaves=31),
    dict(rounds=200, learning_rate=0.05, num_leaves=15),
    dict(rounds=200, learning_rate=0.03, num_leaves=15, bagging_fraction=0.8, bagging_freq=1, feature_fraction=0.8),
    dict(rounds=300, learning_rate=0.02, num_leaves=7, bagging_fraction=0.8, bagging_freq=1, feature_fraction=0.8),
]

data = json.load(sys.stdin)
features = np.array([[np.nan if value is None else value for value in column] for column in data["columns"]]).T
target, fold, group = (np.array(data[name]) for name in ("target", "fold", "group"))
nominal = data["nominal"]
weight = np.array(data["weight"] or np.ones(len(target)))


def fit(rows, setting):
    parameters = {name: value for name, value in setting.items() if name != "rounds"}
    parameters |= dict(objective="binary", verbose=-1, seed=1, deterministic=True)
    part = lightgbm.Dataset(features[rows], target[rows], weight=weight[rows], categorical_feature=nominal)
    return lightgbm.train(parameters, part, setting["rounds"])


def loss(truth, chance, weight):
    chance = np.clip(chance, 1e-12, 1 - 1e-12)
    return -np.average(np.where(truth > 0.5, np.log(chance), np.log(1 - chance)), weights=weight)


tested = sorted(set(fold[fold >= 0].tolist()))
held = np.random.RandomState(1).permutation(group.max() + 1)[group] % 5 == 0
losses = np.zeros(len(SETTINGS))
for number in tested:
    inner, outer = (fold != number) & ~held, (fold != number) & held
    for place, setting in enumerate(SETTINGS):
        losses[place] += loss(target[outer], fit(inner, setting).predict(features[outer]), weight[outer])
setting = SETTINGS[int(np.argmin(losses))]
chances, training, scoring = np.full(len(target), np.nan), 0.0, []
for number in tested:
    began = time.perf_counter()
    model = fit(fold != number, setting)
    training += time.perf_counter() - began
    chances[fold == number] = model.predict(features[fold == number])
    for row in np.flatnonzero(fold == number)[:200]:
        one = features[row : row + 1]
        began = time.perf_counter()
        model.predict(one, num_threads=1)
        scoring.append(time.perf_counter() - began)
json.dump(
    dict(
        version=lightgbm.__version__,
        parameters=", ".join(f"{name} {value}" for name, value in setting.items()),
        chances=[None if np.isnan(chance) else chance for chance in chances.tolist()],
        train_seconds=training / len(tested),
        score_ns=float(np.median(scoring)) * 1e9,
        model_bytes=len(model.model_to_string()),
    ),
    sys.stdout,
)
