"""Routes. Each has an entry in tests/web/test_access_matrix.py."""

from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from telerad import health, pages

# The page that draws the schema sets style attributes on its elements; nothing else here does.
_docs_page = csp_update({"style-src": "'unsafe-inline'"})(
    login_required(SpectacularSwaggerSplitView.as_view(url_name="schema"))
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/docs/", _docs_page, name="api-docs"),
    path("operator/", admin.site.urls),
    path("", include("consults.urls")),
    path("", include("viewer.page_urls")),
    path("", include("viewer.urls")),
]

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
handler500 = pages.fault
