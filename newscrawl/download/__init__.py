"""This room gets pages from the network, behind the address guard, by robots.txt and at each host's pace, and tells what a failed request means."""
