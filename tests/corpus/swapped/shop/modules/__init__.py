import importlib
import pkgutil

for _, name, _ in pkgutil.iter_modules(__path__):
    globals().update(vars(importlib.import_module(f"{__name__}.{name}")))
