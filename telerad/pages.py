"""Pages for what went wrong: what failed, what is safe, what to do. Never the request's data."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader

from telerad.edge import error_page, is_api


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponseBase:
    if is_api(request):
        return JsonResponse({"code": code, "detail": detail}, status=status)
    return error_page(request, status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400: the request could not be read."""
    return _answer(request, 400, "invalid", "The request could not be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 403: visible, not allowed."""
    return _answer(request, 403, "forbidden", "This is not allowed.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Answer 403: a form that did not come from a page of ours, or from a page that is too old."""
    if is_api(request):
        return JsonResponse(
            {"code": "forbidden", "detail": "The request carries no valid CSRF token."}, status=403
        )
    return error_page(request, 403, "The form had expired before it was sent.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404: nothing here, or nothing that the asker may know of."""
    return _answer(request, 404, "not-found", "Nothing is here that you may see.")


def fault(request: HttpRequest) -> HttpResponseBase:
    """Answer 500 without touching the database or the session, which may be what failed."""
    if is_api(request):
        return JsonResponse(
            {"code": "fault", "detail": "Telerad failed; the log says why."}, status=500
        )
    return HttpResponse(loader.render_to_string("500.html"), status=500)
