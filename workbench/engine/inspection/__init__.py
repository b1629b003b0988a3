"""The step inspector: records what single steps did, and explains them term by term."""
