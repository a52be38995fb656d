"""The list of modules that a page preloads is the list that its entry needs."""

from telerad.modules import modules_of


def test_an_entry_needs_what_its_imports_import_each_once() -> None:
    modules = modules_of("viewer/main.js")
    assert modules[0] == "viewer/main.js"
    assert len(set(modules)) == len(modules)
    assert "viewer/model/window.js" in modules  # reached through io/ alone


def test_types_and_the_worker_are_not_fetched_by_the_page() -> None:
    modules = modules_of("viewer/main.js")
    assert "viewer/model/types.js" not in modules
    assert "viewer/io/worker.js" not in modules
