"""What can be wrong with a whole file. What is wrong with one picture is a sentence, no error."""

from telerad.errors import Invalid, TooLarge, Unsupported


class NotDicom(Invalid):
    """The bytes are no DICOM data set, or too little of one to be kept as an object."""


class BrokenDataSet(Invalid):
    """The file starts as DICOM; an element in it cannot be read."""


class TruncatedHeader(BrokenDataSet):
    """The file ends inside the header: another copy of it may be whole."""


class BeyondLimit(TooLarge):
    """An element, a depth, a count or an inflated size is above the bound in Limits."""


class IsDicomdir(Unsupported):
    """The file is a DICOMDIR: an index of other files, no object of its own (PS3.10 8)."""
