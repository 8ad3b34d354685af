"""Getting pages: from the network behind the address guard and into archives, from archives, and what a failed request means."""
