"""How a setting is declared, described and checked.

A setting's name, default, range, unit and help stand once, on the field of a
`Settings` class. Forms, the command line, the session file, validation and the guide
all read them from there through `describe` and `build`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from workbench.core.errors import Problem, SettingsError, UnknownNameError
from workbench.core.numbers import format_number, parse_float, parse_int

S = TypeVar("S", bound="Settings")

_BOUNDS = (
    (at.Ge, "ge", "minimum"),
    (at.Gt, "gt", "above"),
    (at.Le, "le", "maximum"),
    (at.Lt, "lt", "below"),
)


class Settings(BaseModel):
    """Base of all settings: frozen, strict about types, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _refuse_half_signs(cls, value: Any) -> Any:
        """Refuse names of files in another encoding, which no session file can hold."""
        if isinstance(value, str) and any(0xD800 <= ord(sign) < 0xE000 for sign in value):
            raise ValueError(f"{value!r} is not valid text; rename the file or its folder")
        return value


class CatalogueSettings(Settings):
    """Settings of one choice in a catalogue, told apart by their `kind`."""

    title: ClassVar[str]
    summary: ClassVar[str]
    kind: str

    @classmethod
    def key(cls) -> str:
        """Return the word that names this choice in files and on the command line."""
        return str(cls.model_fields["kind"].default)


class FieldKind(Enum):
    """Which editor and which grammar a field needs."""

    FLOAT = "number"
    INT = "whole number"
    BOOL = "switch"
    CHOICE = "choice"
    TEXT = "text"
    FILE = "file"
    FOLDER = "folder"
    FLOATS = "numbers"
    INTS = "whole numbers"


@dataclass(frozen=True)
class Range:
    """Bounds of a number; each may be absent, `above` and `below` are exclusive."""

    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    below: float | None = None

    def describe(self) -> str:
        """Say the range in words, such as 'greater than 0, at most 1'."""
        words = (
            ("at least", self.minimum),
            ("greater than", self.above),
            ("at most", self.maximum),
            ("less than", self.below),
        )
        return ", ".join(f"{w} {format_number(v)}" for w, v in words if v is not None)


