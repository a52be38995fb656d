"""What the viewer is told about a case and about a stack: JSON built in a fixed number of queries.

Headers, remarks and warnings are equal in most slices of a series; each distinct one is parsed and
sent once.
"""

import json
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from consults.access import Right
from consults.models import Case, Patient
from consults.names import name_groups
from consults.tickets import TICKET_SECONDS, Ticket
from telerad.errors import NotFound
from viewer import stackbody
from viewer.models import Instance, InstanceConflict, Series, Stack, Study
from viewer.tile_cache import BoundedCache

# JSON objects that leave as they are; their shape is in viewer.serializers.
Json = dict[str, Any]

# A page renews its ticket well before it ends, so that no tile is refused in between.
RENEW_AFTER_SECONDS = TICKET_SECONDS * 3 // 4


def ticket_json(token: str, ticket: Ticket) -> Json:
    """Return a ticket as the page keeps it; ``expiresAt`` is in seconds since 1970."""
    return {
        "token": token,
        "expiresAt": ticket.expires_at,
        "renewAfterSeconds": RENEW_AFTER_SECONDS,
    }


def patient_json(patient: Patient | None) -> Json:
    """Return the patient's identity; empty texts while a case has none."""
    return {
        "name": name_groups(patient.name if patient else ""),
        "id": patient.patient_id if patient else "",
        "issuer": patient.issuer if patient else "",
        "birthDate": _iso(patient.birth_date) if patient else "",
        "sex": patient.sex if patient else "",
    }


def case_json(case: Case, rights: Collection[Right]) -> Json:
    """Return the case with its studies, series and stacks, no ticket. At most five queries."""
    studies = list(
        Study.objects.filter(case_studies__case=case).order_by("-study_date", "-study_time", "id")
    )
    series: dict[UUID, list[Series]] = {}
    for one in Series.objects.filter(study__in=studies).order_by("number", "id"):
        series.setdefault(one.study_id, []).append(one)
    series_ids = [one.id for many in series.values() for one in many]
    stacks = _stacks_by_series(series_ids)
    others = _others_by_series(case, series_ids, may_download=Right.DOWNLOAD in rights)
    return {
        "id": str(case.id),
        "title": case.title,
        "question": case.question,
        "patient": patient_json(case.patient),
        "rights": sorted(right.value for right in rights),
        "studies": [
            study_json(study)
            | {
                "series": [
                    series_json(one)
                    | {"stacks": stacks.get(one.id, []), "others": others.get(one.id, [])}
                    for one in series.get(study.id, [])
                ]
            }
            for study in studies
        ],
    }


def study_json(study: Study) -> Json:
    """Return the study's own attributes; absent ones are empty texts."""
    return {
        "id": str(study.id),
        "date": _iso(study.study_date),
        "time": _iso(study.study_time),
        "description": study.description,
        "accession": study.accession_number,
    }


def series_json(series: Series) -> Json:
    """Return the series' own attributes; absent ones are empty texts, an absent number is null."""
    return {
        "id": str(series.id),
        "number": series.number,
        "modality": series.modality,
        "description": series.description,
        "bodyPart": series.body_part,
        "laterality": series.laterality,
    }


def stack_of_case(case: Case, stack_id: UUID) -> Stack:
    """Return a stack of the case with series, study and patient. Raises NotFound. One query."""
    stack = (
        Stack.objects.filter(id=stack_id, series__study__case_studies__case=case)
        .select_related("series__study__patient")
        .first()
    )
    if stack is None:
        raise NotFound("There is no such stack in this case.")
    return stack


