"""Every kind of statement that branches, for the comparison with coverage.py."""

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def conditions(value, other):
    if value and other or value > 3:
        result = 1
    elif value:
        result = 2
    else:
        result = 3
    if other:
        result += 1  # noqa: E701
    return result + 1


def loops(items):
    for item in items:
        if item == 1:
            continue
        if item == 2:
            break
    else:
        items = None
    while items:
        items = items[1:]
    return [item for item in items or [] if item]


def handlers(call):
    try:
        value = call()
    except KeyError:
        return "key"
    except (ValueError, TypeError) as error:
        if error.args:
            return "value"
        return "empty"
    else:
        value = str(value)
    finally:
        print("done")
    return value


def contexts(name):
    with contextlib.suppress(ValueError):
        if name:
            raise ValueError(name)
    with contextlib.suppress(KeyError), contextlib.suppress(IndexError):
        print(name)


def generator(count):
    while True:
        count -= 1
        if count < 0:
            return
        yield count


def excluded(value):
    if value:  # pragma: no cover
        print("never counted")
        return 1
    if value is None:  # pragma: no branch
        value = 2
    return value


@contextlib.contextmanager
def decorated():
    """Documentation

    over several lines.
    """
    yield lambda value: value if value else None


class Thing:
    """A class."""

    size = 3 if TYPE_CHECKING else 4

    def stub(self): ...

    @property
    def name(self):
        assert self.size, "message"
        return {
            "a": 1,
            **{key: 2 for key in "xyz" if key},
        }


async def coroutine(source):
    async with source as opened:
        async for item in opened:
            if item:
                print(item)


def unreached(value):
    if value:
        return [
            1,
            2,
        ]


if __name__ == "__main__":
    print("as a program")
