"""The only home of torch: data, models, optimizers, the training loop and its thread."""
