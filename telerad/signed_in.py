"""Every route needs a signed-in person, unless its view says otherwise."""

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from telerad.edge import is_api


class SignedInMiddleware(LoginRequiredMiddleware):
    """Sends people to the sign-in page, and answers programs 401."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Answer a request that nobody is signed in for."""
        if is_api(request):
            return JsonResponse({"code": "sign-in", "detail": "Sign in first."}, status=401)
        return super().handle_no_permission(request, view_func)
