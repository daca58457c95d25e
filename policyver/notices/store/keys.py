"""The secret key of a store, and what is derived from it: encryption at rest, keyed hashes, signed tokens.

One key of 32 bytes (``POLICYVER_SECRET_KEY``, URL-safe base64) is split by HKDF (RFC 5869) into one for each use:
addresses are encrypted with AES-256-GCM (NIST SP 800-38D, 96-bit random nonces) and looked up by HMAC-SHA256.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from policyver.errors import ConfigurationError, PolicyverError
from policyver.notices.environment import from_environment

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

VARIABLE = "POLICYVER_SECRET_KEY"
_MAKE_ONE = f"`policyver subscribers key` makes one; keep it, nothing can be read without it, and set {VARIABLE}."


class Keys:
    """See the module. All methods are pure but for the random nonce of `encrypt`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def from_environment(cls) -> Keys | None:
        """The key that the environment holds; None where it holds none. Raises `ConfigurationError`."""
        written = from_environment(VARIABLE, os.environ)
        if written is None:
            return None
        try:
            secret = base64.urlsafe_b64decode(written.strip().encode("ascii") + b"==")
        except (ValueError, binascii.Error):
            secret = b""
        if len(secret) != 32:
            raise ConfigurationError("the key is not 32 bytes in URL-safe base64", where=VARIABLE, cure=_MAKE_ONE)
        return cls(secret)

    @staticmethod
    def missing() -> ConfigurationError:
        return ConfigurationError("subscribers' addresses need a key, and it is not set", where=VARIABLE,
                                  cure=_MAKE_ONE)  # fmt: skip

    @staticmethod
    def generate() -> str:
        """A new key as it is written."""
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()

    def _derived(self, use: str) -> bytes:
        """HKDF-SHA256 with one block of output; the secret is uniform, so no salt is needed (RFC 5869 §3.3)."""
        extracted = hmac.digest(bytes(32), self._secret, "sha256")
        return hmac.digest(extracted, f"policyver {use}".encode() + b"\x01", "sha256")

    @cached_property
    def _lookup_key(self) -> bytes:
        return self._derived("lookup")

    @cached_property
    def _cipher(self) -> object:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derived("encryption"))

    def lookup(self, address: str) -> str:
        """The keyed hash of a canonical address: 160 bits of HMAC-SHA256, 40 hexadecimal digits."""
        return hmac.digest(self._lookup_key, address.encode("utf-8", "surrogatepass"), "sha256")[:20].hex()

    def encrypt(self, text: str, use: str) -> bytes:
        """`text` encrypted for one column: a ciphertext moved to another column does not decrypt."""
        nonce = os.urandom(12)
        sealed: bytes = self._cipher.encrypt(nonce, text.encode("utf-8", "surrogatepass"), use.encode())  # type: ignore[attr-defined]
        return nonce + sealed

    def decrypt(self, sealed: bytes, use: str) -> str:
        """What `encrypt` was given. Raises `PolicyverError` for another key or altered bytes."""
        from cryptography.exceptions import InvalidTag

        try:
            text: bytes = self._cipher.decrypt(sealed[:12], sealed[12:], use.encode())  # type: ignore[attr-defined]
        except (InvalidTag, ValueError):
            raise PolicyverError(
                "an encrypted address cannot be read with this key", where=VARIABLE,
                cure="Set the key that the store was filled with; if it is set, the row was altered.",
            ) from None  # fmt: skip
        return text.decode("utf-8", "surrogatepass")

    def mac(self, text: str) -> str:
        """A code that only a holder of the key can make, 64 hexadecimal digits."""
        return hmac.digest(self._derived("evidence"), text.encode(), "sha256").hex()

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without telling anything of them."""
        return hashlib.sha256(self._derived("fingerprint")).hexdigest()[:16]

    def signer(self, purpose: str) -> URLSafeTimedSerializer:
        """Signs and checks tokens for one purpose."""
        from itsdangerous import URLSafeTimedSerializer

        return URLSafeTimedSerializer(self._derived("tokens"), salt=f"policyver.{purpose}",
                                      signer_kwargs={"digest_method": hashlib.sha256})  # fmt: skip
