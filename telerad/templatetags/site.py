"""What templates need beside Django's own: icons, dates and words for people."""

from datetime import date

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from telerad.modules import modules_of

register = template.Library()

# (0010,0040) Patient's Sex.
SEX_WORDS = {"M": "male", "F": "female", "O": "other"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon of the sprite; it is decoration, the words beside it carry the meaning."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/lucide/sprite.svg"),
        name,
    )


@register.simple_tag
def preload_modules(entry: str) -> SafeString:
    """Return links that let the browser fetch a module and all it imports at once."""
    return format_html_join(
        "\n",
        '<link rel="modulepreload" href="{}">',
        ((static(path),) for path in modules_of(entry)),
    )


@register.filter
def day(value: date | str | None) -> str:
    """Return a date as ``3 Feb 2026``, which no country reads in another way; empty if absent."""
    if not value:
        return ""
    if not isinstance(value, str):
        return date_format(value, "j M Y")
    try:
        return date_format(date.fromisoformat(value[:10]), "j M Y")
    except ValueError:
        return value


@register.filter
def age(born: date | str | None) -> str:
    """Return the age today: days up to a month, months up to two years, then years."""
    if not born:
        return ""
    if isinstance(born, str):
        try:
            born = date.fromisoformat(born)
        except ValueError:
            return ""
    today = timezone.localdate()
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 0:
        return ""
    if months < 1:
        return f"{(today - born).days} days"
    return f"{months} months" if months < 24 else f"{months // 12} years"


@register.filter
def sex(value: str) -> str:
    """Return the word for a Patient's Sex code; an unknown code as it stands."""
    return SEX_WORDS.get(value, value)


@register.filter
def count_of(number: int | None, noun: str) -> str:
    """Return ``1 image``, ``2 images``; ``noun`` may be ``study,studies``."""
    singular, _, plural = noun.partition(",")
    number = number or 0
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
