import cProfile
import os
import pstats
import time

from tests.conftest import *
from tests.usecases.test_imports import *


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

async def test_plan(new_uow, clock, database_url, engine):
    import sqlalchemy as sa
    shop = await a_shop(new_uow, clock)
    n=20000
    view = await sent(new_uow, clock, shop, some_orders(n))
    run = await queued(new_uow, clock, shop, view)
    await execute_run(new_uow, clock, BOX, run=run.id)
    from db.models import orders
    from db.repositories.orders import _STANDING
    ids=[str(1000+i) for i in range(500)]
    q=sa.select(orders.c.external_id,*_STANDING).where(orders.c.brand_id==shop.brand.id, orders.c.place=="own_shop", orders.c.external_id.in_(ids))
    async with engine.connect() as c:
        for _ in range(3):
            t=time.perf_counter(); r=(await c.execute(q)).all(); print(len(r), time.perf_counter()-t)
        if "postgres" in database_url:
            txt=str(q.compile(dialect=c.dialect, compile_kwargs={"literal_binds":True}))
            for row in await c.exec_driver_sql("EXPLAIN ANALYZE "+txt): print(row[0][:200])
