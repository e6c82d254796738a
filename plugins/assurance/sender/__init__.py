"""The sender's desk: what an Area is given to fill in, to mend, and to compare."""
