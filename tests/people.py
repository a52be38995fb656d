"""Who the tests ask as: amara refers, bo is invited, cy is an outsider.

Amara belongs to St Anna as a referrer and opened the case. Bo is invited into it, to look only. Cy
is a physician of another hospital, with a case of his own. Dee is a physician of St Anna, Kim its
coordinator, Lou its auditor.
"""

from dataclasses import dataclass

import pytest
from django.test import Client

from consults.access import Principal, Right
from consults.actions import add_participant, open_case
from consults.models import Case, Membership, Organisation, Role, User

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class People:
    """Everybody, and the cases they work on."""

    st_anna: Organisation
    elsewhere: Organisation
    amara: User
    bo: User
    cy: User
    dee: User
    kim: User
    lou: User
    case: Case
    case_of_cy: Case

    def sign_in(self, name: str) -> Client:
        """A browser in which the named person is signed in."""
        client = Client(enforce_csrf_checks=False)
        client.force_login(getattr(self, name))
        return client


def _person(name: str, organisation: Organisation | None = None, role: str = "") -> User:
    user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.capitalize())
    if organisation:
        Membership.objects.create(organisation=organisation, user=user, role=role)
    return user


def make_people() -> People:
    """Write the rows; a test that changes them makes its own."""
    st_anna = Organisation.objects.create(name="St Anna")
    elsewhere = Organisation.objects.create(name="Elsewhere")
    amara = _person("amara", st_anna, Role.REFERRER)
    bo = _person("bo")
    cy = _person("cy", elsewhere, Role.PHYSICIAN)
    case = open_case(
        Principal.of(amara), st_anna, title="Cough for six weeks", question="Is it a nodule?"
    )
    add_participant(case, bo, may=[Right.LOOK], principal=Principal.of(amara))
    return People(
        st_anna=st_anna,
        elsewhere=elsewhere,
        amara=amara,
        bo=bo,
        cy=cy,
        dee=_person("dee", st_anna, Role.PHYSICIAN),
        kim=_person("kim", st_anna, Role.COORDINATOR),
        lou=_person("lou", st_anna, Role.AUDITOR),
        case=case,
        case_of_cy=open_case(Principal.of(cy), elsewhere, title="Another matter"),
    )


@pytest.fixture
def people(db: None) -> People:
    """Everybody, in an empty database."""
    return make_people()
