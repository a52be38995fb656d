"""Pages that need no study: signing in and out, a new case.

The worklist and the case pages show studies and stand in :mod:`viewer.pages`, because this app does
not know the viewer.
"""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from consults.access import Principal, Right, organisation_for
from consults.actions import open_case
from consults.forms import NewCaseForm, SignInForm
from consults.hearing import address_of


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    """The sign-in page; ``next`` leads back, on this host only."""

    template_name = "consults/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = False

    def form_invalid(self, form: Any) -> HttpResponse:  # noqa: ANN401, Django's signature
        """Answer 429 while the limit holds, 400 for a wrong pair, in the same page."""
        response = super().form_invalid(form)
        response.status_code = 429 if form.limited else 400
        return response


@require_POST
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and every ticket of the person (consults.hearing), then show the door."""
    logout(request)
    return redirect("sign-in")


@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Show the form of a new case; open it and lead on to its upload page."""
    principal = Principal.of(request.user)
    form = NewCaseForm(principal, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        case = open_case(
            principal,
            organisation_for(principal, fields["organisation"].id, may=Right.UPLOAD),
            title=fields["title"],
            question=fields["question"],
            address=address_of(request),
        )
        return redirect("upload", case_id=case.id)
    status = 400 if form.is_bound else 200
    return render(request, "consults/new_case.html", {"form": form}, status=status)
