"""What a node is provisioned with: the JSON text that it keeps in NVS, where no flashing touches it."""

import ipaddress
import json
import re
import secrets
from dataclasses import dataclass, field

from host_tools.collector.store import Keys

# Where a node has it (firmware/kept.py, firmware/provisioning.py).
NVS_NAMESPACE, NVS_KEY = "citynode", "provision"
NVS_CONTEXT = "oscore"
NVS_CREWS = "crew"
# What new keys and another collector make void: the context, ids of commands begun and answered, settings,
# who may open it.
NVS_STATE = (NVS_CONTEXT, "begun", "answered", "config", "config_try", NVS_CREWS)
NODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")  # it is a segment of a CoAP path and a SenML name
SERVER = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})(:(?P<port>[0-9]{1,5}))?")
DEFAULT_PORT = 5683  # of coap: OSCORE protects messages, not the transport, and has no port of its own
SECRET_BYTES = 16  # OSCORE master secret (RFC 8613 section 3.2.1 leaves the length open)
SALT_BYTES = 8


class ProvisionError(ValueError):
    """A node cannot be provisioned like this; `hint` says what to do."""

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Provision:
    """`report_s` None: as the board file says.  `kid` and `keys` None: the link is not protected.

    `crews`: as `crews_for_node` has them; they are no part of `to_json`.
    """

    node: str
    host: str
    port: int
    kid: bytes | None
    keys: Keys | None
    report_s: int | None = None
    crews: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        check_node_name(self.node)

    def to_json(self) -> bytes:
        content = {
            "node": self.node,
            "server": [self.host, self.port],
            "security": "oscore" if self.keys else "plaintext",
        }
        if self.keys:
            content["kid"] = self.kid.hex()
            content["secret"] = self.keys.master_secret.hex()
            content["salt"] = self.keys.master_salt.hex()
        if self.report_s is not None:
            content["report_s"] = self.report_s
        return json.dumps(content).encode()


def fresh_keys() -> Keys:
    return Keys(secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SALT_BYTES))


def check_node_name(name: str) -> None:
    """Raises ProvisionError."""
    if not NODE_NAME.fullmatch(name):
        raise ProvisionError(
            f"{name!r} is no node name", "Use up to 32 letters, digits, dots, hyphens and underscores."
        )


def node_name(product: str, mac: bytes) -> str:
    """The name a node has unless it is given another: its product and the end of its MAC."""
    return f"{product}-{mac[-3:].hex()}"


def parse_server(text: str) -> tuple[str, int]:
    """ "HOST" or "HOST:PORT", HOST an IPv4 address or a name.  Raises ProvisionError."""
    match = SERVER.fullmatch(text)
    if not match:
        raise ProvisionError(
            f"{text!r} is no server address", "Give HOST or HOST:PORT, as in 203.0.113.10:5683."
        )
    host, number = match["host"], int(match["port"] or DEFAULT_PORT)
    if not 0 < number < 65536:
        raise ProvisionError(f"{number} is no UDP port", "Ports are 1 to 65535.")
    return host, number


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
