"""The worklist: what one sees, found by name, in pages, at a cost that does not grow."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from consults.access import Principal
from consults.actions import open_case, patient_of
from consults.models import Case
from telerad.errors import Invalid
from tests.people import People
from viewer.models import CaseStudy, Series, Stack, Study
from viewer.worklist import place_of, worklist_page

pytestmark = [pytest.mark.django_db, pytest.mark.stores]

START = datetime(2026, 1, 1, tzinfo=UTC)


def add_case(people: People, number: int, name: str = "", patient_id: str = "") -> Case:
    patient = patient_of(
        people.st_anna, issuer="", patient_id=patient_id or f"P{number}", name=name or f"N^{number}"
    )
    case = open_case(None, people.st_anna, title=f"Case {number}", patient=patient)
    Case.objects.filter(id=case.id).update(updated_at=START + timedelta(minutes=number // 2))
    return Case.objects.get(id=case.id)


def add_study(case: Case, uid: str, day: date | None, *series: tuple[str, tuple[int, ...]]) -> None:
    study = Study.objects.create(
        organisation=case.organisation, patient=case.patient, study_instance_uid=uid, study_date=day
    )
    CaseStudy.objects.create(case=case, study=study)
    for number, (modality, frame_counts) in enumerate(series):
        row = Series.objects.create(
            study=study, series_instance_uid=f"{uid}.{number}", modality=modality
        )
        for position, frames in enumerate(frame_counts):
            Stack.objects.create(
                series=row, key=str(position), position=position, frame_count=frames, body=b""
            )


@pytest.fixture
def dee(people: People) -> Principal:
    return Principal.of(people.dee)


def test_a_line_sums_up_its_studies(people, dee):
    case = add_case(people, 1)
    add_study(case, "1.2.1", date(2026, 3, 1), ("CT", (300, 2)), ("SR", ()))
    add_study(case, "1.2.2", date(2025, 3, 1), ("US", (40,)), ("CT", (5,)))
    add_study(case, "1.2.3", None)
    row = next(row for row in worklist_page(dee).rows if row.case == case)
    assert row.modalities == ("CT", "SR", "US")
    assert row.study_dates == (date(2026, 3, 1), date(2025, 3, 1))
    assert (row.study_count, row.image_count) == (3, 347)


def test_pages_hold_every_case_once_newest_first_whatever_stands_at_one_moment(people, dee):
    cases = [add_case(people, number) for number in range(11)] + [people.case]
    seen: list[Case] = []
    after = ""
    for _ in range(10):
        page = worklist_page(dee, after=after, size=3)
        seen += [row.case for row in page.rows]
        after = page.next_cases
        if not after:
            break
    assert len(seen) == 12
    assert set(seen) == set(cases)
    keys = [(case.updated_at, case.id) for case in seen]
    assert keys == sorted(keys, reverse=True)


def test_a_case_that_comes_while_one_turns_pages_moves_none_of_the_others(people, dee):
    for number in range(6):
        add_case(people, number)
    first = worklist_page(dee, size=3)
    add_case(people, 1000)
    second = worklist_page(dee, after=first.next_cases, size=3)
    assert not {row.case for row in first.rows} & {row.case for row in second.rows}


@pytest.mark.parametrize("cases", [1, 40])
def test_a_page_costs_three_queries_however_many_cases_there_are(
    people, dee, cases, django_assert_num_queries
):
    for number in range(cases):
        add_study(add_case(people, number), f"1.3.{number}", date(2026, 1, 1), ("CT", (3,)))
    with django_assert_num_queries(3):
        rows = worklist_page(dee).rows
        [(row.case.patient, row.case.organisation.name) for row in rows]


@pytest.mark.parametrize(
    "text",
    ["muller", "MÜLLER", "änne mull", "Müller, Änne", "4711", "山田", "やまだ", "case 7"],
)
def test_a_search_finds_name_in_any_group_id_and_title(people, dee, text):
    wanted = add_case(people, 7, "Müller^Änne=山田^太郎=やまだ^たろう", "4711-X")
    add_case(people, 8, "Schmidt^Jan", "4812")
    assert [row.case for row in worklist_page(dee, search=text).rows] == [wanted]


@pytest.mark.parametrize("text", ["%", "_", "100%", "\\", "'; DROP TABLE x; --", "*", "?"])
def test_D1_wildcards_and_quotes_are_letters_like_any_other(people, dee, text):
    add_case(people, 1, "Plain^Name")
    assert worklist_page(dee, search=text).rows == ()


def test_A6_a_search_finds_nothing_of_others(people):
    cy = Principal.of(people.cy)
    assert [row.case for row in worklist_page(cy).rows] == [people.case_of_cy]
    assert worklist_page(cy, search="cough").rows == ()


@pytest.mark.parametrize("after", ["x", "1", "-", "1-x", "9" * 40 + "-" + "0" * 32, "-1-"])
def test_an_unreadable_place_is_refused(dee, after):
    with pytest.raises(Invalid):
        worklist_page(dee, after=after)


def test_a_place_holds_no_patients_data(people):
    assert re.fullmatch(r"\d+-[0-9a-f]{32}", place_of(people.case))


def test_an_unreadable_place_is_a_page_that_says_so(people):
    response = people.sign_in("dee").get("/?after=x")
    assert response.status_code == 400
    assert "unreadable beginning" in response.content.decode()


PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def hostile(people: People) -> Case:
    """A case in which everything that somebody may write is an attack."""
    patient = patient_of(
        people.st_anna, issuer=PAYLOAD, patient_id=PAYLOAD, name=f"{PAYLOAD}={PAYLOAD}={PAYLOAD}"
    )
    case = open_case(
        Principal.of(people.amara), people.st_anna, title=PAYLOAD, question=PAYLOAD, patient=patient
    )
    add_study(case, "1.9", date(2026, 1, 1), (PAYLOAD[:16], (3,)))
    Study.objects.update(description=PAYLOAD, accession_number=PAYLOAD)
    people.amara.name = PAYLOAD
    people.amara.save()
    # Thumbnails need a body; this test needs none.
    Stack.objects.all().delete()
    Series.objects.update(description=PAYLOAD, body_part=PAYLOAD, laterality="<u>")
    return case


@pytest.mark.parametrize("page", ["/", "/cases/{}/", "/cases/{}/upload/", "/cases/{}/viewer/"])
def test_H2_what_people_and_files_say_is_text(people, hostile, page):
    text = people.sign_in("amara").get(page.format(hostile.id)).content.decode()
    assert "&lt;script&gt;alert" in text or "viewer" in page
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "<u>" not in text


def test_H2_what_is_searched_for_is_text(people):
    text = people.sign_in("amara").post("/", {"search": PAYLOAD}).content.decode()
    assert "<script>alert" not in text


def test_a_case_page_costs_the_same_for_one_study_and_for_many(
    people, django_assert_max_num_queries
):
    case = add_case(people, 1)
    client = people.sign_in("dee")
    for number in range(30):
        add_study(case, f"1.4.{number}", date(2026, 1, 1), ("CT", ()))
    client.get(f"/cases/{case.id}/")
    with django_assert_max_num_queries(34):
        assert client.get(f"/cases/{case.id}/").status_code == 200


def test_opening_a_case_leads_to_its_upload_page(people):
    client = people.sign_in("amara")
    fields = {"organisation": people.st_anna.id, "title": "New", "question": "Why?"}
    response = client.post("/cases/new/", fields)
    case = Case.objects.get(title="New")
    assert response["Location"] == f"/cases/{case.id}/upload/"
    assert (case.created_by, case.question) == (people.amara, "Why?")


@pytest.mark.parametrize(
    "changes", [{"title": ""}, {"title": "x" * 201}, {"organisation": "elsewhere"}]
)
def test_A5_a_case_without_a_title_or_in_a_foreign_organisation_is_not_opened(people, changes):
    fields = {"organisation": people.st_anna.id, "title": "New", "question": ""} | changes
    if fields["organisation"] == "elsewhere":
        fields["organisation"] = people.elsewhere.id
    before = Case.objects.count()
    response = people.sign_in("amara").post("/cases/new/", fields)
    assert response.status_code == 400
    assert Case.objects.count() == before


def test_an_auditor_opens_no_case(people):
    response = people.sign_in("lou").get("/cases/new/")
    assert "no organisation in which you may open cases" in response.content.decode()


def test_the_sign_out_of_a_stranger_is_harmless():
    assert Client().post("/sign-out/").status_code == 302
