"""The dashboard: pages for people over the same store as the API, in the same process.

Pages are rendered here and work without scripts; small modules of our own make them live. Nothing is loaded
from anywhere else. `mount_dashboard` puts everything behind an application's other routes.
"""

from giants.web.dashboard.mount import mount_dashboard

__all__ = ["mount_dashboard"]
