"""How runs go: counts, the report, health beside the site's own past, Prometheus, and the history for people."""
