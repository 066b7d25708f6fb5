"""A small Google Cloud in a box: an independent second reading of Google's documents, as one pure function.

Nothing here imports the rules, the facts, the catalogue or the cloud room, and none of them imports this: agreement
between the two readings is evidence only while they stay apart.
"""
