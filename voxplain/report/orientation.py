"""Which side of the head lies on the left of a picture: one answer for every picture of slices in a study."""

from PIL import Image, ImageDraw, ImageFont

ORIENTATIONS = ("neurological", "radiological")
MARK_COLOUR = (255, 255, 255)


def is_radiological(settings):
    """Whether ``report.orientation`` of the settings puts the right side of the head on the left of a picture."""
    return settings.get("report", {}).get("orientation") == "radiological"


def sides(radiological):
    """What stands at the left and at the right of a coronal or axial slice: L and R, or R and L."""
    return ("R", "L") if radiological else ("L", "R")


def turned(plane, radiological):
    """A coronal or axial slice (rows, columns from left to right of the head, ...) as the orientation has it."""
    return plane[:, ::-1] if radiological else plane


def marked(colour, radiological):
    """A slice (rows, columns, 3) of uint8, turned already, with its sides written into the lower corners."""
    image = Image.fromarray(colour)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default_imagefont()
    below = image.height - 12
    for place, side in zip((2, image.width - 8), sides(radiological), strict=True):
        pen.text((place, below), side, fill=MARK_COLOUR, font=font)
    return image
