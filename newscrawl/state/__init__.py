"""What is known of a site from run to run: its frontier, its articles, redirects, and lines on their way to the output."""
