"""A support vector machine that says how far a scan lies from the border as a probability of each class."""

import numpy as np
from scipy.special import expit, softmax
from sklearn.svm import SVC


class Margins(SVC):
    """scikit-learn's SVC, whose margins stand for probabilities through a logistic function.

    They rank scans as the margins do, so that areas under curves are the machine's own; they are not calibrated, which
    would need scans that nothing was fitted on. The predicted classes are SVC's.
    """

    def predict_proba(self, X):
        """Of each row the probability of every class ``(n, classes)``: logistic of two classes, of more softmax."""
        margins = self.decision_function(X)
        if margins.ndim > 1:
            return softmax(margins, axis=1)
        return np.column_stack([expit(-margins), expit(margins)])
