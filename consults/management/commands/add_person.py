"""``telerad add_person``: an account, an organisation and a role in one step. Repeatable."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from consults import audit
from consults.models import Membership, Organisation, Role, User
from telerad.revocation import revoke


class Command(BaseCommand):
    """Makes what is missing; what is there is kept, but the role, which is set."""

    help = "Add a person, and their role in an organisation, making what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare who, where and as what."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--organisation", help="name of the organisation; made if missing")
        parser.add_argument("--role", choices=Role.values, default=Role.PHYSICIAN.value)
        parser.add_argument("--operator", action="store_true", help="may enter the operator pages")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401, Django's signature
        """Add the person; ask for the password of a new account."""
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        user = User.objects.filter(email=email).first()
        password = None if user else self.ask_password(email)
        with transaction.atomic():
            if user is None:
                user = User.objects.create_user(email, password, name=options["name"] or email)
            if options["operator"]:
                user.is_staff = user.is_superuser = True
                user.save(update_fields=["is_staff", "is_superuser"])
            if options["organisation"]:
                self.add_role(user, options["organisation"], options["role"])
            audit.record("person.add", principal=None, object_kind="user", object_id=user.id)
            transaction.on_commit(lambda: revoke(f"user:{user.id}"))
        self.stdout.write(f"{email} is there.")

    def add_role(self, user: User, organisation_name: str, role: str) -> None:
        """Set the person's role in the organisation."""
        organisation, _ = Organisation.objects.get_or_create(name=organisation_name)
        Membership.objects.update_or_create(
            organisation=organisation, user=user, defaults={"role": role}
        )

    def ask_password(self, email: str) -> str:
        """Return a password that was typed twice and is not weak. Raises CommandError."""
        password = getpass(f"Password for {email}: ")
        if getpass("Again: ") != password:
            raise CommandError("The two passwords differ; nobody was added.")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password
