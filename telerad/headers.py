"""Headers that every answer carries, whatever view made it."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "payment",
        "publickey-credentials-create",
        "serial",
        "usb",
    )
)


class PrivateByDefaultMiddleware(MiddlewareMixin):
    """No answer but a static file may be kept by a cache, and none may be sniffed or embedded.

    It stands first, so that redirects and error pages of the other middleware pass through it too.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the headers; a view's own Cache-Control does not loosen them."""
        is_static = request.path_info.startswith(settings.STATIC_URL) and response.status_code < 400
        if not is_static:
            response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Cookie"])
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response
