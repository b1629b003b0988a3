"""Plain data and contracts, free of torch and Qt: what every other layer speaks."""
