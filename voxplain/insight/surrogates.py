"""Simple models that answer like a network: a sparse line, a sparse logistic regression, a shallow tree.

They learn the network's answers and not the labels, from features that have names: means of regions, measures of
morphometry, columns of a table. How far to believe them is their fidelity to the network on scans that neither was
fitted on, see voxplain.insight.fidelity. Craven and Shavlik 1996; Molnar, Interpretable Machine Learning, 2022.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor, export_text

from voxplain.errors import InputError, SettingsError
from voxplain.insight.simplest import inner_folds, simplest
from voxplain.insight.sparse import sparse_line, sparse_logistic
from voxplain.networks.options import check_choice, whole_number

KINDS = ("linear", "logistic", "tree")
RULES = ("one_se", "best")
LEAST_IN_LEAF = 3


@dataclass(frozen=True)
class Surrogate:
    """A fitted simple model of ``kind``; ``told(features)`` gives its answers (n, outputs) to rows of a table.

    ``terms`` has the columns output, feature and weight. Of a line and a logistic regression: what an answer changes by
    when the feature rises by a standard deviation of the training scans, the largest first, and ``intercept``, the
    answer to a mean scan; features that are not there have weight 0. Of a tree: the share of the answers' spread that
    its splits on the feature take away. ``text`` is the tree in words, else empty. ``chosen`` says what was chosen
    inside: the number of features, the penalty or the depth.
    """

    kind: str
    prepared: object
    model: object
    terms: pd.DataFrame
    text: str
    chosen: dict

    def told(self, features):
        """Values (n, outputs) float64 of its answers to rows of ``features``, the columns that it was fitted on.

        Raises InputError where one is missing.
        """
        columns = list(self.prepared[0].feature_names_in_)
        missing = [column for column in columns if column not in features]
        if missing:
            raise InputError(f'surrogates: no feature "{missing[0]}", which it was fitted on; give the same columns')
        found = np.asarray(self.model.predict(self.prepared.transform(features[columns].astype(float))), float)
        return found.reshape(len(features), -1)


def fit_surrogate(kind, features, answers, groups, *, seed=1, rule="one_se", max_depth=3):
    """The `Surrogate` of ``kind`` (linear, logistic, tree) that best foretells the `Answers` of a network.

    features: a data frame of numbers, a row a training scan; a missing one is the median of the others, columns that
    do not vary go, each is z-scored. groups: (n,) what is never divided, the subjects. How sparse or how deep it is,
    up to ``max_depth``, is chosen inside, by groups that are left out in turn; ``rule`` ``one_se`` takes the simplest
    that is about as good as the best, ``best`` the best, see `simplest`.

    A line has the features that a lasso finds, with weights of least squares (Meinshausen 2007), for each output its
    own. The logistic regression, of classes only, learns the network's probabilities and not its predicted classes.
    Raises SettingsError for an unknown kind and for a logistic regression of amounts, InputError for features that are
    no numbers, that all are constant, or of other scans.
    """
    check_choice("surrogate", kind, KINDS)
    check_choice("rule", rule, RULES)
    if kind == "logistic" and answers.amounts:
        raise SettingsError("surrogate logistic: the network answers with an amount, not classes; use linear or tree")
    prepared, inputs, names = _prepared(features, len(answers))
    folds = inner_folds(groups, seed)
    if kind == "linear":
        model, chosen = sparse_line(inputs, answers.values, folds, rule)
    elif kind == "logistic":
        model, chosen = sparse_logistic(inputs, answers.probabilities, folds, rule, seed)
    else:
        model, chosen = _tree(inputs, answers.values, folds, rule, whole_number("max_depth", max_depth), seed)
    if kind == "tree":
        return Surrogate(kind, prepared, model, _shares(model, names), _in_words(model, prepared, names), chosen)
    return Surrogate(kind, prepared, model, _weights(model, names), "", chosen)


def _prepared(features, count):
    if len(features) != count:
        raise InputError(f"surrogates: features of {len(features)} scans, but answers to {count}; give the same scans")
    texts = [column for column in features if not pd.api.types.is_numeric_dtype(features[column])]
    if texts:
        raise InputError(f'surrogates: feature "{texts[0]}" is text; leave it out or give it numbers')
    table = features.astype(float)
    if np.isinf(table.to_numpy()).any():
        column = table.columns[np.isinf(table.to_numpy()).any(axis=0)][0]
        raise InputError(f'surrogates: feature "{column}" has an infinite value; leave it empty or the feature out')
    if table.shape[1] == 0 or not (table.nunique() > 1).any():
        raise InputError("surrogates: no feature varies over the training scans; give others")
    varies = VarianceThreshold()
    pipeline = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), varies, StandardScaler())
    inputs = pipeline.fit_transform(table)
    return pipeline, inputs, [str(one) for one, kept in zip(table, varies.get_support(), strict=True) if kept]


def _tree(inputs, answers, folds, rule, max_depth, seed):
    # depth 0 would be the constant that every surrogate is held beside
    depths = range(1, max_depth + 1)
    losses = np.array([[_tree_loss(inputs, answers, fold, depth, seed) for depth in depths] for fold in folds])
    depth = depths[simplest(losses, rule)]
    model = _grown(inputs, answers, depth, seed)
    return model, {"depth": int(model.get_depth()), "leaves": int(model.get_n_leaves())}


def _tree_loss(inputs, answers, fold, depth, seed):
    fitted, judged = fold
    told = _grown(inputs[fitted], answers[fitted], depth, seed).predict(inputs[judged])
    return ((told.reshape(len(judged), -1) - answers[judged]) ** 2).mean()


def _grown(inputs, answers, depth, seed):
    leaf = min(LEAST_IN_LEAF, max(1, len(inputs) // 4))
    return DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf, random_state=seed).fit(inputs, answers)


def _weights(model, names):
    rows = []
    for output, (weights, start) in enumerate(zip(model.weights, model.start, strict=True)):
        order = np.argsort(-np.abs(weights), kind="stable")
        rows.append((output, "intercept", start))
        rows += [(output, names[place], weights[place]) for place in order if weights[place]]
    return pd.DataFrame(rows, columns=["output", "feature", "weight"])


def _shares(model, names):
    order = np.argsort(-model.feature_importances_, kind="stable")
    rows = [
        (0, names[place], model.feature_importances_[place]) for place in order if model.feature_importances_[place]
    ]
    return pd.DataFrame(rows, columns=["output", "feature", "weight"])


def _in_words(model, prepared, names):
    """The tree with its thresholds in the features' own units, which z-scores are turned back into."""
    scale = prepared[-1]
    inner = model.tree_
    own = [f"{feature}" for feature in names]
    text = export_text(model, feature_names=own, decimals=6) if inner.node_count > 1 else ""
    lines = []
    for line in text.splitlines():
        for mark in (" <= ", " >  "):
            if mark in line and "value:" not in line:
                head, _, number = line.rpartition(mark)
                place = own.index(head.split("--- ", 1)[1])
                line = f"{head}{mark}{float(number) * scale.scale_[place] + scale.mean_[place]:.4g}"
        lines.append(line)
    return "\n".join(lines)
