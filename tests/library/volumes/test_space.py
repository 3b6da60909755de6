from voxplain.volumes.space import space_name


def test_a_space_is_named_in_letters_and_digits():
    assert space_name({"image": "mni152"}) == "mni152"
    assert space_name({"image": "/data/tpl-MNI152_T1w.nii.gz"}) == "tplMNI152T1w"
