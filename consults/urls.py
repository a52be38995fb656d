"""Routes of people and cases."""

from django.urls import path

from consults import pages

urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("cases/new/", pages.new_case, name="new-case"),
]
