"""One file for each reader: people, programs, Nagios, Datadog; a result in, text or metrics out.

It may import `trust` for its types, and the nouns below; never `reading`, never a socket. Never
decide here what a finding means, and never print a server's text without escaping it.
"""
