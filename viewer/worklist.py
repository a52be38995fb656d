"""The worklist: the cases a principal sees, newest first, with what their studies hold."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from consults.access import Principal, cases_visible_to
from consults.models import Case
from consults.names import fold, name_groups
from telerad.errors import Invalid
from viewer.models import CaseStudy

PAGE_CASES = 25
LONGEST_SEARCH_CHARACTERS = 200
MOST_SEARCH_WORDS = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CaseRow:
    """One line of the worklist; ``image_count`` counts frames that can be displayed."""

    case: Case
    name: dict[str, str]
    modalities: tuple[str, ...]
    study_dates: tuple[date, ...]
    study_count: int
    image_count: int


@dataclass(frozen=True)
class WorklistPage:
    """Some cases, and where the next ones begin ("" at the end)."""

    rows: tuple[CaseRow, ...]
    next_cases: str


def place_of(case: Case) -> str:
    """Return the case's place in the order, for ``after``: microseconds since 1970 and the id."""
    return f"{(case.updated_at - _EPOCH) // timedelta(microseconds=1)}-{case.id.hex}"


def _parse_place(text: str) -> tuple[datetime, UUID]:
    moment, _, case_id = text.partition("-")
    try:
        return _EPOCH + timedelta(microseconds=int(moment[:18])), UUID(hex=case_id)
    except (ValueError, OverflowError) as error:
        raise Invalid("The page of the worklist has an unreadable beginning.") from error


def _searched(cases: QuerySet[Case], search: str) -> QuerySet[Case]:
    """Keep the cases in which every word stands in the name, the ID or the title."""
    for word in fold(search[:LONGEST_SEARCH_CHARACTERS]).split()[:MOST_SEARCH_WORDS]:
        cases = cases.filter(
            Q(patient__name_folded__contains=word)
            | Q(patient__patient_id__icontains=word)
            | Q(title__icontains=word)
        )
    return cases


def worklist_page(
    principal: Principal, *, search: str = "", after: str = "", size: int = PAGE_CASES
) -> WorklistPage:
    """Return up to ``size`` visible cases after a place, newest first. Three queries.

    Raises Invalid if ``after`` is not a place that :func:`place_of` gave.
    """
    cases = _searched(cases_visible_to(principal), search)
    if after:
        moment, case_id = _parse_place(after)
        cases = cases.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=case_id))
    ordered = cases.select_related("patient", "organisation").order_by("-updated_at", "-id")
    found = list(ordered[: size + 1])
    shown = found[:size]
    return WorklistPage(
        rows=_rows(shown), next_cases=place_of(shown[-1]) if len(found) > size else ""
    )


def _rows(cases: list[Case]) -> tuple[CaseRow, ...]:
    """Return the lines of some cases. Two queries."""
    in_cases = CaseStudy.objects.filter(case__in=cases)
    dates: dict[UUID, dict[UUID, date | None]] = {}
    modalities: dict[UUID, set[str]] = {}
    for case_id, study_id, study_date, modality in in_cases.values_list(
        "case_id", "study_id", "study__study_date", "study__series__modality"
    ).distinct():
        dates.setdefault(case_id, {})[study_id] = study_date
        if modality:
            modalities.setdefault(case_id, set()).add(modality)
    images: dict[UUID, int | None] = dict(
        in_cases.values_list("case_id").annotate(images=Sum("study__series__stacks__frame_count"))
    )
    return tuple(
        CaseRow(
            case=case,
            name=name_groups(case.patient.name if case.patient else ""),
            modalities=tuple(sorted(modalities.get(case.id, ()))),
            study_dates=tuple(
                sorted({day for day in dates.get(case.id, {}).values() if day}, reverse=True)
            ),
            study_count=len(dates.get(case.id, {})),
            image_count=images.get(case.id) or 0,
        )
        for case in cases
    )
