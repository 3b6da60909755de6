"""Pages of what the networks said of every held-out scan: a dot a scan, and a table to choose and sort from."""

from voxplain.report.answers import scan_answers, scan_tags
from voxplain.report.blocks import Links, Page, Section, Table
from voxplain.report.plots import Dot, Dots
from voxplain.report.sentences import count, listing, number

OF_CLASSES = (
    "Each dot is a held-out scan and its height the probability that its networks gave to its true class, in rising "
    "order within each class; crosses are scans that they told wrongly.",
    "A click on a dot opens the scan's page, where its maps say what led to the answer.",
)
OF_AMOUNTS = (
    "Each dot is a held-out scan: from left to right what is true, from bottom to top what its networks said.",
    "The twentieth that is farthest off is marked; a click on a dot opens the scan's page.",
)
# Share of scans of an amount that is marked
FARTHEST = 0.05
LOOKS = {"crossed": "told wrongly", "marked": "the twentieth that is farthest off"}


def pages(results, folder):
    """Yield a page for every experiment with held-out predictions."""
    tags = scan_tags(results)
    for experiment in results.experiments:
        answers = scan_answers(results, experiment)
        if answers is not None:
            title = f"Held-out scans of {experiment}"
            of_classes = answers["right"].notna().all()
            plot = (class_dots if of_classes else amount_dots)(results, experiment, answers, tags)
            back = Links("Back", [("Scores of all experiments", "training.html#scores")])
            blocks = [back, answers_table(results, experiment, answers, tags)]
            reading = OF_CLASSES if of_classes else OF_AMOUNTS
            section = Section("predictions", title, reading, plot, blocks, ("dots.js",))
            yield Page(predictions_path(experiment), title, [section], under="training.html")


def predictions_path(experiment):
    """Where the held-out scans of an experiment are shown."""
    return f"predictions-{experiment}.html"


def prediction_links(results, experiment):
    """A block of links to the page of an experiment's held-out scans, in a list; an empty one without predictions."""
    if scan_answers(results, experiment) is None:
        return []
    return [Links("Scans", [(f"Every held-out scan of {experiment}", predictions_path(experiment))])]


def class_dots(results, experiment, answers, tags):
    """The probability of the true class of every scan, class beside class."""
    dots, ticks, said = [], [], []
    for place, label in enumerate(sorted(answers["label"].unique())):
        rows = answers[answers["label"] == label].sort_values("probability", kind="stable")
        name = results.class_name(label, experiment)
        ticks.append((place + 0.5, f"truly {name} ({len(rows)})"))
        said.append(f"{int(rows['right'].sum())} of {len(rows)} of class {name}")
        for rank, row in enumerate(rows.itertuples(), 1):
            words = f"{row.Index}: probability {number(row.probability, 3)} of {name}"
            words += "" if row.right else f", told {results.class_name(row.said, experiment)}"
            look = "plain" if row.right else "crossed"
            about = results.subject_paths.get(row.Index), look, tags.get(row.Index, {})
            dots.append(Dot(place + rank / (len(rows) + 1), row.probability, words, *about))
    label = f"{experiment}: told rightly, by the mean over networks: {listing(said)}."
    axes = "held-out scans, by class", "probability of the true class"
    return Dots(label, *axes, dots, ticks, ends=(0, 1), looks=_looks(dots), caption=label)


def amount_dots(results, experiment, answers, tags):
    """What was said over what is true."""
    off = (answers["said"] - answers["label"]).abs()
    far = off >= off.quantile(1 - FARTHEST)
    dots = [
        Dot(
            *(row.label, row.said, f"{row.Index}: said {number(row.said)}, truly {number(row.label)}"),
            *(results.subject_paths.get(row.Index), "marked" if far[row.Index] else "plain", tags.get(row.Index, {})),
        )
        for row in answers.itertuples()
    ]
    label = f"{experiment}: {count(len(answers), 'scan')}, half of them less than {number(off.median())} off."
    return Dots(label, "true", "said", dots, looks=_looks(dots), caption=label)


def answers_table(results, experiment, answers, tags):
    """Every held-out scan with what was said of it, the least sure of what is true first."""
    of_classes = answers["right"].notna().all()
    chosen = list(
        dict.fromkeys(key for scan in answers.index for key in tags.get(scan, {}) if not key.endswith(" was"))
    )
    columns = ["Scan", *(key.capitalize() for key in chosen if key != "class"), "Truly", "Said"]
    columns += ["Answer", "Probability of the truth"] if of_classes else ["Off by"]
    columns.append("Networks")
    order = answers["probability"] if of_classes else -(answers["said"] - answers["label"]).abs()
    answers, rows = answers.loc[order.sort_values(kind="stable").index], []
    for row in answers.itertuples():
        own = tags.get(row.Index, {})
        if of_classes:
            told = [results.class_name(value, experiment) for value in (row.label, row.said)]
            told += ["right" if row.right else "wrong", number(row.probability, 3)]
        else:
            told = [number(row.label), number(row.said), number(abs(row.said - row.label))]
        rows.append([row.Index, *(own.get(key, "") for key in chosen if key != "class"), *told, int(row.networks)])
    numeric = frozenset(
        {"Probability of the truth", "Off by", "Networks"} | (set() if of_classes else {"Truly", "Said"})
    )
    filters = tuple(one for one in columns[1:] if one not in numeric)
    links = [results.subject_paths.get(scan) for scan in answers.index]
    return Table(f"Every held-out scan of {experiment}", columns, rows, numeric, links, filters)


def _looks(dots):
    return {look: words for look, words in LOOKS.items() if any(dot.look == look for dot in dots)}
