from voxplain.sanity.choice import checked, chosen_scans


def test_correct_scans_come_first_and_classes_in_turn():
    labels = [0, 0, 0, 1, 1, 1]
    predicted = [0, 0, 1, 0, 1, 1]
    assert chosen_scans(labels, predicted, 4) == [0, 4, 1, 5]
    assert chosen_scans(labels, predicted, 2) == [0, 4]


def test_where_too_few_are_correct_others_fill_the_number():
    assert chosen_scans([0, 0, 1], [1, 0, 0], 3) == [1, 0, 2]
    assert chosen_scans([0, 1], [1, 0], 9) == [0, 1]
    assert chosen_scans([], [], 3) == []


def test_a_method_may_be_checked_on_fewer_scans():
    sanity = {"scans_per_split": 3, "draws": 2, "methods": {"occlusion": {"scans_per_split": 1}}}
    assert checked(sanity, {"name": "occlusion"})["scans_per_split"] == 1
    assert checked(sanity, {"name": "occlusion"})["draws"] == 2
    assert checked(sanity, {"name": "gradient"})["scans_per_split"] == 3
    assert checked({"draws": 2}, {"name": "gradient"}) == {"draws": 2}
