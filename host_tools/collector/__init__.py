"""The collector: takes the nodes' reports into SQLite, and sends their commands back."""
