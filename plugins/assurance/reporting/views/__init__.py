"""What does each section of a page say? A section's view model stands beside what builds it; `page` puts them together.

A section is left out of a page whose view of that name is None.
"""
