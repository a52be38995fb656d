"""The order of the worklist across organisations, and the table of the embedded profile's cache."""

from django.core.management import call_command
from django.db import migrations, models


def make_cache_table(apps, schema_editor):
    """Make the table that the database cache writes to; nothing happens if it is there.

    It is made in the scaled profile too, so that a change of profile needs no command.
    """
    call_command(
        "createcachetable", "telerad_cache", database=schema_editor.connection.alias, verbosity=0
    )


class Migration(migrations.Migration):
    dependencies = [("consults", "0001_initial")]

    operations = [
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["-updated_at", "-id"], name="case_newest_first"),
        ),
    ]
