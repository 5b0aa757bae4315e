"""The way to the server; what is not used is not loaded."""


def open_link(settings):
    """A SecureLink, or a PlainLink for benches."""
    if settings.plaintext:
        print("node: THE LINK IS NOT PROTECTED (plaintext, for development only)")
        from firmware.plain_link import PlainLink

        return PlainLink(settings)
    from firmware.secure_link import SecureLink

    return SecureLink(settings)
