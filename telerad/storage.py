"""Static files under names that carry a hash of their content."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Hashed names, also inside ``import`` lines of ES modules.

    Rewritten are imports that end in ``.js";`` with the semicolon. A file that a template names but
    that was never collected is an error, not a guess.
    """

    support_js_module_import_aggregation = True
