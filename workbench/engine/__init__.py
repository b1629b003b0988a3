"""The only home of torch: data, models, optimizers, the training loop and its thread."""

import os

# Read by torch's OpenMP library when it is loaded, which only this package does. A thread
# that waits for another one by spinning keeps it from the core that it needs, as soon as
# the window or another program wants one: a step then takes up to ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "2500")  # turns: tens of µs; see ARCHITECTURE
