"""Forms of people and cases."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from consults import audit
from consults.access import Principal, Right, organisations_of
from consults.actions import MAX_QUESTION_CHARACTERS, MAX_TITLE_CHARACTERS
from consults.hearing import address_of
from consults.limits import Tries
from consults.models import Organisation, User

LONGEST_PASSWORD_CHARACTERS = 1000


class SignInForm(AuthenticationForm):
    """E-mail and password. The answer is the same whether or not the account exists."""

    error_messages = {
        "invalid_login": "The e-mail address and the password do not belong together.",
        "inactive": "The e-mail address and the password do not belong together.",
        "limited": "Too many sign-ins have failed. Wait 15 minutes, then try again.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, Django's signature
        super().__init__(*args, **kwargs)
        self.limited = False
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )
        self.fields["username"].label = "E-mail address"
        self.fields["password"].widget.attrs["maxlength"] = LONGEST_PASSWORD_CHARACTERS

    def clean(self) -> dict[str, Any]:
        """Check the limits, then the password, then give the places back."""
        email = str(self.cleaned_data.get("username") or "").strip().lower()
        password = str(self.cleaned_data.get("password") or "")
        if not email or not password:
            return self.cleaned_data
        address = address_of(self.request) if self.request else "unknown"
        tries = (
            Tries(f"address:{address}", settings.SIGN_IN_TRIES_PER_ADDRESS),
            Tries(f"account:{email}", settings.SIGN_IN_TRIES_PER_ACCOUNT),
        )
        if not all(each.take() for each in tries):
            self.limited = True
            _write_failure(email, address, "limited")
            raise ValidationError(self.error_messages["limited"], code="limited")
        # A password of a megabyte is not hashed; it gets the answer of a wrong one.
        if len(password) <= LONGEST_PASSWORD_CHARACTERS:
            self.user_cache = authenticate(self.request, username=email, password=password)
        if self.user_cache is None:
            _write_failure(email, address, "failure")
            raise self.get_invalid_login_error()
        self.confirm_login_allowed(self.user_cache)
        for each in tries:
            each.give_back()
        return self.cleaned_data


def _write_failure(email: str, address: str, outcome: str) -> None:
    """Write down a failed sign-in: whose account, if there is one, never what was typed."""
    user_id = User.objects.filter(email=email).values_list("id", flat=True).first()
    audit.record(
        "sign-in",
        principal=None,
        object_kind="user",
        object_id=user_id or "",
        outcome=outcome,
        address=address,
    )


class NewCaseForm(forms.Form):
    """What a case is about, before any picture is there."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), empty_label=None)
    title = forms.CharField(
        max_length=MAX_TITLE_CHARACTERS,
        help_text="A few words that you and your colleagues will recognise it by.",
    )
    question = forms.CharField(
        max_length=MAX_QUESTION_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What should the images answer? It stands at the top of the case.",
    )

    def __init__(self, principal: Principal, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101, for the type checker
        field.queryset = organisations_of(principal, may=Right.UPLOAD)
