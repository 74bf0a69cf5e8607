"""Comparing regime detectors: on made-up change points that are known, and on recordings."""
