"""The demo: a made-up programme beside a few real companies, played through the real stack."""
