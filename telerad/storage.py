"""Static files under names that carry a hash of their content."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

# ES modules import by lines that begin with import or export and end in .js";  Django's own
# patterns also follow import("./x.js") in type comments, where modules may name each other in a
# circle.
_MODULE_PATTERNS = (
    (
        r"""(?m)^(?P<matched>import(?P<names>[\s{*][^'";]*?)\s*from\s*["'](?P<url>\.\.?/[^"']+)["'];)""",
        """import%(names)s from "%(url)s";""",
    ),
    (
        r"""(?m)^(?P<matched>export(?P<names>[\s{*][^'";]*?)\s*from\s*["'](?P<url>\.\.?/[^"']+)["'];)""",
        """export%(names)s from "%(url)s";""",
    ),
    (
        r"""(?m)^(?P<matched>import\s*["'](?P<url>\.\.?/[^"']+)["'];)""",
        """import "%(url)s";""",
    ),
)


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Hashed names, also inside ``import`` lines of ES modules.

    A file that a template or a module names but that was never collected is an error, not a guess.
    """

    patterns = (*ManifestStaticFilesStorage.patterns, ("*.js", _MODULE_PATTERNS))
    # One pass hashes one more level of modules that import modules.
    max_post_process_passes = 30
    keep_intermediate_files = False
