"""What goes to disk: session files and CSV exports; free of torch and Qt."""
