"""Index rows over stored DICOM files: columns and constraints. No I/O, no rules.

Rows are written in :mod:`viewer.ingest` alone, after the blob they point to is durable.
"""

from django.db import models
from django.utils import timezone

from consults.models import Case, Organisation, Patient, User
from telerad.ids import uuid7


class Blob(models.Model):
    """A stored file, named by the SHA-256 of its bytes (the preamble zeroed)."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        """Return the digest."""
        return self.sha256


class Study(models.Model):
    """A DICOM study of one organisation's patient."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="studies")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="studies")
    study_instance_uid = models.CharField(max_length=64)
    study_date = models.DateField(null=True, blank=True)
    study_time = models.TimeField(null=True, blank=True)
    description = models.CharField(max_length=400, blank=True)
    accession_number = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """A Study Instance UID is unique within an organisation."""

        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "study_instance_uid"], name="one_study_per_uid"
            ),
        )
        indexes = (models.Index(fields=["organisation", "-study_date"]),)

    def __str__(self) -> str:
        """Return the row's id, because this text reaches logs."""
        return str(self.id)


class CaseStudy(models.Model):
    """A study that belongs to a case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="case_studies")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="case_studies")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """A study is in a case once."""

        constraints = (
            models.UniqueConstraint(fields=["case", "study"], name="study_once_per_case"),
        )

    def __str__(self) -> str:
        """Return ``study in case``."""
        return f"{self.study_id} in {self.case_id}"


class Series(models.Model):
    """A DICOM series."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="series")
    series_instance_uid = models.CharField(max_length=64)
    modality = models.CharField(max_length=16, blank=True)
    number = models.IntegerField(null=True, blank=True)
    description = models.CharField(max_length=400, blank=True)
    body_part = models.CharField(max_length=64, blank=True)
    laterality = models.CharField(max_length=16, blank=True)

    class Meta:
        """A Series Instance UID is unique within its study."""

        constraints = (
            models.UniqueConstraint(
                fields=["study", "series_instance_uid"], name="one_series_per_uid"
            ),
        )
        verbose_name_plural = "series"

    def __str__(self) -> str:
        """Return the row's id, because this text reaches logs."""
        return str(self.id)


class Instance(models.Model):
    """A stored SOP instance: where its bytes are, where each frame lies, what its frames mean."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    sop_instance_uid = models.CharField(max_length=64)
    sop_class_uid = models.CharField(max_length=64, blank=True)
    instance_number = models.BigIntegerField(null=True, blank=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="instances")
    transfer_syntax_uid = models.CharField(max_length=64)
    frame_count = models.PositiveIntegerField(default=0)
    # Empty when the instance is displayed; else the sentence that says why it is not.
    not_displayed_because = models.CharField(max_length=400, blank=True)
    # viewer.dicom.table.FrameTable in its byte form.
    frame_table = models.BinaryField(default=bytes)
    # Distinct viewer.pixels.types.FrameHeader values as JSON (viewer.pixels.descriptor) ...
    headers = models.JSONField(default=list)
    # ... and, per frame, which of them applies: uint16 little-endian; empty when all use the first.
    header_index = models.BinaryField(default=bytes)
    # Per-frame facts for sorting (viewer.dicom.facts), zlib-compressed JSON; no tile needs them.
    facts = models.BinaryField(default=bytes)
    # What the viewer says on the screen: lossy compression, damage, charset doubts (JSON object).
    remarks = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """A SOP Instance UID is unique within an organisation; other bytes become a conflict."""

        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "sop_instance_uid"], name="one_instance_per_uid"
            ),
        )

    def __str__(self) -> str:
        """Return the row's id, because this text reaches logs."""
        return str(self.id)


class InstanceConflict(models.Model):
    """Other bytes under a SOP Instance UID that is taken: kept and shown, never overwriting."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="conflicts")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The same other bytes are kept once."""

        constraints = (
            models.UniqueConstraint(fields=["instance", "blob"], name="conflict_once_per_bytes"),
        )

    def __str__(self) -> str:
        """Return the row's id."""
        return str(self.id)


class Stack(models.Model):
    """An ordered list of frames that belong together: what the wheel scrolls in a viewport."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="stacks")
    # What sets this stack apart in its series; stable, so that a rebuilt stack keeps its id.
    key = models.CharField(max_length=300)
    position = models.PositiveIntegerField()
    label = models.CharField(max_length=300, blank=True)
    frame_count = models.PositiveIntegerField()
    # SHA-256 over the ordered frames: a request built on another order is refused.
    revision = models.CharField(max_length=64)
    # Frames, geometry, warnings: zlib-compressed JSON, see viewer.stacking.
    body = models.BinaryField()

    class Meta:
        """Stacks of a series have distinct keys."""

        constraints = (models.UniqueConstraint(fields=["series", "key"], name="one_stack_per_key"),)

    def __str__(self) -> str:
        """Return the row's id, because this text reaches logs."""
        return str(self.id)


class Outcome(models.TextChoices):
    """What became of a received file."""

    DISPLAYED = "displayed", "Displayed"
    STORED = "stored", "Stored, cannot be displayed"
    DUPLICATE = "duplicate", "Already here"
    CONFLICT = "conflict", "Kept as a conflict"
    REFUSED = "refused", "Refused"


class ReceivedFile(models.Model):
    """The account of one file that somebody sent to a case: nothing received is unexplained."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="received_files")
    # SHA-256 of the bytes as received, which the sender can compute before sending.
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.CharField(max_length=400, blank=True)
    instance = models.ForeignKey(
        Instance, on_delete=models.SET_NULL, null=True, blank=True, related_name="received_as"
    )
    received_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The same bytes sent to the same case again give the same answer."""

        constraints = (
            models.UniqueConstraint(fields=["case", "sha256"], name="received_once_per_case"),
        )

    def __str__(self) -> str:
        """Return ``outcome sha256``."""
        return f"{self.outcome} {self.sha256}"
