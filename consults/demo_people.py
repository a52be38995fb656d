"""The people of the demo: St Anna Hospital, two doctors and a patient. Idempotent."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from consults.models import Membership, Organisation, Role, User
from telerad.errors import Forbidden

ORGANISATION = "St Anna Hospital"
# Known to everybody who reads this; the demo listens on its own machine alone (telerad serve).
DEMO_PASSWORD = "look-closer-2026"  # noqa: S105


@dataclass(frozen=True)
class DemoPeople:
    """Everybody of the demo; the patient belongs to no organisation, only to a case."""

    organisation: Organisation
    referrer: User
    consultant: User
    patient: User


def _person(email: str, name: str) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, DEMO_PASSWORD, name=name)
    return user


@transaction.atomic
def ensure_people() -> DemoPeople:
    """Make the demo's organisation and people where they are missing.

    Raises Forbidden outside the demo, because the password is public.
    """
    if not settings.DEMO:
        raise Forbidden("Demo people have a public password; set TELERAD_DEMO=1 for a demo.")
    organisation, _ = Organisation.objects.get_or_create(name=ORGANISATION)
    people = DemoPeople(
        organisation=organisation,
        referrer=_person("amara@demo.example", "Dr Amara Okafor"),
        consultant=_person("bo@demo.example", "Dr Bo Lindqvist"),
        patient=_person("pat@demo.example", "Pat Demo"),
    )
    for role, user in ((Role.REFERRER, people.referrer), (Role.PHYSICIAN, people.consultant)):
        Membership.objects.get_or_create(
            organisation=organisation, user=user, defaults={"role": role}
        )
    return people
