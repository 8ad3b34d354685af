"""This room renders pages that need a browser: it starts, watches and ends Chromium, and is the browser's only way to the network."""
