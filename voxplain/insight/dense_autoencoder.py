"""A small dense autoencoder of tables: five numbers for each row, from which its columns can be rebuilt.

Layers of 20, 10, 5, 10 and 20 units, as Zainulina, Kiseleva, Brazhnikov, Akhmedov, Skoltech 2020 used on morphometry.
"""

from itertools import pairwise

import numpy as np
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

WIDTHS = (20, 10, 5)


class DenseAutoencoder(TransformerMixin, BaseEstimator):
    """Codes (n, widths[-1]) of the rows of a table, by an encoder whose mirror rebuilds the rows from them.

    Give it standardised columns without missing values: the squared error counts all alike. It is trained on all rows
    at a time by Adam; the code and the last layer are linear, the others ELU, of which none can die as a ReLU of so few
    units may. The same seed gives the same codes.
    """

    def __init__(self, widths=WIDTHS, epochs=400, learning_rate=0.01, weight_decay=1e-4, seed=1):
        self.widths = widths
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.seed = seed

    def fit(self, X, y=None):
        """Train on the rows of ``X`` (n, columns); torch's random state and threads come back as they were."""
        rows = torch.from_numpy(validate_data(self, X, dtype=np.float32))
        threads = torch.get_num_threads()
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(self.seed)
            torch.set_num_threads(1)
            try:
                self.encoder_ = _dense((rows.shape[1], *self.widths))
                self.decoder_ = _dense((*reversed(self.widths), rows.shape[1]))
                self._train(rows)
            finally:
                torch.set_num_threads(threads)
        return self

    def _train(self, rows):
        whole = nn.Sequential(self.encoder_, self.decoder_)
        steps = torch.optim.Adam(whole.parameters(), self.learning_rate, weight_decay=self.weight_decay)
        slower = torch.optim.lr_scheduler.CosineAnnealingLR(steps, self.epochs)
        self.history_ = []
        for _ in range(self.epochs):
            steps.zero_grad()
            loss = nn.functional.mse_loss(whole(rows), rows)
            loss.backward()
            steps.step()
            slower.step()
            self.history_.append(loss.item())

    @torch.no_grad()
    def transform(self, X):
        """Codes of the rows of ``X``."""
        check_is_fitted(self)
        return self.encoder_(torch.from_numpy(validate_data(self, X, dtype=np.float32, reset=False))).double().numpy()

    @torch.no_grad()
    def inverse_transform(self, codes):
        """Rows rebuilt from ``codes``."""
        check_is_fitted(self)
        return self.decoder_(torch.from_numpy(np.asarray(codes, np.float32))).double().numpy()


def _dense(widths):
    layers = [layer for given, left in pairwise(widths) for layer in (nn.Linear(given, left), nn.ELU())]
    return nn.Sequential(*layers[:-1])
