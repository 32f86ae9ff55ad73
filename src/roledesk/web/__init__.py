"""The HTTP kit: doors, who asks, problems, pages. It knows no feature."""
