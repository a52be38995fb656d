"""The API that takes files: one a request, named by its digest, so that nothing is sent twice."""

from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consults.access import Principal, Right, case_for
from telerad.errors import Invalid
from viewer import ingest, serializers
from viewer.api import described
from viewer.models import Outcome, ReceivedFile
from viewer.store import default_store
from viewer.uploads import spool

MAX_NAME_CHARACTERS = 1024

_NEW = 201
_KNOWN = 200


class AnyBytes(BaseParser):
    """Accepts application/octet-stream; the body is read by :func:`viewer.uploads.spool`."""

    media_type = "application/octet-stream"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Leave the bytes where they are."""
        return {}


class CaseFiles(APIView):
    """The files that somebody sends to a case."""

    parser_classes = (AnyBytes,)

    @described(
        "sendFile",
        serializers.FileReceipt,
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter(
                "X-Telerad-Name",
                str,
                OpenApiParameter.HEADER,
                description="The file's path on the sender's side, percent-encoded UTF-8.",
            )
        ],
        responses={
            201: serializers.FileReceipt,
            400: serializers.Problem,
            413: serializers.Problem,
            415: serializers.Problem,
            422: serializers.Problem,
        },
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        """Take one file: 201 when it is new to the case, 200 and the same answer when not."""
        principal = Principal.of(request.user)
        case = case_for(principal, case_id, may=Right.UPLOAD)
        name = _name(request.headers.get("X-Telerad-Name", ""))
        # Refuses another media type with 415; reads nothing.
        _ = request.data
        with spool(request._request, Path(default_store().staging)) as file:
            known = ReceivedFile.objects.filter(case=case, sha256=file.sha256).first()
            if known is not None and known.outcome != Outcome.REFUSED:
                return Response(_receipt(known), status=_KNOWN)
            incoming = ingest.IncomingFile(name=name, source=file.path)
            reports = list(
                ingest.receive(
                    [incoming], case=case, organisation=case.organisation, principal=principal
                )
            )
        report = reports[0]
        body = {
            "sha256": file.sha256,
            "outcome": str(report.outcome),
            "reason": report.reason,
            "instance": str(report.instance_id) if report.instance_id else None,
        }
        return Response(body, status=_NEW)


class KnownFiles(APIView):
    """What of a set of files the case has already."""

    @described("knownFiles", serializers.KnownFiles, request=serializers.FileDigests)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Return the outcome of each digest that was received before: those need not be sent."""
        case = case_for(Principal.of(request.user), case_id, may=Right.UPLOAD)
        asked = serializers.FileDigests(data=request.data)
        asked.is_valid(raise_exception=True)
        rows = ReceivedFile.objects.filter(
            case=case, sha256__in=asked.validated_data["sha256"]
        ).values_list("sha256", "outcome")
        return Response({"known": dict(rows)})


def _name(header: str) -> str:
    if len(header) > 3 * MAX_NAME_CHARACTERS:
        raise Invalid(f"X-Telerad-Name is longer than {MAX_NAME_CHARACTERS} characters.")
    try:
        return unquote(header, errors="strict")[:MAX_NAME_CHARACTERS]
    except UnicodeDecodeError:
        raise Invalid("X-Telerad-Name is not percent-encoded UTF-8.") from None


def _receipt(known: ReceivedFile) -> dict[str, str | None]:
    return {
        "sha256": known.sha256,
        "outcome": known.outcome,
        "reason": known.reason,
        "instance": str(known.instance_id) if known.instance_id else None,
    }
