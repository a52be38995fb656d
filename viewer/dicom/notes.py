"""What the screen has to say about an instance, gathered while it is read."""


class Notes:
    """Sentences in the order they came up, each once, bounded in number."""

    __slots__ = ("_texts",)
    _MOST = 40

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def add(self, text: str) -> None:
        """Keep a sentence unless it is there already."""
        if text and len(self._texts) < self._MOST:
            self._texts[text] = None

    def texts(self) -> tuple[str, ...]:
        """Return the sentences."""
        return tuple(self._texts)
