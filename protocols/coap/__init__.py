"""CoAP (RFC 7252) without I/O: the message format, the client's and the server's side of an exchange."""
