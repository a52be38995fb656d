"""Routes. Each has an entry in tests/web/test_access_matrix.py."""

from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required, login_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from telerad import health, pages

# The page that draws the schema sets style attributes on its elements; nothing else here does.
_docs_page = csp_update({"style-src": "'unsafe-inline'"})(
    login_required(SpectacularSwaggerSplitView.as_view(url_name="schema"))
)
# Operators sign in where everybody does: there the tries are counted.
_operator_sign_in = login_not_required(
    RedirectView.as_view(pattern_name="sign-in", query_string=True)
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/docs/", _docs_page, name="api-docs"),
    path("operator/login/", _operator_sign_in),
    path("operator/", admin.site.urls),
    path("", include("consults.urls")),
    path("", include("viewer.page_urls")),
    path("", include("viewer.urls")),
]

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
handler500 = pages.fault
