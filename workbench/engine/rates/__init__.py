"""The parts of `workbench.engine.effective_rates`: rules by method, and statistics."""
