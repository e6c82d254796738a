"""`make bench`: what does a month cost, and how far is it from the raw limit of this machine?

A floor does the work that cannot be avoided, on the same input, in the same run: rounds of everything are interleaved
and the best of each counts, so what else the machine does hits both sides. Only ratios may be compared between
machines. All is done in a temporary folder, for the collection `bcm`, with made-up cases.
"""
