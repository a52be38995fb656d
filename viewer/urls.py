"""Routes of the API. Those of the pixel door are :data:`viewer.door.ROUTES`."""

from django.urls import URLPattern, path

from viewer import api, upload_api

app_name = "viewer"

_CASE = "api/v1/cases/<uuid:case_id>/"
_FRAME = _CASE + "instances/<uuid:instance_id>/frames/<int:frame>/"

urlpatterns: list[URLPattern] = [
    path("api/v1/cases/", api.Cases.as_view(), name="cases"),
    path(_CASE, api.CaseDetail.as_view(), name="case"),
    path(_CASE + "thumbnail/", api.CaseThumbnail.as_view(), name="case-thumbnail"),
    path(_CASE + "stacks/<uuid:stack_id>/", api.StackDetail.as_view(), name="stack"),
    path(_CASE + "ticket/", api.CaseTicket.as_view(), name="ticket"),
    path(_CASE + "files/", upload_api.CaseFiles.as_view(), name="files"),
    path(_CASE + "files/known/", upload_api.KnownFiles.as_view(), name="files-known"),
    path(_CASE + "instances/<uuid:instance_id>/file/", api.File.as_view(), name="file"),
    path(_FRAME + "probe/", api.Probe.as_view(), name="probe"),
    path(_FRAME + "region/", api.Region.as_view(), name="region"),
]
