"""The compact telemetry message (docs/messages.md): nodes encode it, collectors decode it."""
