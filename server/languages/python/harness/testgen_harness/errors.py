"""Failures that become an error answer."""

from __future__ import annotations


class HarnessError(Exception):
    """`code` is one of the server's error codes (protocol/memory/error.h); the message is one line for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
