"""The demo's small market as a programme file: six brands, twenty offers, forty creators.

The file has the format of `ules load` (docs/programme.md); dates count back from the given day, so
that the market looks alive whenever it is started.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from scripts import seed_pictures

# key: name, legal name, BIN, what the brand is called by a speaker
BRANDS: Final = (
    ("kokshe", "Көкше бал", "ТОО «Көкше бал»", "210440000007"),
    ("aisulu", "Aisulu Cosmetics", "ТОО «Aisulu Cosmetics»", "190840000005"),
    ("dala", "Дала Sport", "ТОО «Дала Спорт»", "180340000005"),
    ("balapan", "Балапан", "ТОО «Балапан Kids»", "200540000009"),
    ("aqui", "Ақ үй", "ТОО «Ақ үй»", "170240000005"),
    ("qalam", "Қалам", "ТОО «Қалам баспасы»", "160940000003"),
)

# brand, key, category, place, percent bps or fixed tenge, discount bps, hold days, proof required,
# then title and text in kk, ru, en
OFFERS: Final = (
    ("kokshe", "bal-1kg", "food", "kaspi", 1200, 1000, 14, True,
     ("Тау балы, 1 кг", "Көкшенің далалық гүлдерінен жиналған табиғи бал. Шыны ыдыста, сертификаты бар."),
     ("Горный мёд, 1 кг", "Натуральный мёд из степного разнотравья Кокшетау. В стекле, с сертификатом."),
     ("Mountain honey, 1 kg", "Natural honey from the wild flowers of Kokshe. In glass, certified.")),
    ("kokshe", "bal-syi", "food", "kaspi", 1500, 1000, 14, True,
     ("Сыйлыққа арналған бал жинағы", "Үш түрлі бал мен ағаш қасық, сыйлық қорабында."),
     ("Подарочный набор мёда", "Три вида мёда и деревянная ложка в подарочной коробке."),
     ("Honey gift set", "Three kinds of honey and a wooden spoon in a gift box.")),
    ("kokshe", "ayran", "food", "in_store", 800, 500, 7, False,
     ("Ферма өнімдері дүкені", "Астана мен Көкшетаудағы дүкендерде айран, құрт және ірімшік."),
     ("Магазин фермерских продуктов", "Айран, курт и сыр в магазинах Астаны и Кокшетау."),
     ("Farm food shop", "Ayran, qurt and cheese in the shops of Astana and Kokshetau.")),
    ("aisulu", "serum", "beauty", "own_shop", 2000, 1500, 14, True,
     ("Итмұрын сарысуы", "Құрғақ теріге арналған сарысу: итмұрын майы мен гиалурон қышқылы."),
     ("Сыворотка с шиповником", "Сыворотка для сухой кожи: масло шиповника и гиалуроновая кислота."),
     ("Rosehip serum", "For dry skin: rosehip oil and hyaluronic acid.")),
    ("aisulu", "qymyz-mask", "beauty", "own_shop", 1800, 1000, 14, True,
     ("Қымыз маскасы", "Қымыз ақуызы бар бет маскасы, 5 дана."),
     ("Маска с кумысом", "Маска для лица с протеином кумыса, 5 штук."),
     ("Kumis face mask", "Face mask with kumis protein, five pieces.")),
    ("aisulu", "spf", "beauty", "kaspi", 1500, 1000, 14, True,
     ("SPF 50 күннен қорғайтын крем", "Дала күніне арналған жеңіл крем, ақ із қалдырмайды."),
     ("Солнцезащитный крем SPF 50", "Лёгкий крем для степного солнца, без белых следов."),
     ("Sunscreen SPF 50", "A light cream for the sun of the steppe, leaves no white marks.")),
    ("aisulu", "parfum", "beauty", "own_shop", 2500, 1000, 30, True,
     ("«Жусан» иіссуы", "Жусан мен арша иісі бар иіссу, 50 мл."),
     ("Духи «Жусан»", "Аромат полыни и можжевельника, 50 мл."),
     ("Zhusan perfume", "Wormwood and juniper, 50 ml.")),
    ("dala", "running", "sport", "wildberries", 900, 1000, 14, True,
     ("Жүгіру кроссовкасы", "Жеңіл табан, жауында сырғанамайды. 36–46 өлшем."),
     ("Кроссовки для бега", "Лёгкая подошва, не скользят в дождь. Размеры 36–46."),
     ("Running shoes", "A light sole that holds in the rain. Sizes 36–46.")),
    ("dala", "tent", "travel", "kaspi", 700, 0, 14, False,
     ("Төрт адамдық шатыр", "Алакөл мен Бурабайға арналған жел өтпейтін шатыр."),
     ("Палатка на четверых", "Непродуваемая палатка для Алаколя и Бурабая."),
     ("Tent for four", "A windproof tent for Alakol and Burabay.")),
    ("dala", "fitness", "sport", "kaspi", 1000, 500, 14, True,
     ("Үйге арналған фитнес жинағы", "Гантель, резеңке таспа және кілемше."),
     ("Домашний фитнес-набор", "Гантели, резинки и коврик."),
     ("Home fitness set", "Dumbbells, bands and a mat.")),
    ("balapan", "besik", "kids", "kaspi", 600, 500, 30, True,
     ("Қазіргі бесік", "Қайың ағашынан жасалған тербелмелі бесік, 0–12 ай."),
     ("Современный бесик", "Колыбель-качалка из берёзы, 0–12 месяцев."),
     ("Modern besik cradle", "A rocking cradle of birch, 0–12 months.")),
    ("balapan", "asyq", "kids", "kaspi", 1500, 1000, 14, True,
     ("Асық ойыны", "Боялған асықтар мен қазақша ойын ережесі."),
     ("Игра в асыки", "Крашеные асыки и правила игры на казахском."),
     ("Asyq game", "Painted asyqs and the rules of the game in Kazakh.")),
    ("balapan", "kiim", "kids", "halyk", 1000, 1000, 14, False,
     ("Мақтадан тігілген балалар киімі", "2–8 жасқа арналған, ою-өрнекті жинақтар."),
     ("Детская одежда из хлопка", "Комплекты с орнаментом, 2–8 лет."),
     ("Cotton clothes for children", "Sets with ornament for ages 2–8.")),
    ("aqui", "shai", "home", "ozon", 1100, 500, 14, False,
     ("Алты адамдық шай сервизі", "Пиала, шәйнек және табақша, қолмен өрнектелген."),
     ("Чайный сервиз на шестерых", "Пиалы, чайник и блюдца с ручной росписью."),
     ("Tea set for six", "Bowls, a teapot and saucers painted by hand.")),
    ("aqui", "korpe", "home", "kaspi", 1300, 1000, 14, True,
     ("Құрақ көрпе", "Мақта мен жүннен тігілген құрақ көрпе, 180×200."),
     ("Лоскутное одеяло курак корпе", "Хлопок и шерсть, 180×200."),
     ("Patchwork quilt", "Cotton and wool, 180×200.")),
    ("aqui", "kilem", "home", "own_shop", 900, 500, 30, False,
     ("Жүн кілем", "Оюлы қолтоқыма кілем, тапсырыспен."),
     ("Шерстяной ковёр", "Ручная работа с орнаментом, на заказ."),
     ("Wool carpet", "Handwoven with ornament, made to order.")),
    ("qalam", "ertegi", "books", "own_shop", 2000, 1500, 14, True,
     ("Қазақ ертегілері, 3 томдық", "Суретті, қатты мұқабалы басылым, 5 жастан."),
     ("Казахские сказки в трёх томах", "Иллюстрированное издание на казахском, с 5 лет."),
     ("Kazakh fairy tales in three volumes", "An illustrated edition in Kazakh, from age 5.")),
    ("qalam", "abai", "books", "own_shop", 1500, 1000, 14, False,
     ("Абай. Қара сөздер", "Түсіндірмесі бар жаңа басылым."),
     ("Абай. Слова назидания", "Новое издание с комментариями на казахском."),
     ("Abai: Book of Words", "A new edition with commentary, in Kazakh.")),
    ("qalam", "kurs", "services", "own_shop", -3000, 1000, 30, True,
     ("Қазақ тілі онлайн курсы", "Нөлден B1 деңгейіне дейін, 3 ай, шағын топта."),
     ("Онлайн-курс казахского языка", "С нуля до B1, 3 месяца, небольшие группы."),
     ("Kazakh language online", "From zero to B1 in three months, in small groups.")),
    ("qalam", "planner", "books", "kaspi", 1200, 1000, 14, False,
     ("Қазақша жоспарлағыш", "Бір жылға арналған күнделік, наурыз бен тойлар белгіленген."),
     ("Ежедневник на казахском", "На год, с отмеченными праздниками и тоями."),
     ("Planner in Kazakh", "For a year, with the holidays and feasts marked.")),
)  # fmt: skip

# What some offers have beyond the table: as the file says it, merged into the offer.
MORE: Final[dict[str, dict[str, Any]]] = {
    "bal-1kg": {
        "commission": {
            "percent_bps": 1200,
            "ladder": [
                {"orders": 3, "percent_bps": 1400},
                {"orders": 10, "percent_bps": 1600},
            ],
            "cap_month_tenge": 400_000,
        },
        "forbidden": {
            "ways": ["brand_search", "coupon_sites", "false_claims"],
            "own": "Бал – дәрі емес / Мёд – не лекарство",
        },
        "media_link": "https://kokshe.example.kz/media",
    },
    "serum": {
        "commission": {
            "percent_bps": 2000,
            "first_order_bps": 2500,
            "budget_tenge": 2_000_000,
        },
        "eligibility": {"platforms": ["instagram", "tiktok"], "min_followers": 3_000},
        "forbidden": {"ways": ["paid_ads", "false_claims"], "own": ""},
        "media_link": "https://aisulu.example.kz/kit",
    },
    "qymyz-mask": {
        "commission": {
            "percent_bps": 1800,
            "rates": [
                {"category": "Наборы", "percent_bps": 2200},
                {"category": "Распродажа", "percent_bps": 500},
            ],
            "cap_order_tenge": 10_000,
        },
    },
    "running": {"eligibility": {"tiers": ["micro", "macro"], "min_followers": 10_000}},
}  # fmt: skip

NAMES: Final = (
    "Айгерім Сәрсенова", "Нұрлан Әбдіқадыр", "Мадина Төлеген", "Ерлан Қасымов", "Дана Жұмабай",
    "Асель Омарова", "Тимур Ким", "Жанель Өтеген", "Арман Сейітов", "Динара Ғаниева",
    "Алия Мұратқызы", "Санжар Есімов", "Камила Рахимова", "Бекзат Әлиев", "Гүлназ Шәріпова",
    "Айдана Нұрғали", "Руслан Петров", "Жібек Қайрат", "Меруерт Сағынтай", "Данияр Оспанов",
    "Аружан Бекова", "Олжас Тұрсын", "Сабина Иванова", "Ақбота Серік", "Ислам Хамитов",
    "Томирис Дәулет", "Әсем Қуаныш", "Марат Жексен", "Лаура Ахмет", "Шыңғыс Болат",
    "Назерке Ермек", "Диас Смағұл", "Ботагөз Үсен", "Айша Қанат", "Алишер Нұр",
    "Еркежан Абай", "Виктория Пак", "Самал Тілеу", "Ғалымжан Ырыс", "Інжу Мақсат",
)  # fmt: skip

CITIES: Final = ("Алматы", "Астана", "Шымкент", "Қарағанды", "Ақтөбе", "Көкшетау", "Тараз")
PLATFORMS: Final = ("instagram", "tiktok", "telegram", "youtube", "threads")
DEMO_CREATOR: Final = 1001  # telegram id of the creator whose chat the sandbox shows
DEMO_MANAGER: Final = 2001  # of the manager of the first brand
DEMO_ADMIN: Final = 3001
DEMO_BUYER: Final = 4001
OPERATOR_BIN: Final = "260140000005"
SHOWN: Final = ("bal-1kg", "serum", "qymyz-mask")  # what the shown creator promotes
BUSY: Final = ("bal-1kg", "bal-syi", "bal-1kg", "ayran")
FUNDS: Final = {"kokshe": 165_000}  # tenge; who is not named has plenty
CREDIT: Final = {"kokshe": 50_000}


def programme(today: date, pictures: Path, seed: int = 7) -> dict[str, Any]:
    """The market as `ules load` takes it; pictures of the offers are drawn into the folder."""
    rng = random.Random(seed)
    begun = today - timedelta(days=100)
    creators = [_creator(rng, number, name) for number, name in enumerate(NAMES)]
    offers = [_offer(offer, pictures) for offer in OFFERS]
    codes = _codes(rng, creators, offers, begun)
    return {
        "version": 1,
        "brands": [
            {
                "bin": bin_,
                "name": name,
                "legal_name": legal,
                "fee_bps": 2000,
                "credit_limit_tenge": CREDIT.get(key, 100_000),
                "top_ups": [{"key": "demo-start", "amount_tenge": FUNDS.get(key, 3_000_000)}],
                "managers": [
                    {
                        "telegram_id": DEMO_MANAGER if number == 0 else DEMO_MANAGER + 10 + number,
                        "name": "Ерлан Менеджер" if number == 0 else f"{name} · менеджер",
                        "locale": "ru",
                        "role": "owner",
                    }
                ],
            }
            for number, (key, name, legal, bin_) in enumerate(BRANDS)
        ],
        "offers": offers,
        "creators": creators,
        "codes": codes,
        "skus": _skus(codes),
    }


def _creator(rng: random.Random, number: int, name: str) -> dict[str, Any]:
    handle = seed_pictures.handle(name)
    count = 1 if number % 3 else 2
    own = rng.sample(["beauty", "food", "home", "kids", "sport", "books"], 2)
    return {
        "telegram_id": DEMO_CREATOR + number,
        "name": name,
        "locale": ("kk", "kk", "ru", "kk", "en")[number % 5] if number else "kk",
        "city": CITIES[number % len(CITIES)],
        "categories": own if number != 1 else ["food", "beauty"],
        "channels": [
            {
                "url": _channel(platform, handle),
                "followers": int(rng.lognormvariate(8.9, 0.8)) if number != 1 else 8_640,
            }
            for platform in rng.sample(PLATFORMS, count)
        ],
    }


def _channel(platform: str, handle: str) -> str:
    return {
        "instagram": f"https://instagram.com/{handle}",
        "tiktok": f"https://tiktok.com/@{handle}",
        "telegram": f"https://t.me/{handle}_blog",
        "youtube": f"https://youtube.com/@{handle}",
        "threads": f"https://threads.com/@{handle}",
    }[platform]


def _offer(offer: tuple[Any, ...], pictures: Path) -> dict[str, Any]:
    brand, key, category, place, rate, discount, hold, proof, kk, ru, en = offer
    bin_ = next(b for k, _, _, b in BRANDS if k == brand)
    name = next(n for k, n, _, _ in BRANDS if k == brand)
    file = pictures / f"{key}.png"
    file.write_bytes(seed_pictures.offer_picture(kk[0], name, category))
    shop = {
        "kaspi": f"https://kaspi.kz/shop/p/{key}/",
        "wildberries": f"https://www.wildberries.ru/catalog/{key}",
        "ozon": f"https://ozon.kz/product/{key}",
        "halyk": f"https://halykmarket.kz/{key}",
        "in_store": f"https://{brand}.example.kz/shops",
        "own_shop": f"https://{brand}.example.kz/{key}",
    }[place]
    commission = {"fixed_tenge": -rate} if rate < 0 else {"percent_bps": rate}
    return {
        "brand": bin_,
        "key": key,
        "category": category,
        "place": place,
        "url": shop,
        "click_param": "uclick" if place == "own_shop" and brand == "aisulu" else "",
        "discount_bps": discount,
        "picture": f"{pictures.name}/{file.name}",
        "texts": {
            locale: {"title": title, "description": text}
            for locale, (title, text) in (("kk", kk), ("ru", ru), ("en", en))
        },
        "commission": commission,
        "hold_days": hold,
        "auto_approve_days": 30,
        "window_days": 30,
        "proof_required": proof,
        "state": "active",
        **MORE.get(key, {}),
    }


def _codes(
    rng: random.Random,
    creators: list[dict[str, Any]],
    offers: list[dict[str, Any]],
    begun: date,
) -> list[dict[str, Any]]:
    """Every creator but the first, who starts fresh in the demo, promotes two to four offers."""
    taken: set[tuple[str, str]] = set()
    found = []
    of_key = {offer["key"]: offer for offer in offers}
    chosen = [(creator, rng.sample(offers, rng.randint(2, 4))) for creator in creators[1:]]
    chosen[0] = (creators[1], [of_key[key] for key in SHOWN])
    for creator in creators[2::3]:  # the brand whose manager is shown has some more
        own = next(offers_ for known, offers_ in chosen if known is creator)
        key = BUSY[creator["telegram_id"] % len(BUSY)]
        if of_key[key] not in own:
            chosen.append((creator, [of_key[key]]))
    for creator, own in chosen:
        for offer in own:
            code = seed_pictures.handle(creator["name"]).split("_")[0].upper()
            code += str(offer["discount_bps"] // 100 or "")
            while (offer["brand"], code) in taken:
                code += rng.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ")
            taken.add((offer["brand"], code))
            found.append(
                {
                    "brand": offer["brand"],
                    "offer": offer["key"],
                    "creator": creator["telegram_id"],
                    "code": code,
                    "since": (begun + timedelta(days=rng.randint(0, 20))).isoformat(),
                }
            )
    return found


def _skus(codes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Kaspi's feed has no codes: there each enrolment sells under an SKU of its own."""
    kaspi = {offer[1] for offer in OFFERS if offer[3] == "kaspi"}
    return [
        {
            "brand": code["brand"],
            "sku": f"{code['offer']}-{code['code']}".upper(),
            "offer": code["offer"],
            "creator": code["creator"],
            "since": code["since"],
        }
        for code in codes
        if code["offer"] in kaspi
    ]
