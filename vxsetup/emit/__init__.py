"""Settings for clients: what each must be told to use the models of a config, as whole files. Pure; nothing is sent."""

from __future__ import annotations

from vxsetup.emit.parts import Emitted, File, Kind, Refusal
from vxsetup.emit.settings import Place, Settings, settings_of
from vxsetup.emit.write import emit

__all__ = ["Emitted", "File", "Kind", "Place", "Refusal", "Settings", "emit", "settings_of"]
