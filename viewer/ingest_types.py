"""What rows are written for, what becomes of a file, and the sentences that say why."""

from dataclasses import dataclass
from uuid import UUID

from consults.access import Principal
from consults.models import Case, Organisation
from viewer.ingest_read import Loaded
from viewer.models import Outcome

ALREADY_HERE = "The same file is here already."
OTHER_BYTES = (
    "Another file with the same SOP Instance UID (0008,0018) is here already; both are kept, the "
    "first one is shown."
)
OTHER_BYTES_OTHER_PATIENT = (
    "Another patient's file has the same SOP Instance UID (0008,0018); both are kept, apart, and "
    "a person has to decide."
)
STUDY_OF_ANOTHER_PATIENT = (
    "The Study Instance UID (0020,000D) of this file belongs to another patient here."
)
STUDY_NOT_VISIBLE = (
    "This study is in another case of the organisation, in which you do not take part; ask to be "
    "let in there."
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where files go: into one case, or (``case`` None) into a case for each patient."""

    organisation: Organisation
    case: Case | None
    principal: Principal | None


@dataclass(slots=True)
class Result:
    """What became of one file."""

    loaded: Loaded
    outcome: Outcome
    reason: str = ""
    instance_id: UUID | None = None
    case_id: UUID | None = None
