"""Which row of the table speaks of which image: by the image's id where both have one, else by subject and visit."""

from collections import defaultdict

from voxplain.cohort.images import session_name, subject_name


class Rows:
    """Rows of a StudyTable, to be asked for by image; it remembers which nobody asked for."""

    def __init__(self, rows):
        self.rows = rows
        self.taken = set()
        self.by_image, self.by_visit, self.by_subject = defaultdict(list), defaultdict(list), defaultdict(list)
        for place, row in enumerate(rows):
            if row.image_id:
                self.by_image[row.image_id].append(place)
            self.by_visit[_visit(row.subject, row.session)].append(place)
            self.by_subject[subject_name(row.subject)].append(place)

    def of(self, image):
        """The row of ``image`` and ``""``, or None and why there is none that is clear."""
        if image.image_id and self.by_image:
            places = self.by_image.get(image.image_id, [])
            missing = f"no row with the image {image.image_id} in the table"
        else:
            places = self.by_visit.get(_visit(image.source_id, image.session), [])
            places = places or self._of_subject(image)
            missing = "no row in the table"
        self.taken.update(places)
        if not places:
            return None, missing
        row = self.rows[places[0]]
        if row.problem:
            return None, row.problem
        if len(places) > 1:
            return None, f"named {len(places)} times in the table; keep one row"
        if subject_name(row.subject) != subject_name(image.source_id):
            told = f"the table gives this image to {row.subject}, its path to {image.source_id}"
            return None, f"{told}; correct the table"
        return row, ""

    def unused(self):
        """Rows that no image asked for, each once, in their order."""
        return [row for place, row in enumerate(self.rows) if place not in self.taken]

    def _of_subject(self, image):
        # A table without visits speaks of every visit of its subjects, an image without one of the only visit.
        places = self.by_subject.get(subject_name(image.source_id), [])
        if image.session:
            places = [place for place in places if not self.rows[place].session]
        return places


def _visit(subject, session):
    return subject_name(subject), session_name(session)
