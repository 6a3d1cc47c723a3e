"""Certificates that are stored, not presented: files, bundles, key stores, kubeconfigs."""
