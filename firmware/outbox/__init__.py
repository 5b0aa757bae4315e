"""What waits to be sent, on flash, until the server has it."""
