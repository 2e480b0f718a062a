"""What is done with models that the heirs, or the callers, name."""


class Service:
    model = None

    def run(self):
        return self.model.objects.create()  # -> inside: transaction.atomic()

    def finish(self):
        return self.model.objects.create()  # -> outside: view without atomic()


class Hook:
    def get_model_class(self):
        raise NotImplementedError

    def run_hook(self):
        return self.get_model_class().objects.create()  # -> outside: view without atomic()


class Property:
    def run_property(self):
        return self.model._default_manager.create()  # -> outside: view without atomic()


class Given:
    def __init__(self, model):
        self.model = model

    def run_given(self):
        return self.model.objects.create()  # -> outside: view without atomic()


class OfClass:
    @classmethod
    def run_class(cls):
        return cls.model._default_manager.create()  # -> outside: view without atomic()


class Getter:
    def get_model(self):
        raise NotImplementedError

    def run_getter(self):
        return self.get_model().objects.create()  # -> outside: view without atomic()


class OwnGetter:
    model = None

    def get_model(self):
        return self.model

    def run_own_getter(self):
        made = self.get_model()()
        made.save()  # -> outside: view without atomic()
