"""What lies behind a modem's antenna: coverage, connection, power saving, address translation."""
