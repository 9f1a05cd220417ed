"""Delivery of alerts to the people who asked for them: webhooks (Standard Webhooks) and e-mail.

Alerts are kept in a local queue before they are acknowledged to the broker, and stay there until a receiver
has taken them: at least once, under the same id every time.
"""
