"""Judges buttons, selects, rows, modals and the layout components of the second version.

First version: at most five rows, each with up to five buttons or one select. Second version: at most 40 components
all told, 4000 characters of text, nothing beside them. In both a custom id stands once.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.discord.errors import Form, Path

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
LINK, PREMIUM = 5, 6
LAYOUT_TOTAL, LAYOUT_TEXT = 40, 4000


def walk(components: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every component in reading order with its path, nested ones after the one that holds them."""
    for index, component in enumerate(components or []):
        here = (*path, index)
        if not isinstance(component, dict):
            continue
        yield here, component
        yield from walk(component.get("components"), (*here, "components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield (*here, key), component[key]


def find(components: Any, custom_id: str) -> dict[str, Any] | None:
    """The component with this custom id."""
    return next((c for _, c in walk(components) if c.get("custom_id") == custom_id), None)


def check_components(form: Form, components: Any, *, v2: bool) -> None:
    """Note what is wrong with a message's components; None counts as none."""
    tops = form.items(("components",), components, most=LAYOUT_TOTAL if v2 else 5)
    allowed = {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER} if v2 else {ROW}
    for index, top in enumerate(tops):
        form.choice(("components", index, "type"), top.get("type"), allowed)
    every = list(walk(tops, ("components",)))
    if v2 and len(every) > LAYOUT_TOTAL:
        words = f"Must be {LAYOUT_TOTAL} or fewer in length."
        form.add(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", words)
    if sum(len(c.get("content") or "") for _, c in every) > LAYOUT_TEXT:
        words = f"The total of text must be {LAYOUT_TEXT} or fewer in length."
        form.add(("components",), "COMPONENT_MAX_TEXT_LENGTH_EXCEEDED", words)
    for path, component in every:
        _check_one(form, path, component)
    _check_unique(form, every)


def check_modal(data: dict[str, Any]) -> None:
    """Refuse a modal that breaks a limit (50035)."""
    form = Form()
    form.text(("data", "title"), data.get("title"), least=1, most=45)
    form.text(("data", "custom_id"), data.get("custom_id"), least=1, most=100)
    tops = form.items(("data", "components"), data.get("components"), least=1, most=5)
    every = list(walk(tops, ("data", "components")))
    for path, component in every:
        _check_one(form, path, component)
    _check_unique(form, every)
    form.raise_if_any()


def _check_one(form: Form, path: Path, component: dict[str, Any]) -> None:
    kind = component.get("type")
    if kind == ROW:
        _check_row(form, path, component)
    elif kind == BUTTON:
        _check_button(form, path, component)
    elif kind in SELECTS:
        _check_select(form, path, component)
    elif kind == TEXT_INPUT:
        _check_text_input(form, path, component)
    elif kind == TEXT:
        form.text((*path, "content"), component.get("content"), least=1, most=LAYOUT_TEXT)
    elif kind == LABEL:
        form.text((*path, "label"), component.get("label"), least=1, most=45)
        form.text((*path, "description"), component.get("description"), most=100)
    elif kind == GALLERY:
        form.items((*path, "items"), component.get("items"), least=1, most=10)
    elif kind == SECTION:
        form.items((*path, "components"), component.get("components"), least=1, most=3)


def _check_row(form: Form, path: Path, row: dict[str, Any]) -> None:
    children = form.items((*path, "components"), row.get("components"), least=1, most=5)
    wide = [c for c in children if c.get("type") != BUTTON]
    if wide and len(children) > 1:
        words = "The specified component exceeds the maximum width"
        form.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", words)
    for index, child in enumerate(children):
        form.choice((*path, "components", index, "type"), child.get("type"), {2, 3, 4, 5, 6, 7, 8})


def _check_button(form: Form, path: Path, button: dict[str, Any]) -> None:
    style = button.get("style")
    form.choice((*path, "style"), style, {1, 2, 3, 4, LINK, PREMIUM})
    form.text((*path, "label"), button.get("label"), most=80)
    if style == LINK:
        _check_link(form, (*path, "url"), button.get("url"))
        if button.get("custom_id"):
            words = "A custom id and url cannot both be specified"
            form.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_AND_URL", words)
    elif style != PREMIUM:
        form.text((*path, "custom_id"), button.get("custom_id"), least=1, most=100)
        if button.get("url"):
            form.add((*path, "url"), "COMPONENT_URL_NOT_ALLOWED", "Only link buttons have a url")
    if style != PREMIUM and not (button.get("label") or button.get("emoji")):
        form.required((*path, "label"))


def _check_link(form: Form, path: Path, url: Any) -> None:
    if not isinstance(url, str) or not url:
        form.required(path)
        return
    if len(url) > 512:
        form.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 512 or fewer in length.")
    try:
        parts = urlsplit(url)
    except ValueError:
        form.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return
    if parts.scheme not in ("http", "https", "discord"):
        words = (
            f'Scheme "{parts.scheme}" is not supported. '
            "Scheme must be one of ('http', 'https', 'discord')."
        )
        form.add(path, "URL_TYPE_INVALID_SCHEME", words)
    elif not parts.netloc or any(letter.isspace() for letter in url):
        form.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _check_select(form: Form, path: Path, select: dict[str, Any]) -> None:
    form.text((*path, "custom_id"), select.get("custom_id"), least=1, most=100)
    form.text((*path, "placeholder"), select.get("placeholder"), most=150)
    form.whole((*path, "min_values"), select.get("min_values"), least=0, most=25)
    form.whole((*path, "max_values"), select.get("max_values"), least=1, most=25)
    if select.get("type") != STRING_SELECT:
        return
    options = form.items((*path, "options"), select.get("options"), least=1, most=25)
    seen = set()
    for index, option in enumerate(options):
        here = (*path, "options", index)
        form.text((*here, "label"), option.get("label"), least=1, most=100)
        form.text((*here, "value"), option.get("value"), least=1, most=100)
        form.text((*here, "description"), option.get("description"), most=100)
        if option.get("value") in seen:
            words = "The specified option value is already used"
            form.add((*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words)
        seen.add(option.get("value"))
    ticked = sum(bool(option.get("default")) for option in options)
    if ticked > (1 if select.get("max_values") is None else select["max_values"]):
        words = "More options are chosen beforehand than may be chosen"
        form.add((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", words)
    if options and (select.get("max_values") or 1) > len(options):
        words = "More options may be chosen than there are"
        form.add((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", words)


def _check_text_input(form: Form, path: Path, text_input: dict[str, Any]) -> None:
    form.text((*path, "custom_id"), text_input.get("custom_id"), least=1, most=100)
    form.text((*path, "label"), text_input.get("label"), most=45)
    form.text((*path, "placeholder"), text_input.get("placeholder"), most=100)
    form.choice((*path, "style"), text_input.get("style"), {1, 2})
    form.whole((*path, "min_length"), text_input.get("min_length"), least=0, most=4000)
    form.whole((*path, "max_length"), text_input.get("max_length"), least=1, most=4000)
    longest = text_input.get("max_length") or 4000
    form.text((*path, "value"), text_input.get("value"), most=longest)


def _check_unique(form: Form, every: list[tuple[Path, dict[str, Any]]]) -> None:
    seen = set()
    for path, component in every:
        custom_id = component.get("custom_id")
        if custom_id is not None and custom_id in seen:
            words = "Component custom id cannot be duplicated"
            form.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", words)
        seen.add(custom_id)
