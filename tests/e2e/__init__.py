"""The real server as a subprocess, the real Chromium in front of it."""
