"""Telerad: a browser-based, zero-footprint viewer for DICOM images and second opinions."""

__version__ = "0.1.0"
