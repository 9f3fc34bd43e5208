import time, cProfile, pstats, os
from tests.usecases.test_imports import *
from tests.conftest import *
async def test_bench(new_uow, clock, database_url):
    shop = await a_shop(new_uow, clock)
    n=20000
    data = some_orders(n)
    t=time.perf_counter()
    view = await sent(new_uow, clock, shop, data)
    print("inspect", time.perf_counter()-t)
    run = await queued(new_uow, clock, shop, view)
    t=time.perf_counter()
    prof=cProfile.Profile() if os.environ.get("PROF") else None
    if prof: prof.enable()
    done=await execute_run(new_uow, clock, BOX, run=run.id)
    if prof: prof.disable(); pstats.Stats(prof).sort_stats("cumtime").print_stats(45)
    dt=time.perf_counter()-t
    print(database_url[:10], "new", n/dt, "rows/s", done.counts)
    view = await sent(new_uow, clock, shop, data)
    run = await queued(new_uow, clock, shop, view)
    t=time.perf_counter()
    done=await execute_run(new_uow, clock, BOX, run=run.id)
    dt=time.perf_counter()-t
    print("again", n/dt, "rows/s")
    data = some_orders(n, status="Возврат")
    clock.advance(days=1)
    view = await sent(new_uow, clock, shop, data)
    run = await queued(new_uow, clock, shop, view)
    t=time.perf_counter()
    done=await execute_run(new_uow, clock, BOX, run=run.id)
    dt=time.perf_counter()-t
    print("changed", n/dt, "rows/s", done.counts)
