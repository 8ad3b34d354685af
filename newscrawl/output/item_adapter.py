"""Makes articles items that Scrapy's ``ItemAdapter``, and so its exporters and anybody's pipelines, can read; importing it is enough."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from itemadapter import ItemAdapter
from itemadapter.adapter import AdapterInterface


class StructAdapter(AdapterInterface):
    """Lets Scrapy's own exporters (json, csv, xml) read msgspec structs, nested ones too."""

    @classmethod
    def is_item_class(cls, item_class: type) -> bool:
        """Structs are items."""
        return issubclass(item_class, msgspec.Struct)

    @classmethod
    def get_field_names_from_class(cls, item_class: type) -> list[str]:
        """The struct's fields in order."""
        names: tuple[str, ...] = getattr(item_class, "__struct_fields__", ())
        return list(names)

    def field_names(self) -> Any:
        """The struct's fields in order."""
        return self.get_field_names_from_class(type(self.item))

    def __getitem__(self, name: str) -> Any:
        if name not in self.item.__struct_fields__:
            raise KeyError(name)  # what get() and "in" expect of a name that is no field's
        return getattr(self.item, name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.item.__struct_fields__:
            raise KeyError(f"{type(self.item).__name__} does not support field: {name}")
        setattr(self.item, name, value)

    def __delitem__(self, name: str) -> None:
        raise TypeError("a struct's fields cannot be deleted")

    def __iter__(self) -> Iterator[str]:
        return iter(self.field_names())

    def __len__(self) -> int:
        return len(self.field_names())


cast("deque[type[AdapterInterface]]", ItemAdapter.ADAPTER_CLASSES).appendleft(StructAdapter)
