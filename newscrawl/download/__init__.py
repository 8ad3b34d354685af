"""Getting pages from the network: behind the address guard, by robots.txt, at each host's pace; and what a failed request means."""
