"""The consent to the processing of personal data, in versions, as a person saw it.

Content after article 8 of the Law on Personal Data (No. 94-V of 21 May 2013): who processes, which
data, what for, to whom they go, that they cross the border, that they are not published, for how
long. A version is never edited: a change is a new version, and old hashes stay provable.
"""

from __future__ import annotations

import hashlib
from typing import Final

from core.people import Locale

CONSENT_VERSION: Final = "2026-11"
BUYER_CONSENT: Final = "buyer-2026-11"
# All that ever were: whoever takes a consent back takes back each that was given for the same.
CREATORS: Final = ("2026-11",)
BUYERS: Final = ("buyer-2026-11",)

_TEXTS: Final[dict[str, dict[Locale, str]]] = {
    "2026-11": {
        Locale.KK: (
            "Мен {operator} (БСН {bin}) ұйымына дербес деректерімді жинауға, өңдеуге және "
            "Қазақстан Республикасының аумағындағы дерекқорда сақтауға келісім беремін.\n\n"
            "Деректер: тегі, аты, әкесінің аты, ЖСН, телефон нөмірі, банк деректемелері, "
            "әлеуметтік желілердегі аккаунттар мен жарияланымдар, табыс туралы мәліметтер.\n\n"
            "Мақсаты: шарт жасасу, сыйақы төлеу, салықтарды есептеу және есептілік тапсыру.\n\n"
            "Деректер банктерге, мемлекеттік кірістер органдарына және жарнама берушіге тек "
            "қажетті көлемде берілуі мүмкін. Олар ашық көздерде жарияланбайды.\n\n"
            "Telegram мессенджерін пайдалану деректердің шекарадан тыс берілуін білдіретінін "
            "түсінемін.\n\n"
            "Келісім шарттың қолданылу мерзімінде және соңғы төлемнен кейін бес жыл бойы күшінде "
            "болады. Оны кез келген уақытта қайтарып ала аламын; заң бойынша сақталуға тиіс "
            "құжаттар сақталады."
        ),
        Locale.RU: (
            "Я даю {operator} (БИН {bin}) согласие на сбор, обработку и хранение моих персональных "
            "данных в базе данных на территории Республики Казахстан.\n\n"
            "Данные: фамилия, имя, отчество, ИИН, номер телефона, банковские реквизиты, аккаунты и "
            "публикации в социальных сетях, сведения о доходах.\n\n"
            "Цель: заключение договора, выплата вознаграждения, исчисление налогов и сдача "
            "отчётности.\n\n"
            "Данные могут передаваться банкам, органам государственных доходов и рекламодателю – "
            "только в необходимом объёме. В открытых источниках они не публикуются.\n\n"
            "Я понимаю, что использование мессенджера Telegram означает трансграничную передачу "
            "данных.\n\n"
            "Согласие действует в течение срока договора и пяти лет после последней выплаты. Его "
            "можно отозвать в любой момент; документы, которые нужно хранить по закону, "
            "сохраняются."
        ),
        Locale.EN: (
            "I allow {operator} (BIN {bin}) to collect, process and store my personal data in a "
            "database in the territory of the Republic of Kazakhstan.\n\n"
            "Data: surname, given name, patronymic, IIN, telephone number, bank details, accounts "
            "and posts in social networks, information about my income.\n\n"
            "Purpose: concluding a contract, paying the reward, calculating taxes and reporting "
            "them.\n\n"
            "The data may be passed to banks, to the state revenue authorities and to the "
            "advertiser, only as far as necessary. They are not published in open sources.\n\n"
            "I understand that using the Telegram messenger means that data cross the border.\n\n"
            "The consent is valid for the term of the contract and for five years after the last "
            "payment. I can withdraw it at any time; documents that the law requires to be kept "
            "are kept."
        ),
    },
    "buyer-2026-11": {
        Locale.KK: (
            "Мен сатып алушы ретінде {operator} (БСН {bin}) ұйымына дербес деректерімді жинауға, "
            "өңдеуге және Қазақстан Республикасының аумағындағы дерекқорда сақтауға келісім "
            "беремін.\n\n"
            "Деректер: Telegram-дағы идентификаторым, атым және пайдаланушы атым; блогерлердің "
            "сілтемелерімен қашан өткенім; телефон нөмірім – нөмірдің өзі емес, құпия кілтпен "
            "жасалған, кері оқылмайтын цифрлық ізі (хеш); өзім жіберген тапсырыс нөмірлері мен "
            "фискалдық чектер.\n\n"
            "Мақсаты: тапсырысымды дүкеннің деректерінен табу, тауарды маған ұсынған блогерге "
            "сыйақы есептеу және ұсыныста көзделсе, маған сыйлық беру. Ол үшін телефонымның "
            "цифрлық ізі дүкен тапсырыстарындағы телефондардың цифрлық ізімен салыстырылады.\n\n"
            "Деректер үшінші тұлғаларға берілмейді және ашық көздерде жарияланбайды.\n\n"
            "Telegram мессенджерін пайдалану деректердің шекарадан тыс берілуін білдіретінін "
            "түсінемін.\n\n"
            "Келісім мен оны қайтарып алғанға дейін күшінде болады. Оны ботта кез келген уақытта "
            "қайтарып ала аламын: сонда телефонымның цифрлық ізі мен өту тарихым жойылады, ал "
            "бұрын есептелген сыйақы сақталады."
        ),
        Locale.RU: (
            "Я как покупатель даю {operator} (БИН {bin}) согласие на сбор, обработку и хранение "
            "моих персональных данных в базе данных на территории Республики Казахстан.\n\n"
            "Данные: мой идентификатор, имя и имя пользователя в Telegram; когда я приходил(а) по "
            "ссылкам блогеров; номер телефона – не сам номер, а только его цифровой отпечаток "
            "(хеш), сделанный с секретным ключом, из которого номер не прочитать; номера заказов "
            "и фискальные чеки, которые я отправлю.\n\n"
            "Цель: найти мой заказ в данных магазина, начислить вознаграждение блогеру, который "
            "посоветовал мне товар, и выдать мне подарок, если он предусмотрен оффером. Для этого "
            "отпечаток моего телефона сравнивается с отпечатками телефонов в заказах "
            "магазинов.\n\n"
            "Данные не передаются третьим лицам и не публикуются в открытых источниках.\n\n"
            "Я понимаю, что использование мессенджера Telegram означает трансграничную передачу "
            "данных.\n\n"
            "Согласие действует, пока я его не отзову. Его можно отозвать в боте в любой момент: "
            "тогда отпечаток телефона и сведения о переходах удаляются, а уже начисленное "
            "вознаграждение сохраняется."
        ),
        Locale.EN: (
            "As a buyer I allow {operator} (BIN {bin}) to collect, process and store my personal "
            "data in a database in the territory of the Republic of Kazakhstan.\n\n"
            "Data: my identifier, name and username in Telegram; when I came by creators' links; "
            "my phone number – not the number itself, only a digital print (hash) of it that is "
            "made with a secret key and from which the number cannot be read; the order numbers "
            "and fiscal receipts that I send.\n\n"
            "Purpose: finding my order in the shop's data, counting the reward of the creator who "
            "recommended the product to me, and giving me a gift if the offer has one. For this "
            "the print of my phone is compared with the prints of phones in shops' orders.\n\n"
            "The data are not passed to third parties and not published in open sources.\n\n"
            "I understand that using the Telegram messenger means that data cross the border.\n\n"
            "The consent is valid until I withdraw it. I can do so in the bot at any time: then "
            "the print of my phone and my visits are erased, and a reward that was counted before "
            "stays."
        ),
    },
}


def consent_text(locale: Locale, operator: str, bin: str, *, version: str = CONSENT_VERSION) -> str:
    """The plain text in the language, with the operator's name and BIN.

    Raises KeyError for a version that never was.
    """
    return _TEXTS[version][locale].format(operator=operator, bin=bin)


def consent_sha256(text: str) -> str:
    """The hash (hex) that is kept with a consent: proof of the very text that was shown."""
    return hashlib.sha256(text.encode()).hexdigest()
