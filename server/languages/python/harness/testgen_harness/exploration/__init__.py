"""Exploring a subject: which inputs to try, what comes of them, and which of it is worth a test.

`subjects` finds what is to be explored, `inputs` proposes values, `calls` makes calls of them, `probe` carries one out
in a process of its own, `literals` writes values as source, `choose` keeps what differs, `cases` says it in words.
"""
