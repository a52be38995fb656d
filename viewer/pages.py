"""Pages that show studies: worklist, case, upload, viewer.

They stand here and not in consults, which does not know studies: the viewer may import cases, never
the reverse. Each page is one door check, a fixed number of queries, one audit event.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_safe

from consults import audit
from consults.access import Principal, Right, case_for, organisations_of, rights_in
from consults.actions import issue_ticket
from consults.hearing import address_of
from consults.models import AuditEvent, Case, User
from viewer.manifest import case_json, patient_json, ticket_json
from viewer.models import Outcome, ReceivedFile
from viewer.worklist import worklist_page

API = "/api/v1"
PIXELS = "/pixels/v1"
THUMBNAIL_LONGEST_PIXELS = 160
NEWEST_ACTS = 20
NEWEST_EVENTS = 500

# What the activity of a case says, by action of the audit.
ACT_WORDS = {
    "case.open": "opened the case",
    "case.view": "looked at the case",
    "pictures.look": "looked at the pictures",
    "viewer.open": "opened the viewer",
    "participant.add": "let somebody in",
    "participant.remove": "took somebody out",
    "files.receive": "sent files",
    "file.download": "downloaded a file",
}


@require_http_methods(["GET", "HEAD", "POST"])
def worklist(request: HttpRequest) -> HttpResponse:
    """Show the cases one may see, newest first.

    A search is sent by POST: it is a patient's name, and addresses end in histories and logs.
    """
    principal = Principal.of(request.user)
    search = request.POST.get("search", "").strip()
    after = (request.POST if request.method == "POST" else request.GET).get("after", "")
    page = worklist_page(principal, search=search, after=after)
    audit.record(
        "worklist.search" if search else "worklist.view",
        principal=principal,
        object_kind="worklist",
        address=address_of(request),
        cases=len(page.rows),
    )
    context = {
        "page": page,
        "search": search,
        "after": after,
        "thumbnails": _thumbnails_offered(),
        "may_open_cases": organisations_of(principal, may=Right.UPLOAD).exists(),
    }
    return render(request, "viewer/worklist.html", context)


def _thumbnails_offered() -> bool:
    """Return whether there is a route for a case's picture that the session alone opens."""
    try:
        reverse("viewer:case-thumbnail", args=[UUID(int=0)])
    except NoReverseMatch:
        return False
    return True


def _case_addresses(case: Case) -> dict[str, Any]:
    """Return what a page's scripts need to know; ``{stack}`` and the like are filled in there."""
    base = f"{API}/cases/{case.id}"
    frame = f"{base}/instances/{{instance}}/frames/{{frame}}"
    return {
        "caseUrl": f"{base}/",
        "stackUrl": f"{base}/stacks/{{stack}}/",
        "ticketUrl": f"{base}/ticket/",
        "probeUrl": f"{frame}/probe/",
        "regionUrl": f"{frame}/region/",
        "filesUrl": f"{base}/files/",
        "knownFilesUrl": f"{base}/files/known/",
        "pixels": f"{PIXELS}/cases/{case.id}",
        "backUrl": reverse("case", args=[case.id]),
        "viewerUrl": reverse("case-viewer", args=[case.id]),
        "signInUrl": reverse("sign-in"),
        "thumbnailLongest": THUMBNAIL_LONGEST_PIXELS,
    }


@require_safe
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the patient, the question, every study with its stacks, files, people and activity."""
    principal = Principal.of(request.user)
    found = case_for(principal, case_id)
    rights = rights_in(principal, found)
    token, ticket = issue_ticket(principal, found.id, address=address_of(request))
    audit.record(
        "case.view",
        principal=principal,
        object_kind="case",
        object_id=found.id,
        case=found,
        address=address_of(request),
    )
    shown = case_json(found, rights)
    context = {
        "case": found,
        "shown": shown,
        "stack_count": sum(
            len(series["stacks"]) for study in shown["studies"] for series in study["series"]
        ),
        "may_upload": Right.UPLOAD in rights,
        "kept_apart": _kept_apart(found),
        "people": _people(found),
        "acts": _acts(found),
        "config": _case_addresses(found) | {"ticket": ticket_json(token, ticket)},
    }
    return render(request, "viewer/case.html", context)


def _people(case: Case) -> list[dict[str, str]]:
    """Return who takes part in a case by name, and what they may do. One query."""
    people = []
    for one in case.participants.select_related("user").order_by("added_at"):
        rights = [right.value for right in Right if right in one.may]
        may = "manages the case" if Right.MANAGE in one.may else f"may {', '.join(rights)}"
        people.append({"who": str(one.user), "may": may})
    return people


def _kept_apart(case: Case) -> list[ReceivedFile]:
    """Return the received files that are not among the pictures, and why."""
    return list(
        ReceivedFile.objects.filter(
            case=case, outcome__in=[Outcome.REFUSED, Outcome.CONFLICT]
        ).order_by("-received_at")[:200]
    )


def _acts(case: Case) -> list[dict[str, Any]]:
    """Return the newest acts in a case: who, what, how often in a row, when last. Two queries."""
    events = (
        AuditEvent.objects.filter(case_id=str(case.id), action__in=ACT_WORDS, outcome="success")
        .exclude(actor_id="")
        .order_by("-sequence")[:NEWEST_EVENTS]
    )
    acts: list[dict[str, Any]] = []
    for event in events:
        # A folder of files is one act to whoever reads this.
        if acts and (acts[-1]["actor"], acts[-1]["action"]) == (event.actor_id, event.action):
            acts[-1]["times"] += 1
        elif len(acts) < NEWEST_ACTS:
            acts.append(
                {"actor": event.actor_id, "action": event.action, "at": event.at, "times": 1}
            )
        else:
            break
    names = {
        str(user.id): str(user)
        for user in User.objects.filter(id__in={act["actor"] for act in acts})
    }
    for act in acts:
        act["who"] = names.get(act["actor"], "Somebody")
        act["what"] = ACT_WORDS[act["action"]]
    return acts


@require_safe
def upload(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the page that sends files into a case; the files go to the API one by one."""
    principal = Principal.of(request.user)
    found = case_for(principal, case_id, may=Right.UPLOAD)
    audit.record(
        "upload.open",
        principal=principal,
        object_kind="case",
        object_id=found.id,
        case=found,
        address=address_of(request),
    )
    context = {
        "case": found,
        "patient": patient_json(found.patient),
        "config": _case_addresses(found),
    }
    return render(request, "viewer/upload.html", context)


@require_safe
def viewer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the viewer; it fetches the case and its pictures itself."""
    principal = Principal.of(request.user)
    found = case_for(principal, case_id)
    audit.record(
        "viewer.open",
        principal=principal,
        object_kind="case",
        object_id=found.id,
        case=found,
        address=address_of(request),
    )
    # The page has no form of its own, and its scripts send the token with every POST.
    get_token(request)
    context = {"case": found, "config": _case_addresses(found)}
    return render(request, "viewer/viewer.html", context)
