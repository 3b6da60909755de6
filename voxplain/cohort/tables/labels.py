"""What a cell of the study's table is as a label: a class by its number, or a number to regress on, or why neither."""

from voxplain.cohort.tables.label_kinds import Classes, Diagnoses, Ranges, Regression, Thresholds
from voxplain.cohort.wording import nearest, shown
from voxplain.errors import SettingsError

KINDS = {"classes": Classes, "ranges": Ranges, "thresholds": Thresholds, "regression": Regression}
MISSING = {"", "na", "n/a", "nan", "null", "none", "#n/a"}


class Label:
    """A column and what its cells mean, by one of four settings: classes, ranges, thresholds or regression.

    ``classes`` gives each text a class, and ``ranges`` each range of numbers (``22-25``, ``36+``, both ends inside; a
    cell with the range's own text is in it too). Of ``thresholds``, a number's class is how many it reaches. With
    ``regression`` the number itself is the label. ``vocabulary: adni`` lets classes and cells meet by what they mean,
    so that ``Dementia`` meets ``AD``. Raises SettingsError for settings that leave a cell's class open.

    ``kind`` is the one of the four, ``column`` the column, ``names`` what each class is called: none for a regression.
    """

    def __init__(self, name, settings):
        self.name, setting = name, f"cohort.labels.{name}"
        if not isinstance(settings, dict) or settings.get("column") in (None, ""):
            raise SettingsError(f"{setting}: no column; name the table's column that holds it")
        for key in settings:
            if key not in ("column", "vocabulary", *KINDS):
                near = nearest(key, [*KINDS, "column", "vocabulary"], 1)
                raise SettingsError(f'{setting}: unknown setting "{shown(key)}"; did you mean "{near}"')
        # Not by truth: empty classes are a slip to be told, while `regression: false` says nothing.
        given = [kind for kind in KINDS if settings.get(kind) is not None and settings[kind] is not False]
        if len(given) != 1:
            raise SettingsError(f"{setting}: {' and '.join(given) or 'nothing'} given; give one of {', '.join(KINDS)}")
        self.column, self.kind = str(settings["column"]), given[0]
        vocabulary = settings.get("vocabulary")
        if vocabulary not in (None, "adni") or (vocabulary and self.kind != "classes"):
            raise SettingsError(f"{setting}: vocabulary is adni, beside classes, or null")
        self._meaning = (Diagnoses if vocabulary else KINDS[self.kind])(settings[self.kind], setting)
        self.names = list(self._meaning.names)

    def value(self, text):
        """``(class or number, None)`` for the cell ``text``, or ``(None, reason)`` where it has none."""
        text = str(text).strip()
        found = self._meaning.of(text)
        if found is not None:
            return found, None
        if text.lower() in MISSING:
            return None, f"no {self.column} in the table"
        return None, f"{self.column} is {shown(text, 40)!r}, {self._meaning.why_not(text)}"
