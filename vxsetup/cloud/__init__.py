"""The only room with a network: the session, the errors, the recording, and one provider file per Google API."""
