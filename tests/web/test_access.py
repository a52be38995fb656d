"""The door: who sees a case, and what they may do in it."""

import pytest

from consults.access import (
    ALL_RIGHTS,
    Principal,
    Right,
    case_for,
    cases_visible_to,
    organisation_for,
    rights_in,
)
from consults.actions import add_participant, issue_ticket, remove_participant
from consults.models import Membership, Participant, Role
from telerad.errors import Forbidden, NotFound
from telerad.ids import uuid7
from telerad.revocation import epochs_hold
from tests.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.stores]

LOOK, COMMENT, DOWNLOAD, UPLOAD, MANAGE = Right
WORKING = {LOOK, COMMENT, DOWNLOAD, UPLOAD}

# What each person may do in Amara's case; an empty set is "does not see it".
RIGHTS = {
    "amara": set(ALL_RIGHTS),
    "bo": {LOOK},
    "cy": set(),
    "dee": WORKING,
    "kim": set(ALL_RIGHTS),
    "lou": set(),
}


def principal(people: People, name: str) -> Principal:
    return Principal.of(getattr(people, name))


@pytest.mark.parametrize("name", RIGHTS)
def test_rights_are_those_of_the_role_and_of_taking_part(people, name):
    assert rights_in(principal(people, name), people.case) == RIGHTS[name]


@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("name", RIGHTS)
def test_A1_invisible_is_not_found_and_visible_without_the_right_is_forbidden(people, name, right):
    if right in RIGHTS[name]:
        assert case_for(principal(people, name), people.case.id, may=right) == people.case
    else:
        with pytest.raises(Forbidden if RIGHTS[name] else NotFound):
            case_for(principal(people, name), people.case.id, may=right)


@pytest.mark.parametrize("name", RIGHTS)
def test_A6_a_list_holds_what_the_door_opens_and_no_more(people, name):
    listed = set(cases_visible_to(principal(people, name)))
    assert (people.case in listed) == bool(RIGHTS[name])
    assert (people.case_of_cy in listed) == (name == "cy")


def test_a_case_that_never_was_is_answered_like_one_that_is_hidden(people):
    cy = principal(people, "cy")
    with pytest.raises(NotFound) as hidden:
        case_for(cy, people.case.id)
    with pytest.raises(NotFound) as absent:
        case_for(cy, uuid7())
    assert str(hidden.value) == str(absent.value)


def test_looking_costs_one_query(people, django_assert_num_queries):
    with django_assert_num_queries(1):
        case = case_for(principal(people, "bo"), people.case.id)
        assert case.organisation.name == "St Anna"
        assert case.patient is None


def test_someone_in_both_ways_is_listed_once(people):
    add_participant(people.case, people.dee, may=[LOOK])
    assert list(cases_visible_to(principal(people, "dee"))) == [people.case]


@pytest.mark.parametrize("name", ["amara", "bo", "dee", "kim"])
def test_W11_a_deactivated_person_sees_nothing(people, name):
    user = getattr(people, name)
    user.is_active = False
    user.save()
    with pytest.raises(NotFound):
        case_for(principal(people, name), people.case.id)


def test_A7_someone_who_changes_team_loses_its_cases_at_once(people):
    membership = Membership.objects.get(user=people.dee)
    membership.role = Role.AUDITOR
    membership.save()
    with pytest.raises(NotFound):
        case_for(principal(people, "dee"), people.case.id)


def test_a_right_that_nobody_knows_gives_nothing(people):
    Participant.objects.filter(user=people.bo).update(may=["look", "everything", 7])
    assert rights_in(principal(people, "bo"), people.case) == {LOOK}


def test_only_a_manager_lets_people_in(people):
    with pytest.raises(Forbidden):
        add_participant(people.case, people.cy, may=[LOOK], principal=principal(people, "dee"))
    assert not Participant.objects.filter(user=people.cy, case=people.case).exists()


def test_letting_in_twice_is_one_row_and_the_newer_rights(people):
    add_participant(people.case, people.bo, may=[COMMENT])
    assert rights_in(principal(people, "bo"), people.case) == {LOOK, COMMENT}
    assert Participant.objects.filter(user=people.bo).count() == 1


def test_an_organisation_is_hidden_from_strangers(people):
    with pytest.raises(NotFound):
        organisation_for(principal(people, "cy"), people.st_anna.id)
    with pytest.raises(Forbidden):
        organisation_for(principal(people, "lou"), people.st_anna.id, may=UPLOAD)
    assert organisation_for(principal(people, "amara"), people.st_anna.id, may=UPLOAD)


def test_a_ticket_says_what_its_holder_may_do(people):
    _, ticket = issue_ticket(principal(people, "bo"), people.case.id)
    assert ticket.rights == {"look"}
    assert epochs_hold(ticket.epochs)


def test_A1_no_ticket_for_a_case_one_does_not_see(people):
    with pytest.raises(NotFound):
        issue_ticket(principal(people, "cy"), people.case.id)


@pytest.mark.django_db(transaction=True)
def test_W11_being_taken_out_ends_the_ticket_that_is_out(people):
    _, ticket = issue_ticket(principal(people, "bo"), people.case.id)
    remove_participant(people.case, people.bo, principal=principal(people, "amara"))
    assert not epochs_hold(ticket.epochs)
