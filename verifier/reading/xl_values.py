"""What xl's getters give for a key (tools/libs/util/libxlu_cfg.c), with what they warn of.

A getter of the wrong kind gives nothing, and xl goes on as if the key were not there: such keys get a remark.
"""

from __future__ import annotations

from collections.abc import Mapping

from verifier.layout.errors import InputError
from verifier.layout.guest_config import Remark
from verifier.layout.origin import Origin
from verifier.layout.units import one_line
from verifier.reading import c_scanning
from verifier.reading.xl_config import Setting, Text, Value, Values

MOST_INT = (1 << 31) - 1


class Getters:
    """Over one file; collects where values come from, and remarks."""

    def __init__(self, latest: Mapping[str, Setting]) -> None:
        self.origins: dict[str, Origin] = {}
        self.remarks: list[Remark] = []
        self._latest = latest

    def remark(self, text: str, origin: Origin, *, refused: bool = False) -> None:
        """Add one."""
        self.remarks.append(Remark(one_line(text), origin, refused))

    def text(self, key: str) -> Text | None:
        """`xlu_cfg_get_string`: of a string or number."""
        setting = self._latest.get(key)
        if setting is None:
            return None
        if not isinstance(setting.value, Text):
            self.remark(f"{key} is a list where one value is wanted, and xl takes none", setting.origin)
            return None
        self.origins[key] = setting.origin
        return setting.value

    def number(self, key: str) -> int | None:
        """`xlu_cfg_get_long`: of a number in C's notation, in quotes or not."""
        text = self.text(key)
        if text is None:
            return None
        why = self._no_number(self._latest[key], text)
        if why is None:
            return c_scanning.long(text.text)
        del self.origins[key]
        self.remark(f"{key} {why}, and xl takes none", text.origin)
        return None

    def bounded(self, key: str, most: int) -> int | None:
        """`xlu_cfg_get_bounded_long` from 0: raises InputError where there is something else than such a number."""
        setting = self._latest.get(key)
        if setting is None:
            return None
        if not isinstance(setting.value, Text):
            raise at(f"{key} is a list, and xl stops", setting.origin)
        why = self._no_number(setting, setting.value)
        number = c_scanning.long(setting.value.text) if why is None else None
        if number is None or not 0 <= number <= most:
            raise at(f"{key} {why or f'is {number}, not from 0 to {most}'}, and xl stops", setting.origin)
        self.origins[key] = setting.origin
        return number

    def flag(self, key: str) -> bool | None:
        """`xlu_cfg_get_defbool`: a number other than 0."""
        number = self.number(key)
        return None if number is None else number != 0

    def items(self, key: str) -> tuple[Value, ...]:
        """`xlu_cfg_get_list`: what is in a list."""
        setting = self._latest.get(key)
        if setting is None:
            return ()
        if not isinstance(setting.value, Values):
            self.remark(f"{key} is one value where a list is wanted, and xl takes none", setting.origin)
            return ()
        self.origins[key] = setting.origin
        return setting.value.items

    def texts(self, key: str) -> tuple[Text, ...]:
        """Of a list that xl walks until something in it is a list."""
        found: list[Text] = []
        for item in self.items(key):
            if not isinstance(item, Text):
                self.remark(f"{key} has a list within, and xl takes nothing from there on", item.origin)
                break
            found.append(item)
        return tuple(found)

    @staticmethod
    def _no_number(setting: Setting, text: Text) -> str | None:
        if setting.added:
            return 'is added to with "+=", which numbers are not'
        if c_scanning.long(text.text) is None:
            return f'is "{text.text[:40]}", which is no number'
        return None


def at(message: str, origin: Origin) -> InputError:
    """An error at a place in the file."""
    return InputError(one_line(message), origin.file, origin.line)
