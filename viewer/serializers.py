"""The shapes of the API's JSON, for its description and for the checking of what comes in.

Answers are built in :mod:`viewer.manifest`; these classes describe them in ``/api/schema/``.
"""

from typing import Any

from rest_framework import serializers


class Shape(serializers.Serializer[Any]):
    """A JSON object."""


class Problem(Shape):
    """Why a request was not done."""

    code = serializers.CharField(help_text="For programs: not-found, forbidden, invalid, ...")
    detail = serializers.CharField(help_text="For people.")


class PersonName(Shape):
    """A Person Name's three component groups (PS3.5 6.2.1), readable; absent ones are empty."""

    alphabetic = serializers.CharField(allow_blank=True)
    ideographic = serializers.CharField(allow_blank=True)
    phonetic = serializers.CharField(allow_blank=True)


class PatientIdentity(Shape):
    """Whose pictures these are."""

    name = PersonName()
    id = serializers.CharField(allow_blank=True, help_text="(0010,0020)")
    issuer = serializers.CharField(allow_blank=True, help_text="(0010,0021)")
    birthDate = serializers.CharField(allow_blank=True, help_text="ISO 8601 date, or empty")  # noqa: N815
    sex = serializers.CharField(allow_blank=True)


class StudyAttributes(Shape):
    """A study; ISO 8601 date and time, or empty texts."""

    id = serializers.UUIDField()
    date = serializers.CharField(allow_blank=True)
    time = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    accession = serializers.CharField(allow_blank=True)


class SeriesAttributes(Shape):
    """A series."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(allow_null=True)
    modality = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    bodyPart = serializers.CharField(allow_blank=True)  # noqa: N815
    laterality = serializers.CharField(allow_blank=True)


class FrameAddress(Shape):
    """A frame of an instance; frames count from 1."""

    instance = serializers.UUIDField()
    frame = serializers.IntegerField(min_value=1)


class StackSummary(Shape):
    """A stack as the series panel shows it."""

    id = serializers.UUIDField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    frameCount = serializers.IntegerField()  # noqa: N815
    position = serializers.IntegerField()
    warnings = serializers.IntegerField(help_text="How many warnings the stack has.")
    thumbnail = FrameAddress()


class StoredOnly(Shape):
    """An instance that is stored and cannot be displayed."""

    instance = serializers.UUIDField()
    reason = serializers.CharField()
    file = serializers.CharField(allow_null=True, help_text="Where to download it, if you may.")


class SeriesOfCase(SeriesAttributes):
    """A series with what can be looked at and what cannot."""

    stacks = StackSummary(many=True)
    others = StoredOnly(many=True)


class StudyOfCase(StudyAttributes):
    """A study with its series."""

    series = SeriesOfCase(many=True)


class PixelTicket(Shape):
    """Leave to fetch pictures of one case: the header ``Authorization: Ticket TOKEN``."""

    token = serializers.CharField()
    expiresAt = serializers.FloatField(help_text="Seconds since 1970.")  # noqa: N815
    renewAfterSeconds = serializers.IntegerField()  # noqa: N815


class CaseDetail(Shape):
    """Everything of a case that a viewer starts from."""

    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    question = serializers.CharField(allow_blank=True)
    patient = PatientIdentity()
    rights = serializers.ListField(child=serializers.CharField())
    studies = StudyOfCase(many=True)
    ticket = PixelTicket()


class CaseSummary(Shape):
    """A case as a worklist shows it."""

    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    patient = PatientIdentity()
    studies = serializers.IntegerField()
    images = serializers.IntegerField(help_text="Frames that can be displayed.")
    modalities = serializers.ListField(child=serializers.CharField())
    studyDates = serializers.ListField(child=serializers.DateField())  # noqa: N815
    updatedAt = serializers.DateTimeField()  # noqa: N815
    thumbnail = serializers.CharField(help_text="Address of a picture; 404 while there is none.")


class CasePage(Shape):
    """One page of cases, the one that changed last first."""

    results = CaseSummary(many=True)
    next = serializers.CharField(allow_null=True, help_text="The next page's address, or null.")


class StackFrame(Shape):
    """A frame of a stack; ``header`` and ``orientation`` are places in the stack's lists."""

    instance = serializers.UUIDField()
    frame = serializers.IntegerField(min_value=1)
    header = serializers.IntegerField()
    position = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="(0020,0032), mm"
    )
    slice = serializers.FloatField(allow_null=True, help_text="mm along the normal")
    orientation = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(required=False, help_text="What is wrong with this frame.")


