"""Files, XML, settings and paths: what every part reads and writes through."""
