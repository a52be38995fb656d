"""Routes of the pages that show studies. The API's are in :mod:`viewer.urls`."""

from django.urls import path

from viewer import pages

urlpatterns = [
    path("", pages.worklist, name="worklist"),
    path("cases/<uuid:case_id>/", pages.case, name="case"),
    path("cases/<uuid:case_id>/upload/", pages.upload, name="upload"),
    path("cases/<uuid:case_id>/viewer/", pages.viewer, name="case-viewer"),
]
