"""What a node is provisioned with: the content of its /provision.json."""

import ipaddress
import json
import re
from dataclasses import dataclass, field

NODE_FILE = "/provision.json"
NODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")  # it is a segment of a CoAP path and a SenML name
SERVER = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})(:(?P<port>[0-9]{1,5}))?")
DEFAULT_PORT = 5683  # CoAP without security (RFC 7252 section 6.1)
SECRET_BYTES = 16  # OSCORE master secret (RFC 8613 section 3.2.1 leaves the length open)
SALT_BYTES = 8


class ProvisionError(ValueError):
    """A node cannot be provisioned like this; `hint` says what to do."""

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Provision:
    """`report_s` None: as the board file says.  The secrets are kept for OSCORE and never shown."""

    node: str
    host: str
    port: int
    master_secret: bytes = field(repr=False)
    master_salt: bytes = field(repr=False)
    report_s: int | None = None

    def __post_init__(self) -> None:
        check_node_name(self.node)

    def to_json(self) -> bytes:
        content = {
            "node": self.node,
            "server": [self.host, self.port],
            "security": "plaintext",
            "master_secret": self.master_secret.hex(),
            "master_salt": self.master_salt.hex(),
        }
        if self.report_s is not None:
            content["report_s"] = self.report_s
        return json.dumps(content).encode() + b"\n"


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
