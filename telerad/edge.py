"""Where errors meet HTTP: the one table from kind to status, and what a caller is told."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from telerad.errors import Kind, TeleradError

logger = logging.getLogger(__name__)

HTTP_STATUS: dict[Kind, int] = {
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.INVALID: 400,
    Kind.CONFLICT: 409,
    Kind.UNSUPPORTED: 422,
    Kind.TOO_LARGE: 413,
    Kind.UNAVAILABLE: 503,
}
_CODE_OF_STATUS = {status: kind.value for kind, status in HTTP_STATUS.items()} | {
    401: "sign-in",
    405: "method",
    406: "unacceptable",
    415: "media-type",
    429: "too-many",
}

# Sent when someone is refused an object: arguments ``request`` and ``error``. The audit listens.
refused = Signal()


def problem(error: TeleradError) -> dict[str, str]:
    """Return the JSON body that tells a program what went wrong."""
    return {"code": error.kind.value, "detail": str(error)}


def tell_refusal(request: HttpRequest, error: TeleradError) -> None:
    """Let the audit know of an object that was asked for and not given."""
    if error.kind in {Kind.NOT_FOUND, Kind.FORBIDDEN}:
        refused.send(sender=type(error), request=request, error=error)


def _plain_text(detail: object) -> str:
    """Return the framework's nested error detail as one readable line."""
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_plain_text(value)}" for name, value in detail.items())
    if isinstance(detail, list | tuple):
        return " ".join(_plain_text(value) for value in detail)
    return str(detail)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error of the API with ``{"code", "detail"}``; None means a fault of ours."""
    if isinstance(exc, TeleradError):
        tell_refusal(context["request"], exc)
        return Response(problem(exc), status=HTTP_STATUS[exc.kind])
    response = drf_exception_handler(exc, context)
    if response is None:
        return None
    code = _CODE_OF_STATUS.get(response.status_code, "invalid")
    if isinstance(exc, Http404):
        detail = "Nothing is here that you may see."
    elif isinstance(exc, exceptions.APIException):
        detail = _plain_text(exc.detail)
    else:
        detail = str(exc) if not isinstance(exc, PermissionDenied) else "This is not allowed."
    response.data = {"code": code, "detail": detail}
    return response


def is_api(request: HttpRequest) -> bool:
    """Return whether the caller is a program that reads JSON."""
    return request.path_info.startswith("/api/")


class TeleradErrorMiddleware(MiddlewareMixin):
    """Answers a TeleradError that leaves a view: a page for people, JSON for programs."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Return the answer for our own errors, None for every other exception."""
        if not isinstance(exception, TeleradError):
            return None
        tell_refusal(request, exception)
        status = HTTP_STATUS[exception.kind]
        if status >= 500:
            logger.error("%s: %s", type(exception).__name__, exception)
        if is_api(request):
            return JsonResponse(problem(exception), status=status)
        return error_page(request, status, str(exception))


def error_page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """Return the page that says what failed, what is safe and what to do."""
    template = f"{status}.html" if status in {400, 403, 404} else "error.html"
    # The same words for an object that is not there and one that may not be known.
    context = {"status": status, "detail": "" if status == 404 else detail}
    return render(request, template, context, status=status)
