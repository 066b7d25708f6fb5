"""Requests to a model: made as they must be, judged before they are sent, and their answers judged. Pure."""
