"""A uImage is told by all of its header, and of that by its first word."""

from __future__ import annotations

import pytest

from tests.reading.test_kernel_image import uimage
from verifier.layout.errors import InputError
from verifier.reading.kernel_image import Image, image


@pytest.mark.parametrize(("arch", "bits"), [(2, 32), (22, 64)])
def test_a_header_without_an_image(arch: int, bits: int) -> None:
    header = uimage(arch)[:64]
    assert image(header, "kernel") == Image(bits, "uImage", False)
    for other in (header[:63], b"\0" + header[1:], header[:3] + b"\0" + header[4:]):
        with pytest.raises(InputError, match="no kernel for Arm"):
            image(other, "kernel")
