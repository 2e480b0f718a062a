from shop import services

HANDLERS = {"issue": services.issue}
