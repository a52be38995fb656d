"""The operator's pages: people and organisations may be changed, clinical rows only read.

Whatever an operator changes in who belongs where ends the tickets of the person at once.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from consults import audit
from consults.access import Principal
from consults.hearing import address_of
from consults.models import AuditEvent, Case, Membership, Organisation, Participant, Patient, User
from telerad.revocation import revoke

admin.site.site_header = "Telerad operator"
admin.site.site_title = "Telerad operator"
admin.site.index_title = "People, organisations and the audit"


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that an operator may look at and never change."""

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        """Return False: rows come from people's acts alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return False."""
        return False


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Cases without their pictures."""

    list_display = ("id", "organisation", "title", "created_at", "updated_at")
    list_select_related = ("organisation",)
    date_hierarchy = "created_at"


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    """Patients by their identifiers."""

    list_display = ("id", "organisation", "issuer", "patient_id")
    list_select_related = ("organisation",)


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    """Who takes part in which case."""

    list_display = ("case", "user", "may", "added_at")
    list_select_related = ("user",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit. Its chain is checked by ``telerad verify_audit``."""

    list_display = ("sequence", "at", "actor_kind", "actor_id", "action", "case_id", "outcome")
    list_filter = ("action", "outcome")
    search_fields = ("actor_id", "case_id", "object_id")
    ordering = ("-sequence",)
    show_full_result_count = False


def _write_change(request: HttpRequest, action: str, kind: str, row: models.Model) -> None:
    user = request.user
    audit.record(
        action,
        principal=Principal.of(user),
        object_kind=kind,
        object_id=row.pk,
        address=address_of(request),
    )


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who belongs to an organisation, in which role."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Organisations and who belongs to them."""

    list_display = ("name", "created_at")
    search_fields = ("name",)
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        """Return False: an organisation owns patients."""
        return False

    def save_related(
        self,
        request: HttpRequest,
        form: "ModelForm[Organisation]",
        formsets: Any,  # noqa: ANN401, Django's signature
        change: bool,
    ) -> None:
        """Save who belongs to it, end the tickets of all who are concerned, and write it down."""
        concerned = set(form.instance.memberships.values_list("user_id", flat=True))
        super().save_related(request, form, formsets, change)
        concerned |= set(form.instance.memberships.values_list("user_id", flat=True))
        for user_id in concerned:
            revoke(f"user:{user_id}")
        _write_change(request, "operator.organisation", "organisation", form.instance)


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts; a deactivated one loses its sessions and tickets."""

    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False: the audit names people; an account is deactivated instead."""
        return False

    def save_model(
        self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool
    ) -> None:
        """Save the account, end its tickets, and write it down."""
        super().save_model(request, obj, form, change)
        revoke(f"user:{obj.pk}")
        _write_change(request, "operator.user", "user", obj)
