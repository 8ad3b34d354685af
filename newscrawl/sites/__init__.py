"""What is known of a site: hosts, starts, pace and corrections, as data (``data/*.toml``), never as code."""
