"""The peers: small chat programs, each as the documentation of its framework would have it."""
