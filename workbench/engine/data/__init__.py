"""The data sets: each module reads or makes one kind and returns tensors in memory."""
