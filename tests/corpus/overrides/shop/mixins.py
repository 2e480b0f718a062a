from django.db import transaction


class AtomicForm:
    def form_valid(self, form):
        with transaction.atomic():
            return super().form_valid(form)


class AtomicPerform:
    @transaction.atomic
    def perform_create(self, serializer):
        super().perform_create(serializer)
        serializer.instance.lines.create()


class LockedHandle:
    def handle(self, *args, **options):
        with transaction.atomic():
            return super().handle(*args, **options)


class AtomicExecute:
    def execute(self, *args, **options):
        with transaction.atomic():
            return super().execute(*args, **options)