@dataclass(frozen=True)
class FieldSpec:
    """All that a form or the command line knows about one setting.

    `length` is the fixed number of values of a tuple, None where any number may be
    given. `labels` name the parts of a fixed tuple and `part_ranges` bound them one by
    one; `range` is what they share, empty where they differ. `when` names another field
    of the same settings and the values for which this field has an effect.
    """

    name: str
    title: str
    help: str
    kind: FieldKind
    default: Any
    range: Range = Range()
    unit: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    length: int | None = None
    labels: tuple[str, ...] = ()
    advanced: bool = False
    when: tuple[str, tuple[Any, ...]] | None = None
    part_ranges: tuple[Range, ...] = ()

    def parse(self, text: str) -> Any:
        """Read a value from text; the range is checked by `build`, not here.

        Raises:
            ValueError: with a sentence for the user.
        """
        if self.optional and text.strip().lower() in {"", "none"}:
            return None
        match self.kind:
            case FieldKind.FLOAT:
                return parse_float(text)
            case FieldKind.INT:
                return parse_int(text)
            case FieldKind.BOOL:
                return _parse_bool(text)
            case FieldKind.FLOATS:
                return tuple(parse_float(part) for part in _split(text))
            case FieldKind.INTS:
                return tuple(parse_int(part) for part in _split(text))
            case FieldKind.CHOICE | FieldKind.TEXT | FieldKind.FILE | FieldKind.FOLDER:
                return text

    def format(self, value: Any) -> str:
        """Show a value as text that `parse` reads back to the same value."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return format_number(value)
        if isinstance(value, tuple):
            return " ".join(format_number(part) for part in value)
        return str(value)


def setting(  # noqa: PLR0913 - one keyword for each thing that a field may declare
    default: Any,
    help: str,  # noqa: A002 - the word for it
    *,
    title: str,
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    unit: str = "",
    path: Literal["file", "folder"] | None = None,
    labels: tuple[str, ...] = (),
    advanced: bool = False,
    when: tuple[str, tuple[Any, ...]] | None = None,
) -> Any:
    """Declare one field of a `Settings` class; see `FieldSpec` for the meanings."""
    extra: dict[str, Any] = {
        "unit": unit,
        "path": path,
        "labels": labels,
        "advanced": advanced,
        "when": when,
    }
    return Field(
        default=default,
        title=title,
        description=help,
        ge=minimum,
        gt=above,
        le=maximum,
        lt=below,
        json_schema_extra=extra,
    )


def describe(settings: type[Settings]) -> tuple[FieldSpec, ...]:
    """List the fields of a settings class in the order of a form, without `kind`.

    The order is that of the class itself, after what it merely inherits.
    """
    own = inspect.get_annotations(settings)
    fields = sorted(
        settings.model_fields.items(),
        key=lambda item: list(own).index(item[0]) if item[0] in own else -1,
    )
    return tuple(
        _describe_field(name, info)
        for name, info in fields
        if name != "kind" and not _is_settings(info.annotation)
    )


def build(settings: type[S], values: Mapping[str, Any], *, path: str = "") -> S:
    """Make settings from values by field name.

    Raises:
        SettingsError: naming every invalid field, its path starting with `path`.
    """
    try:
        return settings.model_validate(dict(values))
    except ValidationError as error:
        raise SettingsError(problems_in(error, settings, path=path)) from None


def problems_in(
    error: ValidationError, settings: type[Settings], *, path: str = ""
) -> tuple[Problem, ...]:
    """Turn a pydantic error into sentences that name each field."""
    return tuple(
        Problem(_dotted(path, detail["loc"][:1]), _sentence(detail, settings))
        for detail in error.errors()
    )


def _dotted(path: str, loc: tuple[int | str, ...]) -> str:
    return ".".join([path, *map(str, loc)] if path else map(str, loc))


def _sentence(detail: ErrorDetails, settings: type[Settings]) -> str:
    """Say what is wrong with a value and what would be right."""
    name = str(detail["loc"][0]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        known = [spec.name for spec in describe(settings)]
        return str(UnknownNameError("setting", name, known))
    info = settings.model_fields.get(name)
    if info is None or detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    spec = _describe_field(name, info)
    return f"{spec.title} must be {_expected(spec)}; it is {_shown(detail['input'])}"


def _expected(spec: FieldSpec) -> str:
    if spec.choices:
        return f"one of {', '.join(spec.choices)}"
    words = {
        FieldKind.FLOAT: "a finite number",
        FieldKind.INT: "a whole number",
        FieldKind.BOOL: "on or off (true or false)",
        FieldKind.FLOATS: f"{spec.length or 'a list of'} finite numbers",
        FieldKind.INTS: f"{spec.length or 'a list of'} whole numbers",
    }.get(spec.kind, "a text")
    if len(set(spec.part_ranges)) > 1:
        named = zip(spec.labels, spec.part_ranges, strict=False)
        return f"{words}: " + "; ".join(f"{n} {r.describe()}" for n, r in named)
    span = spec.range.describe()
    each = "each " if spec.kind in {FieldKind.FLOATS, FieldKind.INTS} and span else ""
    return f"{words}, {each}{span}" if span else words


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _split(text: str) -> list[str]:
    """Split a list of numbers at spaces or semicolons, or at commas where unambiguous.

    "0.9, 0.999" and "64,64" are lists; a comma inside one number would be read as a
    separator too, so a list is only ever split, its parts never joined.
    """
    return list(text.strip("()[] ").replace(",", " ").replace(";", " ").split())


def _parse_bool(text: str) -> bool:
    words = {"true": True, "on": True, "yes": True, "1": True}
    words |= {"false": False, "off": False, "no": False, "0": False}
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise ValueError(f"'{text}' is neither true nor false") from None


def _is_settings(annotation: Any) -> bool:
    parts = get_args(annotation) or (annotation,)
    return any(isinstance(part, type) and issubclass(part, Settings) for part in parts)


def _describe_field(name: str, info: FieldInfo) -> FieldSpec:
    extra = info.json_schema_extra
    extra = extra if isinstance(extra, dict) else {}
    annotation, optional = _without_none(info.annotation)
    kind, choices, length = _kind_of(annotation, extra.get("path"))
    part_ranges = _part_ranges(annotation)
    return FieldSpec(
        name=name,
        title=info.title or name,
        help=info.description or "",
        kind=kind,
        default=info.default,
        range=_shared(part_ranges) if part_ranges else _range_of(info.metadata),
        unit=str(extra.get("unit", "")),
        choices=choices,
        optional=optional,
        length=length,
        labels=extra.get("labels", ()),  # type: ignore[arg-type]  # a tuple, not JSON
        advanced=bool(extra.get("advanced", False)),
        when=extra.get("when"),  # type: ignore[arg-type]  # a tuple, not JSON
        part_ranges=part_ranges if length else (),
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    parts = get_args(annotation)
    if type(None) not in parts:
        return annotation, False
    (rest,) = (part for part in parts if part is not type(None))
    return rest, True


def _kind_of(
    annotation: Any, path: object
) -> tuple[FieldKind, tuple[str, ...], int | None]:
    """Find the kind, the choices and the fixed length that an annotation means."""
    if get_origin(annotation) is Literal:
        return FieldKind.CHOICE, tuple(map(str, get_args(annotation))), None
    if get_origin(annotation) is tuple:
        parts = get_args(annotation)
        length = None if parts[-1] is Ellipsis else len(parts)
        is_int = _plain(parts[0]) is int
        return FieldKind.INTS if is_int else FieldKind.FLOATS, (), length
    simple = {bool: FieldKind.BOOL, int: FieldKind.INT, float: FieldKind.FLOAT}
    if annotation in simple:
        return simple[annotation], (), None
    if path is not None:
        return FieldKind.FILE if path == "file" else FieldKind.FOLDER, (), None
    return FieldKind.TEXT, (), None


def _plain(annotation: Any) -> Any:
    """Strip `Annotated` from a type."""
    return getattr(annotation, "__origin__", annotation)


def _part_ranges(annotation: Any) -> tuple[Range, ...]:
    """Read the bounds of each part of a tuple; empty for anything else."""
    if get_origin(annotation) is not tuple:
        return ()
    parts = (part for part in get_args(annotation) if part is not Ellipsis)
    return tuple(_range_of(getattr(part, "__metadata__", ())) for part in parts)


def _shared(ranges: tuple[Range, ...]) -> Range:
    return ranges[0] if len(set(ranges)) == 1 else Range()


def _range_of(metadata: Iterable[Any]) -> Range:
    """Read the bounds of a number from the constraints on its type."""
    bounds = {}
    for item in metadata:
        for part in item.metadata if isinstance(item, FieldInfo) else [item]:
            for kind, bound, name in _BOUNDS:
                if isinstance(part, kind):
                    bounds[name] = getattr(part, bound)
    return Range(**bounds)
