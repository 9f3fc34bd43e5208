"""Banks of Kazakhstan by the three digits in an IBAN, as of 21 November 2026.

Source: the National Bank's code list as kept by the public `schwifty` registry, corrected by
requisites that the banks publish themselves (914 is Bereke Bank's BRKEKZKA, not Sberbank's; 998 and
551 carry the names of 2026). The closed ones have lost their licence or merged into another bank.
A code that is in neither table is unknown: let it through to a person, do not refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 21)


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that takes payments: its BIC and the name that its clients know."""

    bic: str
    name: str


OPEN: Final[dict[str, Bank]] = {
    "009": Bank("GCVPKZ2A", "Government for Citizens"),
    "070": Bank("KKMFKZ2A", "Treasury"),
    "125": Bank("NBRKKZKX", "National Bank of Kazakhstan"),
    "224": Bank("KISCKZKX", "National Payment Corporation"),
    "246": Bank("HLALKZKZ", "ADCB Islamic Bank"),
    "284": Bank("NPCKKZKA", "National Payment Corporation"),
    "432": Bank("VTBAKZKZ", "VTB Kazakhstan"),
    "435": Bank("SHBKKZKA", "Shinhan Bank Kazakhstan"),
    "551": Bank("KSNVKZKA", "Freedom Bank Kazakhstan"),
    "563": Bank("KPSTKZKA", "Kazpost"),
    "601": Bank("HSBKKZKX", "Halyk Bank"),
    "700": Bank("EABRKZKA", "Eurasian Development Bank"),
    "722": Bank("CASPKZKA", "Kaspi Bank"),
    "766": Bank("CEDUKZKA", "Central Securities Depository"),
    "821": Bank("KINCKZKA", "Bank RBK"),
    "832": Bank("CITIKZKA", "Citibank Kazakhstan"),
    "849": Bank("NURSKZKX", "Nurbank"),
    "856": Bank("KCJBKZKX", "Bank CenterCredit"),
    "885": Bank("KZIBKZKA", "KZI Bank"),
    "886": Bank("INLMKZKA", "Home Credit Bank"),
    "896": Bank("ZAJSKZ22", "Zaman-Bank"),
    "907": Bank("DVKAKZKA", "Development Bank of Kazakhstan"),
    "913": Bank("BKCHKZKA", "Bank of China Kazakhstan"),
    "914": Bank("BRKEKZKA", "Bereke Bank"),
    "927": Bank("KICEKZKX", "KASE"),
    "930": Bank("ICBKKZKX", "ICBC Almaty"),
    "948": Bank("EURIKZKA", "Eurasian Bank"),
    "949": Bank("ATYNKZKA", "Altyn Bank"),
    "965": Bank("IRTYKZKA", "ForteBank"),
    "972": Bank("HCSKKZKA", "Otbasy Bank"),
    "998": Bank("TSESKZKA", "Alatau City Bank"),
}

# Code -> the BIC that was; a payment to one of these comes back.
CLOSED: Final[dict[str, str]] = {
    "319": "ABKZKZKX",
    "450": "ASFBKZKA",
    "473": "MSRBKZKA",
    "492": "DEMIKZKA",
    "549": "SENIKZKA",
    "550": "INEARUMM",
    "553": "NBPAKZKA",
    "564": "KMGCKZKA",
    "639": "NFBAKZ23",
    "774": "LARIKZKA",
    "780": "JSRBKZKA",
    "781": "TBKBKZKA",
    "826": "ALMNKZKA",
    "920": "KAZSKZKA",
    "922": "ABNAKZKX",
    "942": "EXKAKZKA",
    "943": "CABRKZKA",
    "947": "ALFAKZKA",
}
