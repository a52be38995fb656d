"""Rows that several doors need; each docstring states its query count. Nothing is written here."""

from uuid import UUID

import numpy as np

from telerad.errors import NotFound
from viewer.dicom.table import FrameTable
from viewer.frames import FrameSource
from viewer.models import Instance
from viewer.pixels.descriptor import header_from_json


def instance_of_case(case_id: UUID, instance_id: UUID) -> Instance:
    """Return an instance of the case without its sorting facts. One query.

    Raises NotFound if the case has no such instance; that the caller may see the case is checked
    before.
    """
    instance = (
        Instance.objects.filter(id=instance_id, series__study__case_studies__case_id=case_id)
        .defer("facts")
        .first()
    )
    if instance is None:
        raise NotFound("There is no such instance in this case.")
    return instance


def source_of(instance: Instance) -> FrameSource:
    """Return what a frame reader needs to know of an instance. No query."""
    index = bytes(instance.header_index)
    return FrameSource(
        instance_id=instance.id,
        blob=instance.blob_id,
        transfer_syntax_uid=instance.transfer_syntax_uid,
        table=FrameTable.from_bytes(bytes(instance.frame_table)),
        headers=tuple(header_from_json(header) for header in instance.headers),
        header_index=np.frombuffer(index, "<u2") if index else None,
    )
