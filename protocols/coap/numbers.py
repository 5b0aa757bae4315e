"""CoAP's registries (RFC 7252 section 12, kept by IANA), spelled as there with _ for - and space."""

# Message types (section 3)
CON, NON, ACK, RST = range(4)

EMPTY = 0x00  # the code of a message that is neither request nor response

# Method codes (section 12.1.1; from FETCH on RFC 8132)
GET, POST, PUT, DELETE, FETCH, PATCH, IPATCH = range(1, 8)

# Response codes (section 12.1.2): class in the upper three bits, detail in the lower five.
# 2.31 and 4.08 are RFC 7959's.
CREATED = 0x41
DELETED = 0x42
VALID = 0x43
CHANGED = 0x44
CONTENT = 0x45
CONTINUE = 0x5F
BAD_REQUEST = 0x80
UNAUTHORIZED = 0x81
BAD_OPTION = 0x82
FORBIDDEN = 0x83
NOT_FOUND = 0x84
METHOD_NOT_ALLOWED = 0x85
NOT_ACCEPTABLE = 0x86
REQUEST_ENTITY_INCOMPLETE = 0x88
PRECONDITION_FAILED = 0x8C
REQUEST_ENTITY_TOO_LARGE = 0x8D
UNSUPPORTED_CONTENT_FORMAT = 0x8F
INTERNAL_SERVER_ERROR = 0xA0
NOT_IMPLEMENTED = 0xA1
BAD_GATEWAY = 0xA2
SERVICE_UNAVAILABLE = 0xA3
GATEWAY_TIMEOUT = 0xA4
PROXYING_NOT_SUPPORTED = 0xA5

# Option numbers (section 12.2; Observe is RFC 7641's, OSCORE RFC 8613's, Block and Size RFC 7959's,
# Echo and Request-Tag RFC 9175's, No-Response RFC 7967's)
IF_MATCH = 1
URI_HOST = 3
ETAG = 4
IF_NONE_MATCH = 5
OBSERVE = 6
URI_PORT = 7
LOCATION_PATH = 8
OSCORE = 9
URI_PATH = 11
CONTENT_FORMAT = 12
MAX_AGE = 14
URI_QUERY = 15
ACCEPT = 17
LOCATION_QUERY = 20
BLOCK2 = 23
BLOCK1 = 27
SIZE2 = 28
PROXY_URI = 35
PROXY_SCHEME = 39
SIZE1 = 60
ECHO = 252
NO_RESPONSE = 258
REQUEST_TAG = 292

# Table 4 (section 5.10) and its like in the later RFCs: an option's greatest length in bytes. The least is
# 0, but for those that are not empty.
LONGEST = {
    IF_MATCH: 8,
    URI_HOST: 255,
    ETAG: 8,
    IF_NONE_MATCH: 0,
    OBSERVE: 3,
    URI_PORT: 2,
    LOCATION_PATH: 255,
    OSCORE: 255,
    URI_PATH: 255,
    CONTENT_FORMAT: 2,
    MAX_AGE: 4,
    URI_QUERY: 255,
    ACCEPT: 2,
    LOCATION_QUERY: 255,
    BLOCK2: 3,
    BLOCK1: 3,
    SIZE2: 4,
    PROXY_URI: 1034,
    PROXY_SCHEME: 255,
    SIZE1: 4,
    ECHO: 40,
    NO_RESPONSE: 1,
    REQUEST_TAG: 8,
}
NOT_EMPTY = (URI_HOST, ETAG, PROXY_URI, PROXY_SCHEME, ECHO)
REPEATABLE = (IF_MATCH, ETAG, LOCATION_PATH, URI_PATH, URI_QUERY, LOCATION_QUERY, REQUEST_TAG)

# Content-formats (section 12.3); application/cbor is RFC 8949 section 9.4
TEXT_PLAIN = 0
APPLICATION_LINK_FORMAT = 40
APPLICATION_OCTET_STREAM = 42
APPLICATION_JSON = 50
APPLICATION_CBOR = 60

PORT = 5683  # section 12.6


def is_request(code):
    return 0 < code < 0x20


def is_response(code):
    return code >> 5 in (2, 4, 5)


def is_critical(option):
    """Section 5.4.6: an option that must be understood, or the message be rejected."""
    return option & 1 == 1


def dotted(code):
    """`0x45` as `2.05`, the way codes are written."""
    return f"{code >> 5}.{code & 0x1F:02d}"
