"""Two taps at once, and the same update again: the second one changes nothing and is answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from bot.callbacks.admin_offers import OfferReview, OfferVerdict
from bot.callbacks.admin_payouts import PayoutAction, PayoutCard
from bot.callbacks.brand_import import ImportAction, ImportForm
from bot.callbacks.brand_offers import FormMove, OfferForm
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.brand_proofs import ProofReview, Verdict
from bot.callbacks.offers import TakeOffer
from bot.callbacks.proofs import FormAction, ProofForm
from bot.callbacks.wallet import WithdrawConfirm
from core.ids import BrandId
from core.ledger import Account, TransferKind, between
from core.money import tenge
from core.offer_forms import OfferForm as Form
from core.offers import OfferState
from core.people import LegalStatus
from core.usecases.creators import set_iban, set_iin, set_legal_status
from core.usecases.drafts import save_form
from db.engine import create_engine
from scripts.application import Application, find, press, shown
from scripts.sandbox import Person
from tests.builders import an_offer
from tests.journeys.conftest import Market
from tests.journeys.files import orders_csv
from tests.sandbox.pictures import png
