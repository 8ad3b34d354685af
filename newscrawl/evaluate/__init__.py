"""How good records are: gold, scores, intervals, calibration, and frozen pages that hold the extractor to what it gives."""
