"""From failed requirements to steps, and from steps to a changed cloud. Pure but for ``apply``."""