def stack_json(stack: Stack) -> Json:
    """Return all that is needed to show a stack, no ticket. One query."""
    body = stackbody.unpack(bytes(stack.body))
    rows = _instance_rows(stack.series_id, {frame["instance"] for frame in body["frames"]})
    headers = _Headers()
    remarks = {text: json.loads(text) for text in {row[3] for row in rows.values()}}
    frames = []
    for frame in body["frames"]:
        _, headers_text, index, remarks_text, _ = rows[frame["instance"]]
        entry = {
            "instance": frame["instance"],
            "frame": frame["frame"],
            "header": headers.number(headers_text, _header_of(index, frame["frame"])),
            "position": frame.get("position"),
            "slice": frame.get("slice"),
            "orientation": frame.get("orientation"),
        }
        if note := remarks[remarks_text].get("incomplete"):
            entry["note"] = note
        frames.append(entry)
    used = [remarks[text] for text in dict.fromkeys(row[3] for row in rows.values())]
    study = stack.series.study
    return {
        "id": str(stack.id),
        "label": stack.label,
        "revision": stack.revision,
        "frameCount": stack.frame_count,
        "study": study_json(study),
        "series": series_json(stack.series),
        "patient": patient_json(study.patient),
        "headers": headers.all,
        "frames": frames,
        "orientations": body.get("orientations", []),
        "patientOrientation": body.get("patientOrientation"),
        "frameOfReference": body.get("frameOfReference", ""),
        "spacingMm": body.get("spacingMm"),
        "laterality": body.get("laterality", ""),
        "view": body.get("view", ""),
        "cine": used[0].get("cine") if len(rows) == 1 else None,
        "trust": _trust_json(
            [*body.get("warnings", []), *_rival_warning(sum(row[4] for row in rows.values()))],
            body.get("expected"),
            used,
            len(frames),
        ),
    }


class _Headers:
    """The distinct frame headers of a stack, in order of first use."""

    def __init__(self) -> None:
        self.all: list[Json] = []
        self._parsed: dict[str, list[Json]] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._same: dict[str, int] = {}

    def number(self, text: str, index: int) -> int:
        """Return the place in ``all`` of an instance's header ``index``, headers given as JSON."""
        number = self._numbers.get((text, index))
        if number is None:
            if text not in self._parsed:
                self._parsed[text] = json.loads(text)
            header = self._parsed[text][index]
            key = json.dumps(header, sort_keys=True)
            number = self._same.setdefault(key, len(self.all))
            if number == len(self.all):
                self.all.append(header)
            self._numbers[text, index] = number
        return number


def _header_of(index: bytes, frame_number: int) -> int:
    """Return which of the instance's headers applies to a frame (uint16 little-endian a frame)."""
    if not index:
        return 0
    which: int = struct.unpack_from("<H", index, 2 * (frame_number - 1))[0]
    return which


def _instance_rows(
    series_id: UUID, wanted: set[str]
) -> dict[str, tuple[UUID, str, bytes, str, bool]]:
    """Return (id, headers as JSON text, header index, remarks as JSON text, has rivals) by id.

    A rival is another file with the instance's UID and other bytes.
    """
    rows = (
        Instance.objects.filter(series_id=series_id)
        .annotate(
            headers_text=Cast("headers", TextField()),
            remarks_text=Cast("remarks", TextField()),
            has_rivals=Exists(InstanceConflict.objects.filter(instance=OuterRef("pk"))),
        )
        .values_list("id", "headers_text", "header_index", "remarks_text", "has_rivals")
    )
    return {
        str(row[0]): (row[0], row[1], bytes(row[2]), row[3], row[4])
        for row in rows
        if str(row[0]) in wanted
    }


def _rival_warning(instances: int) -> list[Json]:
    """Return what to say when other files have the UIDs of images in the stack."""
    if not instances:
        return []
    which = "1 image was" if instances == 1 else f"{instances} images were"
    text = (
        f"{which} received again with other content. What came first is shown here; the other"
        " is kept and named on the page of the case it was sent to."
    )
    return [{"code": "conflict", "text": text}]


