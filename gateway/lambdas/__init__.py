"""The functions that Terraform deploys, one module each.

A start makes hundreds of thousands of objects that all stay, and the garbage collector would look through them again and again: a tenth
of the time. So it rests from here on until a function says `ready`, and never looks at those objects again.
Source: https://docs.python.org/3/library/gc.html#gc.freeze
"""

import gc

gc.disable()


def ready() -> None:
    """Have the collector work again, on what is made from now on."""
    gc.freeze()
    gc.enable()
