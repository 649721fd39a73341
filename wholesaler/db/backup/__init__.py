"""Backups of the database: written, checked, and brought back."""
