"""Getting pages: the address guard, replay from an archive, and what a failed request means."""
