"""How short life is in these tests."""

from __future__ import annotations

LEASE_S = 1.5
LEASE_MS = int(LEASE_S * 1000)
DELIVERY_LEASE_MS = 1_500
DEADLINE_S = 10.0
PATIENT_S = 60.0  # the deadline where a test wants a reply, however busy the machine is
UNHOSTED_LIFE_S = 30.0  # what is said while no host is up waits longer
LATE_S = 5.0  # a reply or notice is there within the deadline and this
MODEL = "parrot"
NO_PROGRESS_S = 5.0
RECOVERY_S = 20.0  # after a fault the first reply is there within this
