"""CoAP without I/O: messages, exchanges and blocks, for clients and servers (RFC 7252, 7959, 9175)."""
