import pandas as pd
import pytest

from voxplain.errors import InputError
from voxplain.settings.grids import candidates
from voxplain.training.history import history_table
from voxplain.training.one_split import train_split
from voxplain.training.search import chosen_settings, chosen_table, tried_row

SEARCH = {"training.learning_rate": [1e-3, 1e-4], "training.milestones": [[], [3]], "network.width": [2, 4]}


def tried(number, losses, **scores):
    rows = [{"epoch": n + 1, "train_loss": 1.0, "validation_loss": loss} for n, loss in enumerate(losses)]
    for name, values in scores.items():
        for row, value in zip(rows, values, strict=True):
            row[f"validation_{name}"] = value
    return tried_row(number, candidates(SEARCH)[number - 1], history_table(rows))


def test_every_combination_is_a_candidate_in_the_declared_order():
    grid = candidates(SEARCH)
    assert len(grid) == 8
    assert grid[0] == {"training.learning_rate": 1e-3, "training.milestones": [], "network.width": 2}
    assert grid[1] == grid[0] | {"network.width": 4} and grid[2] == grid[0] | {"training.milestones": [3]}
    assert candidates({}) == []


def test_the_candidate_with_the_lowest_validation_loss_at_its_kept_epoch_is_chosen():
    table = chosen_table([tried(2, [0.7, 0.4, 0.9]), tried(1, [0.6, 0.5]), tried(3, [0.8])])
    assert table["candidate"].tolist() == [1, 2, 3] and table["chosen"].tolist() == [0, 1, 0]
    assert table["validation_loss"].tolist() == [0.5, 0.4, 0.8] and table["best_epoch"].tolist() == [2, 2, 1]
    assert table["epochs"].tolist() == [2, 3, 1]


def test_a_named_score_is_maximised_and_of_equal_ones_the_lower_loss_counts():
    rows = [tried(1, [0.5], roc_auc=[0.8]), tried(2, [0.6], roc_auc=[0.9]), tried(3, [0.4], roc_auc=[0.9])]
    assert chosen_table(rows, "roc_auc")["chosen"].tolist() == [0, 0, 1]
    assert chosen_table(rows, "last")["chosen"].tolist() == [0, 0, 1]
    assert chosen_table([tried(1, [0.5]), tried(2, [0.5])])["chosen"].tolist() == [1, 0], "of equal ones the first"


def test_the_choice_is_read_back_with_the_values_that_were_declared(tmp_path):
    rows = [tried(number, [0.1 if number == 3 else 0.5]) for number in range(1, 9)]
    chosen_table(rows).to_csv(tmp_path / "choice.tsv", sep="\t", index=False)
    found = chosen_settings(tmp_path / "choice.tsv", SEARCH)
    assert found == {"training.learning_rate": 1e-3, "training.milestones": [3], "network.width": 2}
    assert chosen_settings(None, {}) == {} and chosen_settings([], {}) == {}


def test_a_choice_of_another_search_is_refused_in_one_line(tmp_path):
    chosen_table([tried(1, [0.5])]).to_csv(tmp_path / "choice.tsv", sep="\t", index=False)
    with pytest.raises(InputError, match="1 candidates, but the search has 8; choose again"):
        chosen_settings(tmp_path / "choice.tsv", SEARCH)


def test_a_search_without_validation_scans_is_refused_and_a_split_that_holds_out_nobody_has_no_choice(tmp_path):
    with pytest.raises(InputError, match="no candidate has a validation loss; a search needs validation scans"):
        chosen_table([tried(1, [float("nan")])])
    empty = [tried_row(number, one, history_table([])) for number, one in enumerate(candidates(SEARCH), 1)]
    chosen_table(empty).to_csv(tmp_path / "choice.tsv", sep="\t", index=False)
    assert chosen_settings(tmp_path / "choice.tsv", SEARCH) == {}


def test_held_out_scans_have_no_say_in_the_choice_and_the_network_is_trained_with_it(make_volumes, tmp_path):
    volumes, labels = make_volumes(24, strength=2.0)
    role = ["train"] * 12 + ["validation"] * 6 + ["test"] * 6
    table = pd.DataFrame({"scan": volumes.scans, "subject": volumes.scans, "label": labels, "split": "r1f1"})
    folds, flipped = tmp_path / "folds.tsv", tmp_path / "flipped.tsv"
    table.assign(role=role).to_csv(folds, sep="\t", index=False)
    wrong = [1 - label if one == "test" else label for label, one in zip(labels, role, strict=True)]
    table.assign(role=role, label=wrong).to_csv(flipped, sep="\t", index=False)
    training = {"epochs": 2, "batch": 4, "optimiser": "adam", "learning_rate": 1e-3, "threads": 1}
    experiment = {"input": "made", "mask": "none", "network": {"name": "mrinet", "width": 2}, "training": training}
    experiment |= {"augmentation": {}, "device": "cpu"}
    search = {"training.learning_rate": [1e-9, 1e-2], "network.width": [2, 3]}

    def trained(path, chosen):
        return train_split(
            volumes.path, path, "r1f1", 1, name="a", experiment=experiment, classes=["F", "M"], chosen=chosen
        )

    found = []
    for path in (folds, flipped):
        rows = [tried_row(n, one, trained(path, one).rows) for n, one in enumerate(candidates(search), 1)]
        chosen_table(rows).to_csv(tmp_path / "choice.tsv", sep="\t", index=False)
        found.append((tmp_path / "choice.tsv").read_text())
    assert found[0] == found[1]
    choice = chosen_settings(tmp_path / "choice.tsv", search)
    assert choice["training.learning_rate"] == 1e-2, "a rate of nothing learns nothing"
    card = trained(folds, choice).card
    assert card["network"]["width"] == choice["network.width"] and card["training"]["learning_rate"] == 1e-2
