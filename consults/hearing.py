"""What the audit hears of without being called: refused objects, sign-ins, sign-outs."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from consults import audit
from consults.access import Principal
from consults.models import User
from telerad.edge import refused
from telerad.errors import TeleradError
from telerad.revocation import revoke


def address_of(request: HttpRequest) -> str:
    """Return the caller's address, as the server saw it or a trusted proxy told it."""
    return str(request.META.get("REMOTE_ADDR") or "unknown")


def _principal(user: object) -> Principal | None:
    return Principal.of(user) if isinstance(user, User | AnonymousUser) and user.pk else None


@receiver(refused)
def write_refusal(
    sender: object, request: HttpRequest, error: TeleradError, **kwargs: object
) -> None:
    """Write down that a signed-in person asked for an object and was not given it."""
    principal = _principal(getattr(request, "user", None))
    if principal is None:
        return
    match = request.resolver_match
    wanted = match.kwargs if match else {}
    audit.record(
        "access.refused",
        principal=principal,
        object_kind="route",
        object_id=(match.view_name or "") if match else "",
        outcome=error.kind.value,
        address=address_of(request),
        method=request.method,
        **{f"wanted_{name}": value for name, value in wanted.items()},
    )


@receiver(user_logged_in)
def write_sign_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:  # noqa: ANN401
    """Write down a sign-in."""
    audit.record(
        "sign-in",
        principal=Principal.of(user),
        object_kind="user",
        object_id=user.id,
        address=address_of(request),
    )


@receiver(user_logged_out)
def write_sign_out(
    sender: object,
    request: HttpRequest,
    user: User | None,
    **kwargs: Any,  # noqa: ANN401
) -> None:
    """End the person's tickets, in every window, and write down the sign-out."""
    if user is None:
        return
    principal = Principal.of(user)
    revoke(principal.subject)
    audit.record(
        "sign-out",
        principal=principal,
        object_kind="user",
        object_id=user.id,
        address=address_of(request),
    )
