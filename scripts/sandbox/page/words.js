// What a Telegram client says by itself, in the languages of the people here.

const WORDS = {
  en: {
    bot: "bot", start: "START", menu: "Menu", message: "Message", edited: "edited",
    copied: "Copied to clipboard", typing: "typing…", sending_file: "sending a file…",
    sending_photo: "sending a photo…", ok: "OK", cancel: "Cancel", send: "Send", photo: "Photo",
    file: "File", contact: "My phone number", forward: "Forward a channel post",
    forwarded: "Forwarded from", blocked: "RESTART", block: "Stop the bot",
    share: "Share your phone number?", share_note: "The bot will see your name and number:",
    what: "What can this bot do?", channel: "Channel", username: "@username (if public)",
    post: "Text of the post", members: "Subscribers", caption: "Caption…", drop: "Drop to send",
    today: "Today", more: "Show more", less: "Show less", hidden: "hidden", pinned: "Pinned message",
    refused: "Telegram did not take it", add: "Add a person", name: "Name", language: "Language",
    role: "Role", hour: "+1 hour", day: "+1 day", weeks: "+2 weeks", clock: "Almaty",
    note: "a local Telegram", lost: "Connecting…", as_file: "Send as a file", keyboard: "Keyboard",
  },
  ru: {
    bot: "бот", start: "СТАРТ", menu: "Меню", message: "Сообщение", edited: "изменено",
    copied: "Скопировано", typing: "печатает…", sending_file: "отправляет файл…",
    sending_photo: "отправляет фото…", ok: "ОК", cancel: "Отмена", send: "Отправить", photo: "Фото",
    file: "Файл", contact: "Мой номер телефона", forward: "Переслать пост из канала",
    forwarded: "Переслано из", blocked: "ПЕРЕЗАПУСТИТЬ", block: "Остановить бота",
    share: "Поделиться номером телефона?", share_note: "Бот увидит ваше имя и номер:",
    what: "Что умеет этот бот?", channel: "Канал", username: "@имя (если открытый)",
    post: "Текст поста", members: "Подписчики", caption: "Подпись…", drop: "Отпустите, чтобы отправить",
    today: "Сегодня", more: "Показать всё", less: "Свернуть", hidden: "скрыто",
    pinned: "Закреплённое сообщение", refused: "Telegram этого не принял", add: "Добавить человека",
    name: "Имя", language: "Язык", role: "Роль", hour: "+1 час", day: "+1 день",
    weeks: "+2 недели", clock: "Алматы", note: "местный Telegram", lost: "Соединение…",
    as_file: "Отправить файлом", keyboard: "Клавиатура",
  },
  kk: {
    bot: "бот", start: "БАСТАУ", menu: "Мәзір", message: "Хабарлама", edited: "өңделді",
    copied: "Көшірілді", typing: "жазып жатыр…", sending_file: "файл жіберіп жатыр…",
    sending_photo: "фото жіберіп жатыр…", ok: "Жарайды", cancel: "Бас тарту", send: "Жіберу",
    photo: "Фото", file: "Файл", contact: "Телефон нөмірім", forward: "Арна жазбасын қайта жіберу",
    forwarded: "Қайта жіберілді:", blocked: "ҚАЙТА ІСКЕ ҚОСУ", block: "Ботты тоқтату",
    share: "Телефон нөміріңізді бөлісесіз бе?", share_note: "Бот атыңыз бен нөміріңізді көреді:",
    what: "Бұл бот не істей алады?", channel: "Арна", username: "@аты (ашық болса)",
    post: "Жазба мәтіні", members: "Жазылушылар", caption: "Сипаттама…", drop: "Файлды осында тастаңыз",
    today: "Бүгін", more: "Толық көрсету", less: "Жасыру", hidden: "жасырын",
    pinned: "Бекітілген хабарлама", refused: "Telegram мұны қабылдамады", add: "Адам қосу",
    name: "Аты", language: "Тіл", role: "Рөлі", hour: "+1 сағат", day: "+1 күн",
    weeks: "+2 апта", clock: "Алматы", note: "жергілікті Telegram", lost: "Қосылуда…",
    as_file: "Файл ретінде жіберу", keyboard: "Пернетақта",
  },
};

const MONTHS = {
  en: ["January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December"],
  ru: ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря"],
  kk: ["қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек",
    "қазан", "қараша", "желтоқсан"],
};

const ALMATY = 5 * 3600; // seconds ahead of UTC, the whole country since March 2024

export function say(language, key) {
  return (WORDS[language] ?? WORDS.en)[key] ?? WORDS.en[key];
}

const two = (number) => String(number).padStart(2, "0");
const almaty = (seconds) => new Date((seconds + ALMATY) * 1000);

export function time(seconds) {
  const at = almaty(seconds);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

export function day(seconds) {
  return Math.floor((seconds + ALMATY) / 86400);
}

export function date(seconds, language, now) {
  if (day(seconds) === day(now)) return say(language, "today");
  const at = almaty(seconds);
  const month = (MONTHS[language] ?? MONTHS.en)[at.getUTCMonth()];
  const year = at.getUTCFullYear() === almaty(now).getUTCFullYear() ? "" : ` ${at.getUTCFullYear()}`;
  return language === "en" ? `${month} ${at.getUTCDate()}${year && `,${year}`}`
    : `${at.getUTCDate()} ${month}${year}`;
}

export function moment(seconds) {
  const at = almaty(seconds);
  return `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}.${at.getUTCFullYear()}, ${time(seconds)}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
