"""Pages that need a browser: what is asked of Chromium, how it is started, watched and ended, and its only way to the network."""
