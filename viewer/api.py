"""The API under ``/api/v1/``: cases, stacks, tickets, stored values, files.

Every view asks :mod:`consults.access` first. Pictures come from the pixel door, not from here.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consults import audit
from consults.access import Principal, Right, case_for, rights_in
from consults.actions import issue_ticket
from consults.hearing import address_of
from telerad.errors import Invalid
from viewer import manifest, serializers
from viewer.downloads import file_response
from viewer.pixels.stats import Region as StatsRegion
from viewer.queries import instance_of_case, source_of
from viewer.store import default_store
from viewer.tiles import default_tiles
from viewer.worklist import PAGE_CASES, CaseRow, worklist_page

Json = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])

_PROBLEMS = {
    401: serializers.Problem,
    403: serializers.Problem,
    404: serializers.Problem,
}
_BYTES = OpenApiTypes.BINARY
MAX_PAGE_CASES = 100


def described(operation: str, answer: object, **more: Any) -> Callable[[F], F]:  # noqa: ANN401
    """Describe a view's method in the schema: its name, its answer, the refusals all share."""
    success = answer if isinstance(answer, dict) else {200: answer}
    responses = {**success, **_PROBLEMS, **more.pop("responses", {})}
    return extend_schema(operation_id=operation, responses=responses, **more)


class Cases(APIView):
    """The cases that the signed-in person may see."""

    @described(
        "listCases",
        serializers.CasePage,
        parameters=[
            OpenApiParameter("after", str, description="From `next`: where the page starts."),
            OpenApiParameter("limit", int, description="1 to 100; 25 if absent."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Return a page of cases, the one that changed last first."""
        limit = _limit(request.query_params.get("limit", ""))
        page = worklist_page(
            Principal.of(request.user), after=request.query_params.get("after", ""), size=limit
        )
        following = None
        if page.next_cases:
            following = f"{reverse('viewer:cases')}?limit={limit}&after={page.next_cases}"
        return Response({"results": [_row(row) for row in page.rows], "next": following})


class CaseDetail(APIView):
    """One case."""

    @described("getCase", serializers.CaseDetail)
    def get(self, request: Request, case_id: UUID) -> Response:
        """Return the case, its studies, series and stacks, and a ticket for its pictures."""
        principal = Principal.of(request.user)
        case = case_for(principal, case_id)
        body = manifest.case_json(case, rights_in(principal, case))
        body["ticket"] = _ticket(request, principal, case_id)
        return Response(body)


class StackDetail(APIView):
    """One stack of a case."""

    @described("getStack", serializers.StackDetail)
    def get(self, request: Request, case_id: UUID, stack_id: UUID) -> Response:
        """Return all that is needed to show the stack, and a ticket for its pictures."""
        principal = Principal.of(request.user)
        case = case_for(principal, case_id)
        stack = manifest.stack_of_case(case, stack_id)
        body = manifest.stack_json(stack)
        body["ticket"] = _ticket(request, principal, case_id)
        audit.record(
            "study.view",
            principal=principal,
            object_kind="study",
            object_id=stack.series.study_id,
            case=case,
            address=address_of(request._request),
            stack=stack.id,
        )
        return Response(body)


class CaseTicket(APIView):
    """Leave to fetch pictures from the pixel door."""

    @described("issueTicket", serializers.PixelTicket, request=None)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Return a ticket that lives for a minute."""
        return Response(_ticket(request, Principal.of(request.user), case_id))


class Probe(APIView):
    """The value under a pixel."""

    @described(
        "probe",
        serializers.ProbeAnswer,
        parameters=[
            OpenApiParameter("x", int, required=True, description="Column, from 0."),
            OpenApiParameter("y", int, required=True, description="Row, from 0."),
        ],
        responses={400: serializers.Problem, 422: serializers.Problem},
    )
    def get(self, request: Request, case_id: UUID, instance_id: UUID, frame: int) -> Response:
        """Return the stored and the modality value of one pixel."""
        case_for(Principal.of(request.user), case_id)
        x = _whole_number(request.query_params.get("x", ""), "x")
        y = _whole_number(request.query_params.get("y", ""), "y")
        source = source_of(instance_of_case(case_id, instance_id))
        return Response(default_tiles().probe(source, frame, x, y))


class Region(APIView):
    """Statistics of a region."""

    @described(
        "measureRegion",
        serializers.RegionAnswer,
        request=serializers.Region,
        responses={400: serializers.Problem, 422: serializers.Problem},
    )
    def post(self, request: Request, case_id: UUID, instance_id: UUID, frame: int) -> Response:
        """Return statistics of the modality values in a rectangle or an ellipse."""
        case_for(Principal.of(request.user), case_id)
        asked = serializers.Region(data=request.data)
        asked.is_valid(raise_exception=True)
        source = source_of(instance_of_case(case_id, instance_id))
        return Response(default_tiles().region(source, frame, StatsRegion(**asked.validated_data)))


class File(APIView):
    """A stored file as it came, its preamble zeroed."""

    @described(
        "downloadFile",
        {(200, "application/dicom"): _BYTES},
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER)],
    )
    def get(self, request: Request, case_id: UUID, instance_id: UUID) -> HttpResponseBase:
        """Return the file, or one range of it."""
        principal = Principal.of(request.user)
        case = case_for(principal, case_id, may=Right.DOWNLOAD)
        instance = instance_of_case(case_id, instance_id)
        asked = {
            name: request.headers[name] for name in ("Range", "If-Range") if name in request.headers
        }
        response = file_response(default_store(), instance.blob_id, instance_id, asked)
        audit.record(
            "file.download",
            principal=principal,
            object_kind="instance",
            object_id=instance_id,
            case=case,
            address=address_of(request._request),
            bytes=response.get("Content-Length", "0"),
        )
        return response


class CaseThumbnail(APIView):
    """A small picture that stands for a case."""

    @described("caseThumbnail", {(200, "image/png"): _BYTES})
    def get(self, request: Request, case_id: UUID) -> HttpResponseBase:
        """Return a PNG, its longest side 160 pixels."""
        case = case_for(Principal.of(request.user), case_id)
        found = manifest.case_thumbnail(case)
        if found is None:
            return HttpResponse(status=404)
        source = source_of(instance_of_case(case_id, UUID(found[0])))
        picture = default_tiles().thumbnail(source, found[1])
        return HttpResponse(picture.body, content_type=picture.content_type)


def _ticket(request: Request, principal: Principal, case_id: UUID) -> Json:
    return manifest.ticket_json(
        *issue_ticket(principal, case_id, address=address_of(request._request))
    )


def _row(row: CaseRow) -> Json:
    case = row.case
    return {
        "id": str(case.id),
        "title": case.title,
        "patient": manifest.patient_json(case.patient),
        "studies": row.study_count,
        "images": row.image_count,
        "modalities": list(row.modalities),
        "studyDates": [day.isoformat() for day in row.study_dates],
        "updatedAt": case.updated_at.isoformat(),
        "thumbnail": reverse("viewer:case-thumbnail", args=(case.id,)),
    }


def _limit(text: str) -> int:
    if not text:
        return PAGE_CASES
    limit = _whole_number(text, "limit")
    if not 1 <= limit <= MAX_PAGE_CASES:
        raise Invalid(f"limit is {limit}; 1 to {MAX_PAGE_CASES} are accepted.")
    return limit


def _whole_number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid(f"{name} is not a whole number from 0 on.")
    return int(text)
