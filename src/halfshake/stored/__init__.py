"""Files, kubeconfigs and saved result documents become observations, without a network.

It may import the nouns, and `trust` for its types; no other room. Never keep, print or use a
private key that is stored with a certificate.
"""
