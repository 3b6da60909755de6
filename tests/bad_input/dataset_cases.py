"""What can be wrong with a BIDS dataset or a table of files, and what is read about it."""

from tests.bad_input.cohorts import Bids, Plain
from tests.bad_input.damages import each, file, link, lost, table
from tests.bad_input.heads import head_file
from tests.bad_input.outcomes import Left, Stops, Used
from voxplain.errors import InputError, SettingsError


def lost_images(cohort):
    for one in cohort.ids:
        cohort.image(one).unlink()


DATASETS = {
    "BIDS: nothing is wrong": (Bids, each(), Used()),
    "BIDS: no description": (
        Bids,
        lost("dataset_description.json"),
        Stops(InputError, "{folder}: no dataset_description.json in it; set cohort.archives to the BIDS dataset"),
    ),
    "BIDS: a description that is no JSON": (
        Bids,
        file("dataset_description.json", "Name: made"),
        Stops(
            InputError,
            "{folder}/dataset_description.json: no JSON (Expecting value: line 1 column 1 (char 0)); write it "
            "as BIDS asks",
        ),
    ),
    "BIDS: no T1w at all": (
        Bids,
        lost_images,
        Stops(
            InputError,
            "{folder}: no T1w image in its sub-* folders; found: no image at all; give another dataset",
        ),
    ),
    "BIDS: no T1w of a participant": (
        Bids,
        lost("sub-03/anat/sub-03_T1w.nii.gz"),
        Left("archive", "no file of 03 in {folder}"),
    ),
    "BIDS: a participant missing in the table": (
        Bids,
        table("sub-03\tM\t30\n", ""),
        Left("table", "no row in the table"),
    ),
    "BIDS: a participant twice": (
        Bids,
        table("sub-03\tM\t30\n", "sub-03\tM\t30\nsub-03\tF\t30\n"),
        Left("table", "named 2 times in the table; keep one row"),
    ),
    "BIDS: a row cut short": (
        Bids,
        table("sub-03\tM\t30\n", "sub-03\tM\n"),
        Left("table", "line 4 of the table: 2 fields, but 3 columns; its end may have been cut off"),
    ),
    "BIDS: no table of participants": (
        Bids,
        lost("participants.tsv"),
        Stops(InputError, "{folder}: no participants.tsv; put the dataset's table of participants there"),
    ),
    "BIDS: a dangling link": (
        Bids,
        link("sub-03/anat/sub-03_T1w.nii.gz", "../../.git/annex/objects/Xk/9M/MD5E-s9--d41d8.nii.gz"),
        Left("archive", "no file {folder}/sub-03/anat/sub-03_T1w.nii.gz (a link to nothing; fetch its content)"),
    ),
    "BIDS: two runs": (
        Bids,
        file("sub-03/anat/sub-03_run-2_T1w.nii.gz", head_file("03")),
        Used(),
        Left("selection", "a repeat of its visit; sub-03/anat/sub-03_T1w.nii.gz is used (cohort.repeats: first)"),
    ),
    "BIDS: a name that is not BIDS": (
        Bids,
        file("sub-03/anat/sub-03_T1w_old.nii.gz", head_file("03")),
        Used(),
        Left("archive", "sub-03/anat/sub-03_T1w_old.nii.gz: not a name of BIDS; rename it or list it in .bidsignore"),
    ),
    "a table of files: 007": (Plain, table("c3,", "007,"), Used(spelled="007")),
    "a table of files: 011_S_0003": (Plain, table("c3,", "011_S_0003,"), Used(spelled="011_S_0003")),
    "a table of files: 1e5": (Plain, table("c3,", "1e5,"), Used(spelled="1e5")),
    "a table of files: no such file": (
        Plain,
        lost("c3.nii.gz"),
        Left("archive", "no file {folder}/c3.nii.gz; check the path"),
    ),
    "a table of files: a link to nothing": (
        Plain,
        link("c3.nii.gz"),
        Left("archive", "no file {folder}/c3.nii.gz (a link to nothing; fetch its content)"),
    ),
    "a table of files: a folder": (
        Plain,
        table("c3.nii.gz", "."),
        Left("archive", "{folder} is a folder; give the file in it"),
    ),
    "a table of files: a path with ..": (
        Plain,
        table("c3.nii.gz", "../files/c3.nii.gz"),
        Left("table", "its path '../files/c3.nii.gz' leaves the folder by ..; write the whole path"),
    ),
    "a table of files: no path": (Plain, table("c3.nii.gz", ""), Left("table", "no path in its row of the table")),
    "a table of files: one file twice": (
        Plain,
        table("c3,", "c3,c3.nii.gz,F\nc3b,"),
        Left("table", "named 2 times in the table; keep one row"),
        Left("table", "named 2 times in the table; keep one row"),
    ),
    "a table of files: two ids of one name": (
        Plain,
        each(table("c3,", "c3,c3.nii.gz,M\nc-3,"), table("c-3,c3", "c-3,c4"), file("c4.nii.gz", head_file("c3"))),
        Left("selection", "c-3, c3 would all be sub-c3; rename one"),
        Left("selection", "c-3, c3 would all be sub-c3; rename one"),
    ),
    "a table of files: an empty file": (
        Plain,
        file("c3.nii.gz"),
        Left("extract", "files: c3.nii.gz: empty (0 bytes); put the file back as it was"),
    ),
    "a table of files: no column of paths": (
        Plain,
        table("path", "file"),
        Stops(
            SettingsError, 'cohort.columns.path is "path", no column of {table}; nearest of its 3: subject, file, sex'
        ),
    ),
}
