"""The viewer app: DICOM files in, stacks and tiles out."""

from django.apps import AppConfig


class ViewerConfig(AppConfig):
    """Django's registration of the app."""

    name = "viewer"
    verbose_name = "Studies and pictures"
