"""People and cases: columns and constraints. No I/O, no rules.

Who may see a row is decided in :mod:`consults.access`; rows are written in :mod:`consults.actions`.
"""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone

from telerad.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a user who may sign in with ``email``; no password means none can be used."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create an operator, who may enter the admin pages."""
        fields = {**fields, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in: a doctor, a coordinator, an operator."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        """Return the name other people see."""
        return self.name or self.email


class Organisation(models.Model):
    """A hospital, a practice, a trial centre: the owner of patients, studies and cases."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Role(models.TextChoices):
    """What someone is in an organisation; :mod:`consults.access` says what it allows."""

    PHYSICIAN = "physician", "Physician"
    REFERRER = "referrer", "Referring doctor"
    COORDINATOR = "coordinator", "Coordinator"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


class Membership(models.Model):
    """A user's role in an organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        """One role per user and organisation."""

        constraints = (
            models.UniqueConstraint(fields=["organisation", "user"], name="one_role_per_member"),
        )

    def __str__(self) -> str:
        """Return ``user: role``."""
        return f"{self.user_id}: {self.role}"


class Patient(models.Model):
    """A patient of an organisation, by Patient ID and its issuer (PS3.3 C.7.1.1)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="patients"
    )
    issuer = models.CharField(max_length=64, blank=True)
    patient_id = models.CharField(max_length=64, blank=True)
    # Person Name (0010,0010), its three component groups joined by "=" (PS3.5 6.2.1).
    name = models.CharField(max_length=400, blank=True)
    # Case- and accent-folded text of all groups, for searching.
    name_folded = models.CharField(max_length=800, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=16, blank=True)

    class Meta:
        """The identity is (organisation, issuer, patient_id); without an ID there is none.

        Two people of one name are two rows: only a person may say that they are one.
        """

        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "issuer", "patient_id"],
                condition=~models.Q(patient_id=""),
                name="one_patient_per_identifier",
            ),
        )

    def __str__(self) -> str:
        """Return the row's id, because this text reaches logs."""
        return str(self.id)


class Case(models.Model):
    """What people work on: one patient, any studies, participants, a question."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    # Null until the first study says who the patient is.
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="cases", null=True, blank=True
    )
    title = models.CharField(max_length=200, blank=True)
    question = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The worklist reads newest first within an organisation."""

        indexes = (
            models.Index(fields=["organisation", "-updated_at"]),
            models.Index(fields=["-updated_at", "-id"], name="case_newest_first"),
        )

    def __str__(self) -> str:
        """Return the row's id, because this text reaches logs."""
        return str(self.id)


class Participant(models.Model):
    """A user who takes part in a case, and what they may do in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="participations")
    # A list of consults.access.Right values.
    may = models.JSONField(default=list)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One entry per user and case."""

        constraints = (
            models.UniqueConstraint(fields=["case", "user"], name="one_participation_per_user"),
        )

    def __str__(self) -> str:
        """Return ``user in case``."""
        return f"{self.user_id} in {self.case_id}"


class AuditEvent(models.Model):
    """Who did what, when, from where, with what outcome. Append-only, hash-chained."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    organisation_id = models.CharField(max_length=36, blank=True)
    case_id = models.CharField(max_length=36, blank=True)
    outcome = models.CharField(max_length=20)
    address = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    previous_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        """Read by case and by actor."""

        indexes = (
            models.Index(fields=["case_id", "sequence"]),
            models.Index(fields=["actor_id", "sequence"]),
        )

    def __str__(self) -> str:
        """Return ``sequence action``."""
        return f"{self.sequence} {self.action}"


class AuditHead(models.Model):
    """The one row that is locked while an event is appended, so that the chain has no fork."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        """Return the newest sequence number."""
        return str(self.sequence)
