"""How the API knows who asks. Apart from the edge, because the framework loads it while loading."""

from typing import Any

from rest_framework.authentication import SessionAuthentication


class SessionLogin(SessionAuthentication):
    """The signed-in person of the session cookie; without one the answer is 401, not 403."""

    def authenticate_header(self, request: Any) -> str:  # noqa: ANN401, the framework's signature
        """Return the challenge that makes the framework answer 401."""
        return "Session"
