"""The proof that the books are right."""

from core.ledger import LedgerReport
from core.ports import UnitOfWorkFactory


async def check_ledger(new_uow: UnitOfWorkFactory) -> LedgerReport:
    """Recompute every invariant of the ledger; changes nothing."""
    async with new_uow(read_only=True) as uow:
        return await uow.ledger.check()
