"""One site's run: its entry points, what is asked next and under which conditions, and what the answers mean for the state."""