def _trust_json(
    warnings: Sequence[Json], expected: int | None, remarks: Sequence[Json], received: int
) -> Json:
    lossy = [remark["lossy"] for remark in remarks if remark.get("lossy")]
    notes: dict[str, None] = {}
    for remark in remarks:
        texts = [*remark.get("notes", []), remark.get("charset"), remark.get("incomplete")]
        notes.update(dict.fromkeys(text for text in texts if text))
    return {
        "lossy": _strongest(lossy) | {"partly": len(lossy) < len(remarks)} if lossy else None,
        "burnedIn": any(remark.get("burned_in") for remark in remarks),
        "received": received,
        "expected": expected,
        "warnings": list(warnings),
        "notes": list(notes),
    }


def _strongest(lossy: Sequence[Json]) -> Json:
    """Return the strongest compression, which is what the reader has to know of."""
    return max(lossy, key=lambda one: one.get("ratio") or 0.0)


@dataclass(frozen=True, slots=True)
class _Digest:
    """What a list of stacks says of a stack's body."""

    warnings: int
    instance: str
    frame: int


# By stack and revision, so never stale; a list of cases does not unpack every stack again.
_digests: BoundedCache[tuple[UUID, str], _Digest] = BoundedCache(20_000)


def _digest(stack_id: UUID, revision: str, packed: bytes) -> _Digest:
    body = stackbody.unpack(packed)
    middle = body["frames"][len(body["frames"]) // 2]
    digest = _Digest(len(body.get("warnings", [])), middle["instance"], middle["frame"])
    _digests.put((stack_id, revision), digest, 1)
    return digest


def _stacks_by_series(series_ids: Sequence[UUID]) -> dict[UUID, list[Json]]:
    """Return the stacks' JSON by series; two queries, one once all of them were seen before."""
    rows = list(
        Stack.objects.filter(series_id__in=series_ids)
        .order_by("position", "id")
        .values_list("id", "series_id", "label", "frame_count", "position", "revision")
    )
    digests = {row[0]: _digests.get((row[0], row[5])) for row in rows}
    missing = [stack_id for stack_id, digest in digests.items() if digest is None]
    if missing:
        bodies = Stack.objects.filter(id__in=missing).values_list("id", "revision", "body")
        for stack_id, revision, packed in bodies:
            digests[stack_id] = _digest(stack_id, revision, bytes(packed))
    found: dict[UUID, list[Json]] = {}
    for stack_id, series_id, label, frame_count, position, _ in rows:
        digest = digests[stack_id]
        if digest is None:  # taken away between the two queries
            continue
        found.setdefault(series_id, []).append(
            {
                "id": str(stack_id),
                "label": label,
                "frameCount": frame_count,
                "position": position,
                "warnings": digest.warnings,
                "thumbnail": {"instance": digest.instance, "frame": digest.frame},
            }
        )
    return found


def _others_by_series(
    case: Case, series_ids: Sequence[UUID], *, may_download: bool
) -> dict[UUID, list[Json]]:
    """Return what is stored and not displayed, with its reason, by series. One query."""
    rows = (
        Instance.objects.filter(series_id__in=series_ids)
        .exclude(not_displayed_because="")
        .order_by("instance_number", "id")
        .values_list("id", "series_id", "not_displayed_because")
    )
    found: dict[UUID, list[Json]] = {}
    for instance_id, series_id, reason in rows:
        address = reverse("viewer:file", args=(case.id, instance_id)) if may_download else None
        found.setdefault(series_id, []).append(
            {"instance": str(instance_id), "reason": reason, "file": address}
        )
    return found


def case_thumbnail(case: Case) -> tuple[str, int] | None:
    """Return (instance id, frame number) of a picture that stands for the case, if it has one."""
    row = (
        Stack.objects.filter(series__study__case_studies__case=case)
        .order_by("-series__study__study_date", "-frame_count", "position", "id")
        .values_list("id", "revision")
        .first()
    )
    if row is None:
        return None
    digest = _digests.get(row)
    if digest is None:
        packed = Stack.objects.values_list("body", flat=True).filter(id=row[0]).first()
        if packed is None:
            return None
        digest = _digest(*row, bytes(packed))
    return digest.instance, digest.frame


def _iso(value: date | time | None) -> str:
    return value.isoformat() if value is not None else ""
