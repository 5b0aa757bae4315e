"""The AES that OSCORE is given: the chip's, or on CPython one with the same calls."""

try:
    from cryptolib import aes
except ImportError:
    from host_tools.cryptolib import aes

__all__ = ["aes"]
