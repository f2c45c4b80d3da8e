"""Runs some ways through sample_branches, so that both measurements have taken and missing branches."""

import sample_branches as sample


def fails(error):
    def call():
        raise error

    return call


def main():
    sample.conditions(1, 0)
    sample.conditions(4, 1)
    sample.loops([1, 2, 3])
    sample.loops([])
    sample.handlers(lambda: 3)
    sample.handlers(fails(ValueError("x")))
    sample.contexts("name")
    list(sample.generator(2))
    sample.excluded(0)
    with sample.decorated() as function:
        function(1)
    sample.Thing().name  # noqa: B018
