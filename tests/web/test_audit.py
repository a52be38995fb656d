"""U1, U2: one event per act, and a chain that shows every change."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from consults import audit
from consults.access import Principal, Right
from consults.actions import add_participant, issue_ticket, open_case
from consults.models import AuditEvent, AuditHead
from tests.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.stores]


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


@pytest.fixture
def chain(people: People) -> list[AuditEvent]:
    """Ten events of Amara's."""
    sql("DELETE FROM consults_auditevent")
    AuditHead.objects.update(sequence=0, sha256="0" * 64)
    amara = Principal.of(people.amara)
    return [
        audit.record("look", principal=amara, case=people.case, object_kind="x", number=number)
        for number in range(1, 11)
    ]


def test_an_untouched_chain_is_whole(chain):
    assert audit.verify() is None
    assert audit.verify((7, chain[6].sha256)) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consults_auditevent SET actor_id = 'somebody else' WHERE sequence = 4",
        "UPDATE consults_auditevent SET outcome = 'failure' WHERE sequence = 4",
        "UPDATE consults_auditevent SET at = '2020-01-01 00:00:00' WHERE sequence = 4",
        "UPDATE consults_auditevent SET details = '{\"number\": 5}' WHERE sequence = 4",
        "UPDATE consults_auditevent SET address = '203.0.113.1' WHERE sequence = 4",
        "UPDATE consults_auditevent SET previous_sha256 = sha256 WHERE sequence = 4",
        "DELETE FROM consults_auditevent WHERE sequence = 4",
    ],
)
def test_U2_the_first_bad_row_is_named(chain, change):
    sql(change)
    assert audit.verify() == 4


def test_U2_two_rows_that_changed_places_are_found(chain):
    sql("UPDATE consults_auditevent SET sequence = 99 WHERE sequence = 4")
    sql("UPDATE consults_auditevent SET sequence = 4 WHERE sequence = 5")
    sql("UPDATE consults_auditevent SET sequence = 5 WHERE sequence = 99")
    assert audit.verify() == 4


def test_U2_a_cut_tail_is_found(chain):
    sql("DELETE FROM consults_auditevent WHERE sequence > 8")
    assert audit.verify() == 9


def test_U2_an_added_tail_is_found(chain):
    sql("UPDATE consults_audithead SET sequence = 8, sha256 = %s", chain[7].sha256)
    assert audit.verify() == 9


def test_U2_a_chain_rewritten_as_a_whole_is_found_by_a_line_of_the_log(chain, people):
    logged = (5, chain[4].sha256)
    sql("DELETE FROM consults_auditevent")
    AuditHead.objects.update(sequence=0, sha256="0" * 64)
    for _ in range(10):
        audit.record("innocent", principal=None)
    assert audit.verify() is None
    assert audit.verify(logged) == 5


def test_U2_a_log_that_knows_more_events_than_the_database_is_heard(chain):
    assert audit.verify((12, "0" * 64)) == 11


def test_U2_the_command_names_the_row_and_fails(chain, capsys):
    call_command("verify_audit")
    assert "whole: 10 events" in capsys.readouterr().out
    sql("UPDATE consults_auditevent SET action = 'nothing' WHERE sequence = 3")
    with pytest.raises(CommandError, match="event 3 was changed"):
        call_command("verify_audit")


def test_an_act_that_is_rolled_back_leaves_no_event_and_no_gap(chain, people):
    def act() -> None:
        with transaction.atomic():
            audit.record("never", principal=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert audit.record("next", principal=None).sequence == 11
    assert audit.verify() is None


def test_the_newest_event_is_told_to_the_log_after_the_commit(
    chain, caplog, django_capture_on_commit_callbacks
):
    caplog.set_level("INFO", "telerad.audit")
    with django_capture_on_commit_callbacks(execute=True):
        event = audit.record("look", principal=None)
        assert event.sha256 not in caplog.text
    assert f"audit 11 {event.sha256} look success" in caplog.text


def test_details_come_back_from_the_database_as_they_were_hashed(chain):
    audit.record("odd", principal=None, text="a\x00b\ud7ffü", count=2**40, flag=True, none=None)
    assert audit.verify() is None


@pytest.mark.parametrize(
    ("act", "action"),
    [
        (lambda client, case: client.get("/"), "worklist.view"),
        (lambda client, case: client.post("/", {"search": "cough"}), "worklist.search"),
        (lambda client, case: client.get(f"/cases/{case.id}/viewer/"), "viewer.open"),
        (lambda client, case: client.get(f"/cases/{case.id}/upload/"), "upload.open"),
    ],
)
def test_U1_one_act_is_one_event(people, act, action):
    client = people.sign_in("amara")
    before = AuditEvent.objects.count()
    act(client, people.case)
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.latest("sequence")
    assert (event.action, event.outcome, event.actor_id, event.address) == (
        action, "success", str(people.amara.id), "127.0.0.1"
    )  # fmt: skip


def test_U1_what_is_searched_for_is_not_written_down(people):
    people.sign_in("amara").post("/", {"search": "Okonkwo"})
    event = AuditEvent.objects.latest("sequence")
    assert "okonkwo" not in f"{event.details}{event.object_id}".lower()


def test_U1_looking_is_one_event_in_half_an_hour_and_not_one_a_minute(people):
    bo = Principal.of(people.bo)
    before = AuditEvent.objects.count()
    for _ in range(5):
        issue_ticket(bo, people.case.id, address="198.51.100.1")
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.latest("sequence")
    assert (event.action, event.case_id) == ("pictures.look", str(people.case.id))


def test_U1_opening_and_letting_in_say_who_and_to_what(people):
    amara = Principal.of(people.amara)
    case = open_case(amara, people.st_anna, title="x", address="198.51.100.1")
    add_participant(case, people.dee, may=[Right.COMMENT], principal=amara)
    opened, let_in = AuditEvent.objects.order_by("-sequence")[:2][::-1]
    assert (opened.action, opened.case_id, opened.address) == (
        "case.open", str(case.id), "198.51.100.1"
    )  # fmt: skip
    assert (let_in.action, let_in.object_id) == ("participant.add", str(people.dee.id))
    assert let_in.details == {"may": "comment,look"}


def test_L6_an_operator_cannot_change_or_remove_clinical_rows_or_the_audit(people):
    people.kim.is_staff = people.kim.is_superuser = True
    people.kim.save()
    client = people.sign_in("kim")
    for model, key in (("case", people.case.id), ("auditevent", 1), ("participant", None)):
        assert client.get(f"/operator/consults/{model}/").status_code == 200
        assert client.get(f"/operator/consults/{model}/add/").status_code == 403
        if key:
            assert client.post(f"/operator/consults/{model}/{key}/delete/").status_code == 403
            changed = client.post(f"/operator/consults/{model}/{key}/change/", {"title": "x"})
            assert changed.status_code == 403
    assert client.post(f"/operator/consults/user/{people.bo.id}/delete/").status_code == 403
