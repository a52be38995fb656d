"""DICOM files read into frozen values; pydicom stays inside, Django outside."""
