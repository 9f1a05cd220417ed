"""The dashboard: pages for people over the same store as the API, in the same process.

Pages are rendered here and work without scripts; small modules of our own make them live. Nothing is loaded
from anywhere else. `mount_dashboard` puts the pages behind an application's other routes; `SignIn` stands
before what asks for keys.
"""

from giants.web.dashboard.mount import mount_dashboard
from giants.web.dashboard.signin import SignIn

__all__ = ["SignIn", "mount_dashboard"]
