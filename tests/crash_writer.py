"""Eight writers until the server is gone: ``python -m tests.crash_writer``.

Prints a line when each has written, and at the end the numbers that were acknowledged.
"""

from __future__ import annotations

import json
import threading

import django

WRITERS = 8


def main() -> None:
    django.setup()
    from django.db import InterfaceError, OperationalError, transaction

    from tests.testapp.models import Invoice

    acknowledged: list[int] = []
    begun = threading.Barrier(WRITERS + 1)

    def write() -> None:
        waits = True
        try:
            while True:
                with transaction.atomic():
                    row = Invoice.objects.create()
                acknowledged.append(row.number)
                if waits:
                    begun.wait(30)
                    waits = False
        except (InterfaceError, OperationalError):
            pass

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    begun.wait(30)
    print("writing", flush=True)
    for writer in writers:
        writer.join()
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
