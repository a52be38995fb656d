"""The byte-bounded cache."""

from viewer.tile_cache import BoundedCache


def test_the_least_recently_used_entry_leaves_first() -> None:
    cache: BoundedCache[str, str] = BoundedCache(30)
    for name in "abc":
        cache.put(name, name.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert [cache.get(name) for name in "abcd"] == ["A", None, "C", "D"]


def test_putting_a_key_again_counts_its_bytes_once() -> None:
    cache: BoundedCache[str, str] = BoundedCache(30)
    for _ in range(10):
        cache.put("a", "A", 20)
    assert (cache.bytes, len(cache)) == (20, 1)
    cache.put("a", "A", 5)
    assert cache.bytes == 5


def test_a_value_larger_than_the_bound_is_not_kept_and_drives_nothing_out() -> None:
    cache: BoundedCache[str, str] = BoundedCache(30)
    cache.put("a", "A", 30)
    cache.put("b", "B", 31)
    assert (cache.get("a"), cache.get("b"), cache.bytes) == ("A", None, 30)


def test_clearing_forgets_the_bytes_too() -> None:
    cache: BoundedCache[str, str] = BoundedCache(30)
    cache.put("a", "A", 30)
    cache.clear()
    cache.put("b", "B", 30)
    assert (cache.get("b"), cache.bytes) == ("B", 30)


def test_evicted_entries_are_told() -> None:
    gone: list[tuple[str, str]] = []
    cache: BoundedCache[str, str] = BoundedCache(20, lambda key, value: gone.append((key, value)))
    for name in "abc":
        cache.put(name, name.upper(), 10)
    cache.discard("c")
    assert gone == [("a", "A")]