class Cine(Shape):
    """How the file wants to be played."""

    frameTimeMs = serializers.FloatField(allow_null=True)  # noqa: N815
    frameTimesMs = serializers.ListField(child=serializers.FloatField(), allow_null=True)  # noqa: N815
    rate = serializers.FloatField(allow_null=True)
    autoplay = serializers.BooleanField()
    sweep = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``source``, which every serializer field has as an attribute already."""
        return {**super().get_fields(), "source": serializers.CharField(allow_blank=True)}


class Lossy(Shape):
    """Lossy compression that the pictures went through (0028,2110)."""

    ratio = serializers.FloatField(allow_null=True)
    method = serializers.CharField(allow_null=True)
    partly = serializers.BooleanField(help_text="Some images of the stack went through none.")


class StackWarning(Shape):
    """Something about the geometry that a reader has to know."""

    code = serializers.CharField()
    text = serializers.CharField()


class Trust(Shape):
    """What the trust strip says."""

    lossy = Lossy(allow_null=True)
    burnedIn = serializers.BooleanField()  # noqa: N815
    received = serializers.IntegerField()
    expected = serializers.IntegerField(allow_null=True)
    warnings = StackWarning(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class StackDetail(Shape):
    """Everything that is needed to show a stack."""

    id = serializers.UUIDField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    revision = serializers.CharField(help_text="Changes with the order of the frames.")
    frameCount = serializers.IntegerField()  # noqa: N815
    study = StudyAttributes()
    series = SeriesAttributes()
    patient = PatientIdentity()
    headers = serializers.ListField(
        child=serializers.DictField(),
        help_text="Distinct frame headers (viewer.pixels.descriptor).",
    )
    frames = StackFrame(many=True)
    orientations = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField())
    )
    patientOrientation = serializers.ListField(  # noqa: N815
        child=serializers.CharField(), allow_null=True
    )
    frameOfReference = serializers.CharField(allow_blank=True)  # noqa: N815
    spacingMm = serializers.FloatField(allow_null=True)  # noqa: N815
    laterality = serializers.CharField(allow_blank=True)
    view = serializers.CharField(allow_blank=True)
    cine = Cine(allow_null=True)
    trust = Trust()
    ticket = PixelTicket()


class ProbeAnswer(Shape):
    """The value under a pixel, after the modality transform."""

    stored = serializers.ListField(child=serializers.FloatField())
    value = serializers.JSONField(help_text="A number, or [red, green, blue], or null for padding.")
    unit = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    padding = serializers.BooleanField()


class Region(Shape):
    """A rectangle or an ellipse in pixels; 0,0 is the centre of the first pixel."""

    shape = serializers.ChoiceField(choices=["rectangle", "ellipse"])
    x0 = serializers.FloatField()
    y0 = serializers.FloatField()
    x1 = serializers.FloatField()
    y1 = serializers.FloatField()


class RegionAnswer(Shape):
    """Statistics of the modality values of the pixels whose centres lie in a region."""

    count = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    sd = serializers.FloatField(allow_null=True)
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    areaMm2 = serializers.FloatField(allow_null=True)  # noqa: N815


class FileReceipt(Shape):
    """What became of a file."""

    sha256 = serializers.CharField()
    outcome = serializers.CharField(help_text="displayed, stored, duplicate, conflict or refused.")
    reason = serializers.CharField(allow_blank=True)
    instance = serializers.UUIDField(allow_null=True)


class FileDigests(Shape):
    """SHA-256 digests of files that could be sent."""

    sha256 = serializers.ListField(child=serializers.RegexField(r"^[0-9a-f]{64}$"), max_length=1000)


class KnownFiles(Shape):
    """Which of them need not be sent: digest to outcome."""

    known = serializers.DictField(child=serializers.CharField())
