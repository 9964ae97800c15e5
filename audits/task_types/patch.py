"""What changed as JSON Patch (RFC 6902): applied to what was before, it gives what is after."""

from typing import Any

Patch = list[dict[str, Any]]
# What says that two entries of a list are the same one, in whatever order they stand.
NAMES = ("uuid", "id", "field_id", "key")


def json_patch(before: Any, after: Any) -> Patch:
    """Add, remove and replace only, in one pass: entries of a list are found again by name, else by place."""
    operations: Patch = []
    _compare("", before, after, operations)
    return operations


def _compare(path: str, before: Any, after: Any, found: Patch) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        _compare_objects(path, before, after, found)
    elif isinstance(before, list) and isinstance(after, list):
        _compare_lists(path, before, after, found)
    elif not _is_same(before, after):
        found.append({"op": "replace", "path": path, "value": after})


def _is_same(before: Any, after: Any) -> bool:
    # For Python True is 1; for JSON it is not.
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _step(path: str, key: str) -> str:
    return f"{path}/{key.replace('~', '~0').replace('/', '~1')}"


def _compare_objects(path: str, before: dict[str, Any], after: dict[str, Any], found: Patch) -> None:
    for key, value in before.items():
        if key in after:
            _compare(_step(path, key), value, after[key], found)
        else:
            found.append({"op": "remove", "path": _step(path, key)})
    found += [{"op": "add", "path": _step(path, key), "value": after[key]} for key in after if key not in before]


def _compare_lists(path: str, before: list[Any], after: list[Any], found: Patch) -> None:
    for key in NAMES:
        old, new = _names(before, key), _names(after, key)
        if old and new and _is_order_kept(old, new):
            _by_name(path, dict(zip(old, before, strict=True)), new, after, found)
            return
    _by_place(path, before, after, found)


def _names(entries: list[Any], key: str) -> list[str]:
    """One for each entry, or none at all where one lacks it or two share it."""
    names = [entry.get(key) if isinstance(entry, dict) else None for entry in entries]
    return names if all(isinstance(name, str) for name in names) and len(set(names)) == len(names) else []


def _is_order_kept(old: list[str], new: list[str]) -> bool:
    in_old, in_new = set(old), set(new)
    return [name for name in old if name in in_new] == [name for name in new if name in in_old]


def _by_name(path: str, before: dict[str, Any], names: list[str], after: list[Any], found: Patch) -> None:
    wanted = set(names)
    # From the end, so that the places before it stay what they are.
    gone = [place for place, name in enumerate(before) if name not in wanted]
    found += [{"op": "remove", "path": f"{path}/{place}"} for place in reversed(gone)]
    for place, (name, entry) in enumerate(zip(names, after, strict=True)):
        if name in before:
            _compare(f"{path}/{place}", before[name], entry, found)
        else:
            found.append({"op": "add", "path": f"{path}/{place}", "value": entry})


def _by_place(path: str, before: list[Any], after: list[Any], found: Patch) -> None:
    shared = min(len(before), len(after))
    for place in range(shared):
        _compare(f"{path}/{place}", before[place], after[place], found)
    found += [{"op": "remove", "path": f"{path}/{place}"} for place in range(len(before) - 1, shared - 1, -1)]
    found += [{"op": "add", "path": f"{path}/{place}", "value": after[place]} for place in range(shared, len(after))]
