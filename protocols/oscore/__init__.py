"""OSCORE (RFC 8613) without I/O: CoAP messages in, protected CoAP messages out, and back.

A node imports `client` and `client_state`, a collector `server` and `gate`.  They sit inside the CoAP
exchange, which sees nothing but protected messages, and whose business are retransmissions, duplicates
and outer blocks:

    application, client.Client, coap.client  <- network ->  coap.server, gate.Gate, application

Fixed by design: AES-CCM-16-64-128, HKDF-SHA-256.  Not supported: Observe, proxies, group communication.
"""
