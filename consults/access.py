"""The only door: every object is fetched for a principal, with the right that the act needs.

What the principal may not see does not exist for them (NotFound); what they see but may not do is
Forbidden. A deactivated user sees nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from consults.models import Case, Membership, Organisation, Participant, Role, User
from telerad.errors import Forbidden, NotFound


class Right(StrEnum):
    """What a principal may do in a case."""

    LOOK = "look"
    COMMENT = "comment"
    DOWNLOAD = "download"
    UPLOAD = "upload"
    MANAGE = "manage"


@dataclass(frozen=True)
class Principal:
    """Who acts."""

    kind: Literal["user"]
    id: UUID

    @classmethod
    def of(cls, user: User | AnonymousUser) -> "Principal":
        """Return the principal of a signed-in user. Raises Forbidden for an anonymous one."""
        if not isinstance(user, User):
            raise Forbidden("Sign in first.")
        return cls("user", user.id)

    @property
    def subject(self) -> str:
        """The name under which this principal's tickets are revoked."""
        return f"{self.kind}:{self.id}"


_WORKING = frozenset({Right.LOOK, Right.COMMENT, Right.DOWNLOAD, Right.UPLOAD})
ALL_RIGHTS = frozenset(Right)

# What a role gives in every case of the organisation. A referrer works in the cases they take part
# in; an auditor reads the audit, never a picture.
ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.PHYSICIAN: _WORKING,
    Role.COORDINATOR: ALL_RIGHTS,
    Role.ADMINISTRATOR: ALL_RIGHTS,
    Role.REFERRER: frozenset(),
    Role.AUDITOR: frozenset(),
}
# What a role gives in the organisation itself: LOOK is to know it, UPLOAD is to open cases in it,
# MANAGE is to change who belongs to it.
ORGANISATION_RIGHTS: dict[str, frozenset[Right]] = {
    Role.PHYSICIAN: frozenset({Right.LOOK, Right.UPLOAD}),
    Role.COORDINATOR: frozenset({Right.LOOK, Right.UPLOAD}),
    Role.ADMINISTRATOR: frozenset({Right.LOOK, Right.UPLOAD, Right.MANAGE}),
    Role.REFERRER: frozenset({Right.LOOK, Right.UPLOAD}),
    Role.AUDITOR: frozenset({Right.LOOK}),
}
_ROLES_THAT_SEE = [role for role, rights in ROLE_RIGHTS.items() if Right.LOOK in rights]


def _memberships(principal: Principal) -> QuerySet[Membership]:
    return Membership.objects.filter(user_id=principal.id, user__is_active=True)


def _participations(principal: Principal) -> QuerySet[Participant]:
    return Participant.objects.filter(user_id=principal.id, user__is_active=True)


def cases_visible_to(principal: Principal) -> QuerySet[Case]:
    """Return the cases the principal may look at. Taking part in a case is looking at it."""
    organisations = _memberships(principal).filter(role__in=_ROLES_THAT_SEE)
    return Case.objects.filter(
        Q(organisation_id__in=organisations.values("organisation_id"))
        | Q(id__in=_participations(principal).values("case_id"))
    )


def rights_in(principal: Principal, case: Case) -> frozenset[Right]:
    """Return what the principal may do in the case; empty means it is invisible. Two queries."""
    rights: frozenset[Right] = frozenset()
    for role in _memberships(principal).filter(organisation_id=case.organisation_id):
        rights |= ROLE_RIGHTS.get(role.role, frozenset())
    for participation in _participations(principal).filter(case_id=case.id):
        granted = {right for right in Right if right in participation.may}
        rights |= granted | {Right.LOOK}
    return rights


def case_for(
    principal: Principal, case_id: UUID, *, may: Right = Right.LOOK, lock: bool = False
) -> Case:
    """Return the case with its patient and organisation. One query for LOOK, three for more.

    ``lock`` holds the row until the transaction ends. Raises NotFound if the principal may not see
    the case or there is none, Forbidden if they may not do ``may`` in it.
    """
    cases = cases_visible_to(principal).select_related("patient", "organisation")
    if lock:
        # Only the case's own row: the patient is an outer join, which cannot be locked.
        cases = cases.select_for_update(of=("self",))
    case = cases.filter(id=case_id).first()
    if case is None:
        raise NotFound("There is no such case, or you do not take part in it.")
    if may is not Right.LOOK and may not in rights_in(principal, case):
        raise Forbidden(f"You take part in this case without the right to {may.value}.")
    return case


def organisations_of(principal: Principal, *, may: Right = Right.LOOK) -> QuerySet[Organisation]:
    """Return the organisations in which the principal has the right ``may``, by name."""
    roles = [role for role, rights in ORGANISATION_RIGHTS.items() if may in rights]
    return Organisation.objects.filter(
        id__in=_memberships(principal).filter(role__in=roles).values("organisation_id")
    ).order_by("name")


def organisation_for(
    principal: Principal, organisation_id: UUID, *, may: Right = Right.LOOK
) -> Organisation:
    """Return the organisation. Raises NotFound for a stranger, Forbidden without the right."""
    organisation = organisations_of(principal).filter(id=organisation_id).first()
    if organisation is None:
        raise NotFound("There is no such organisation, or you do not belong to it.")
    if not organisations_of(principal, may=may).filter(id=organisation_id).exists():
        raise Forbidden(f"Your role in this organisation does not allow to {may.value}.")
    return organisation
