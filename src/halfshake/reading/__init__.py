"""One reading: the visit, the second visit, every face of a target, and many targets at once.

It may import `dial`, `tls`, the nouns, and of `trust` only what says whether a key fits and is
held, and what lets a slow chain be judged beside the event loop; no report and no input.
Never weigh or phrase an opinion here: whatever a server does is an observation or a failure.
"""
