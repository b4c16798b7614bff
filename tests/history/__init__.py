"""Defects of Xen's past: refuted with the release that has one, proved with the release that has the fix."""
