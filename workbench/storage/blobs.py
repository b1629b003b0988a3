"""The names of what a session file stores as blobs."""

from __future__ import annotations

# Of the session itself:
PLAN = "plan"  # the draft in the form: JSON of the plan
LAYOUT = "layout"  # the window's own bytes

# Of a run:
NOTICES = "notices"  # JSON: a list of texts
PICTURE = "picture"  # see `workbench.storage.pictures`
LANDSCAPE = "landscape"  # see `workbench.storage.insights`
WEIGHTS = "weights"  # tensors of a checkpoint, one a generation: safetensors
STATE = "state"  # the rest of the checkpoint of the same generation: JSON
