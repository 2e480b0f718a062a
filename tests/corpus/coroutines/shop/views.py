import asyncio

from shop.models import Invoice


async def for_generator(n):
    await Invoice.objects.acreate(pk=n)  # -> outside: view without atomic()


async def for_named_generator(n):
    await Invoice.objects.acreate(pk=n)  # -> outside: view without atomic()


async def for_list(n):
    await Invoice.objects.acreate(pk=n)  # -> outside: view without atomic()


async def for_group(n):
    await Invoice.objects.acreate(pk=n)  # -> outside: view without atomic()


async def for_loop(n):
    await Invoice.objects.acreate(pk=n)  # -> outside: view without atomic()


async def by_generator(request):
    await asyncio.gather(*(for_generator(n) for n in range(3)))


async def by_named_generator(request):
    making = (for_named_generator(n) for n in range(3))
    await asyncio.gather(*making)


async def by_list(request):
    await asyncio.gather(*[for_list(n) for n in range(3)])


async def by_group(request):
    async with asyncio.TaskGroup() as group:
        group.create_task(for_group(1))


async def by_loop(request):
    for making in asyncio.as_completed(for_loop(n) for n in range(3)):
        await making


async def by_itself(request):
    await asyncio.gather(*(Invoice.objects.acreate(pk=n) for n in range(3)))  # -> outside: view without atomic()


async def in_a_thread(request):
    await asyncio.to_thread(make_in_thread)


def make_in_thread():
    Invoice.objects.create()  # -> outside: another thread runs it, with a connection of its own
