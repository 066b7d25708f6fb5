"""vxsetup gets a Google Cloud project ready for Claude on Vertex AI, proves it, and keeps it so."""

__version__ = "0.1.0"
