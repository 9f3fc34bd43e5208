// One person's Telegram: the chat with the bot, as their client shows it.

import { bubble, groups } from "./bubble.js";
import { element } from "./text.js";
import { date, day, say } from "./words.js";

const COLOURS = [["#ff885e", "#ff516a"], ["#a0de7e", "#54cb68"], ["#72d5fd", "#2a9ef1"],
  ["#e0a2f3", "#d669ed"], ["#ffcd6a", "#ffa85c"], ["#53edd6", "#28c9b7"]];

export const ICONS = {
  clip: "M16.500 6.500 9 14a2 2 0 1 0 2.800 2.800l8-8a4 4 0 1 0-5.700-5.700l-8 8a6 6 0 1 0 8.500 8.500l6.700-6.700",
  send: "M3 20.500 21.500 12 3 3.500V10l12 2-12 2z",
  menu: "M4 7h16M4 12h16M4 17h16",
  keys: "M4 7h4v4H4zM10 7h4v4h-4zM16 7h4v4h-4zM4 13h4v4H4zM10 13h4v4h-4zM16 13h4v4h-4z",
  dots: "M12 6h.01M12 12h.01M12 18h.01",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9h.01",
  phone: "M6 3h3l2 5-2.500 1.500a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  away: "M7 17 17 7M9 7h8v8",
  forward: "M13 5v4C6 10 4 14 3 19c2.500-3.500 5-5 10-5v4l8-6.500z",
};

export function icon(name, filled = false) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("class", filled ? "icon filled" : "icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  drawn.append(path);
  return drawn;
}

function avatar(name, number) {
  const [light, dark] = COLOURS[number % COLOURS.length];
  const letters = name.split(/\s+/).map((part) => [...part][0] ?? "").slice(0, 2).join("");
  return element("span", { class: "avatar", style: `background:linear-gradient(${light},${dark})` },
    letters.toUpperCase());
}

export class Column {
  constructor(chat, bot, outside) {
    this.chat = chat;
    this.bot = bot;
    this.outside = outside;
    this.messages = new Map(chat.messages.map((message) => [message.message_id, message]));
    this.drawn = new Map(); // bubbles by their content
    this.waiting = new Set(); // buttons that wait for the bot's answer
    this.build();
    this.showChat();
    this.showMessages();
  }

  say(key) {
    return say(this.chat.language_code, key);
  }

  // the frame

  build() {
    this.title = element("b");
    this.status = element("span", { class: "status" });
    this.list = element("div", { class: "list" });
    this.scroll = element("div", { class: "scroll" }, this.list);
    this.pin = element("button", { class: "pin", hidden: true, onclick: () => this.find(this.chat.pinned) });
    this.notes = element("div", { class: "notes" });
    this.shade = element("div", { class: "shade", hidden: true });
    this.foot = element("footer", { class: "foot" });
    this.buildWriting();
    this.root = element("section", { class: "column", "data-person": this.chat.id },
      element("div", { class: "owner" }, avatar(this.chat.name, this.chat.id),
        element("span", { class: "owner-name" }, this.chat.name),
        element("span", { class: "owner-role" }, this.chat.role_label),
        element("span", { class: "owner-language" }, this.chat.language_code)),
      element("div", { class: "phone", ...this.dropping() },
        element("header", { class: "head" },
          element("img", { src: "/sandbox/page/icon.svg", class: "avatar", alt: "" }),
          element("div", { class: "head-names" }, this.title, this.status),
          element("button", { class: "plain", onclick: () => this.showMore() }, icon("dots"))),
        this.pin, this.notes, this.scroll, this.foot, this.shade));
  }

  buildWriting() {
    this.field = element("textarea", { rows: 1, placeholder: this.say("message"),
      "aria-label": this.say("message"), onkeydown: (event) => this.key(event),
      oninput: () => this.typed(), onpaste: (event) => this.pasted(event) });
    this.menu = element("button", { class: "menu", onclick: () => this.toggleCommands() },
      icon("menu"), element("span", {}, this.say("menu")));
    this.keys = element("button", { class: "plain", title: this.say("keyboard"),
      onclick: () => this.panel.toggleAttribute("hidden") }, icon("keys", true));
    this.sender = element("button", { class: "plain send", title: this.say("send"),
      onclick: () => this.write() }, icon("send", true));
    this.commands = element("div", { class: "commands", hidden: true });
    this.attach = element("div", { class: "attach", hidden: true });
    this.panel = element("div", { class: "keyboard", hidden: true });
    this.opener = element("button", { class: "plain", onclick: () => this.attach.toggleAttribute("hidden") },
      icon("clip"));
    this.picker = element("input", { type: "file", hidden: true, multiple: true,
      onchange: () => this.picked() });
    for (const [name, key, action] of [
      ["photo", "photo", () => this.pick("photo")],
      ["file", "file", () => this.pick("document")],
      ["phone", "contact", () => this.askContact()],
      ["forward", "forward", () => this.askForward()],
    ]) {
      this.attach.append(element("button", { onclick: () => {
        this.attach.hidden = true;
        action();
      } }, icon(name), this.say(key)));
    }
    this.writing = element("div", { class: "writing" },
      this.menu, this.opener, this.field, this.keys, this.sender, this.picker);
    this.big = element("button", { class: "big", onclick: () => this.begin() });
    document.addEventListener("click", (event) => {
      if (!this.opener.contains(event.target)) this.attach.hidden = true;
      if (!this.menu.contains(event.target) && !this.field.contains(event.target)) {
        this.commands.hidden = true;
      }
    });
  }

  // what happens

  on(event) {
    switch (event.type) {
      case "message":
        this.messages.set(event.message.message_id, event.message);
        if (event.message.from?.is_bot) this.showAction("");
        this.showMessages();
        break;
      case "edit":
        this.messages.set(event.message.message_id, event.message);
        this.showMessages();
        break;
      case "delete":
        this.messages.delete(event.message_id);
        this.showMessages();
        break;
      case "chat":
        this.chat = { ...this.chat, ...event.chat };
        this.showChat();
        break;
      case "action": this.showAction(event.text); break;
      case "toast": this.note(event.text); break;
      case "alert": this.alert(event.text); break;
      case "answered":
        this.release();
        if (event.url) this.open(event.url);
        break;
    }
  }

  renew(chat) {
    const { messages, ...rest } = chat;
    const known = JSON.stringify([...this.messages.values()]);
    this.chat = { ...this.chat, ...rest };
    this.showChat();
    if (JSON.stringify(messages) === known) return;
    this.messages = new Map(messages.map((message) => [message.message_id, message]));
    this.showMessages();
  }

  // what is shown

  showChat() {
    const { chat } = this;
    this.title.textContent = chat.bot_name;
    if (!this.action) this.status.textContent = this.say("bot");
    this.menu.hidden = !chat.commands.length || chat.menu_button.type !== "commands";
    this.menu.classList.toggle("small", this.field.value !== "");
    const pinned = this.messages.get(chat.pinned);
    this.pin.hidden = !pinned;
    if (pinned) {
      this.pin.replaceChildren(element("b", {}, this.say("pinned")),
        element("span", {}, pinned.text ?? pinned.caption ?? ""));
    }
    this.showKeyboard();
    const silent = chat.blocked || !chat.started;
    this.big.textContent = this.say(chat.blocked ? "blocked" : "start");
    this.foot.replaceChildren(...(silent ? [this.big]
      : [this.commands, this.attach, this.writing, this.panel]));
    if (!this.messages.size) this.showMessages();
  }

  showKeyboard() {
    const drawn = JSON.stringify(this.chat.keyboard);
    if (drawn === this.drawnKeyboard) return;
    this.drawnKeyboard = drawn;
    const rows = this.chat.keyboard?.keyboard ?? [];
    this.panel.hidden = !rows.length;
    this.keys.hidden = !rows.length;
    this.panel.replaceChildren(...rows.map((row) => element("div", {}, ...row.map((key) =>
      element("button", { onclick: () => this.press(key) }, key.text)))));
    this.field.placeholder = this.chat.keyboard?.input_field_placeholder ?? this.say("message");
    this.toEnd();
  }

  showMessages() {
    const near = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 160;
    const shown = [];
    const drawn = new Map();
    let last = null;
    for (const group of groups([...this.messages.values()])) {
      if (last === null || day(group[0].date) !== day(last)) {
        shown.push(element("div", { class: "day" },
          date(group[0].date, this.chat.language_code, this.outside.now())));
      }
      last = group[0].date;
      // what has not changed is not drawn again: pictures, opened spoilers and selections stay
      const content = JSON.stringify(group);
      const node = this.drawn.get(content) ?? bubble(group, this);
      drawn.set(content, node);
      shown.push(node);
    }
    this.drawn = drawn;
    if (!shown.length && this.chat.bot_description) {
      shown.push(element("div", { class: "about" }, element("b", {}, this.say("what")),
        this.chat.bot_description));
    }
    this.list.replaceChildren(...shown);
    this.list.classList.toggle("empty", !this.messages.size);
    if (near || !this.drawnOnce) this.toEnd();
    this.drawnOnce = true;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  find(messageId) {
    this.list.querySelector(`[data-message="${Number(messageId)}"]`)
      ?.scrollIntoView({ behavior: "smooth", block: "center" });
  }

  showAction(action) {
    clearTimeout(this.acting);
    this.action = action;
    const key = action === "" ? "bot" : action === "upload_photo" ? "sending_photo"
      : action.startsWith("upload") ? "sending_file" : "typing";
    this.status.textContent = this.say(key);
    this.status.classList.toggle("acting", action !== "");
    if (action) this.acting = setTimeout(() => this.showAction(""), 5000);
  }

  note(text) {
    const made = element("div", { class: "note", role: "status" }, text);
    this.notes.append(made);
    setTimeout(() => made.classList.add("gone"), 3500);
    setTimeout(() => made.remove(), 4000);
  }

  alert(text) {
    this.ask(this.chat.bot_name, text, [[this.say("ok"), () => {}]]);
  }

  ask(title, content, answers) {
    const card = element("div", { class: "card", role: "alertdialog" }, element("h3", {}, title),
      element("div", { class: "card-text" }, content),
      element("div", { class: "sheet-buttons" }, ...answers.map(([label, action], place) =>
        element("button", { class: place === answers.length - 1 ? "strong" : "", onclick: () => {
          this.shade.hidden = true;
          action();
        } }, label))));
    this.shade.replaceChildren(card);
    this.shade.hidden = false;
    card.querySelector("button.strong").focus({ preventScroll: true });
    return card;
  }

  // what the person does

  async act(action, body = {}) {
    try {
      await this.outside.post(`people/${this.chat.id}/${action}`, body);
    } catch (error) {
      this.release();
      this.note(`${this.say("refused")}: ${error.message}`);
    }
  }

  begin() {
    if (this.chat.blocked) this.act("unblock").then(() => this.act("start"));
    else this.act("start");
  }

  write() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.typed();
    this.act("text", { text });
    this.toEnd();
  }

  typed() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 120)}px`;
    this.menu.classList.toggle("small", this.field.value !== "");
    this.sender.classList.toggle("ready", this.field.value.trim() !== "");
    this.suggest(this.field.value);
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.write();
    }
    if (event.key === "Escape") this.commands.hidden = true;
  }

  toggleCommands() {
    if (this.commands.hidden) this.suggest("/");
    else this.commands.hidden = true;
  }

  suggest(text) {
    const found = /^\/\w*$/.test(text)
      ? this.chat.commands.filter((known) => `/${known.command}`.startsWith(text)) : [];
    this.commands.hidden = !found.length;
    this.commands.replaceChildren(...found.map((known) => element("button", { onclick: () => {
      this.commands.hidden = true;
      this.field.value = "";
      this.typed();
      this.act("text", { text: `/${known.command}` });
    } }, element("b", {}, `/${known.command}`), element("span", {}, known.description))));
  }

  press(key) {
    if (key.request_contact) this.askContact();
    else this.act("text", { text: key.text });
    if (this.chat.keyboard?.one_time_keyboard) this.panel.hidden = true;
  }

  tap(button, message, node) {
    if (button.copy_text) this.copy(button.copy_text.text);
    else if (button.url) this.open(button.url);
    else if (button.callback_data !== undefined) {
      node.classList.add("waiting");
      this.waiting.add(node);
      setTimeout(() => node.classList.remove("waiting"), 10000);
      this.act("click", { message_id: message.message_id, data: button.callback_data });
    } else if (button.switch_inline_query_current_chat !== undefined) {
      this.field.value = `@${this.bot.username} ${button.switch_inline_query_current_chat}`;
      this.typed();
    }
  }

  release() {
    for (const node of this.waiting) node.classList.remove("waiting");
    this.waiting.clear();
  }

  // A link to the bot stays in this chat, as it does in Telegram.
  open(url, event) {
    if (this.leadsHere(url)) {
      event?.preventDefault();
      this.act("follow", { url });
      this.toEnd();
    } else if (!event && /^https?:/i.test(url)) {
      window.open(url, "_blank", "noopener,noreferrer");
    } else if (/^(tg|ton):/i.test(url)) {
      event?.preventDefault();
    }
  }

  leadsHere(url) {
    let link;
    try {
      link = new URL(url);
    } catch {
      return false;
    }
    const name = this.bot.username.toLowerCase();
    if (link.protocol === "tg:") {
      return link.href.startsWith("tg://resolve")
        && link.searchParams.get("domain")?.toLowerCase() === name;
    }
    return ["t.me", "telegram.me"].includes(link.hostname)
      && link.pathname.replaceAll("/", "").toLowerCase() === name;
  }

  command(text) {
    this.act("text", { text });
  }

  copy(text) {
    this.note(this.say("copied"));
    navigator.clipboard?.writeText(text).catch(() => {});
  }

  label(key) {
    return this.say(key);
  }

  askContact() {
    const who = element("div", { class: "contact-card" }, avatar(this.chat.name, this.chat.id),
      element("div", {}, element("b", {}, this.chat.name), element("br"), this.chat.phone));
    this.ask(this.say("share"), element("div", {}, this.say("share_note"), who), [
      [this.say("cancel"), () => {}], [this.say("ok"), () => this.act("contact")]]);
  }

  askForward() {
    const field = (tag, name, key) => element(tag, { name, placeholder: this.say(key) });
    const form = element("form", { class: "sheet", onsubmit: (event) => event.preventDefault() },
      field("input", "title", "channel"), field("input", "username", "username"),
      field("input", "members", "members"), field("textarea", "text", "post"));
    this.ask(this.say("forward"), form, [[this.say("cancel"), () => {}], [this.say("send"), () => {
      const filled = Object.fromEntries(new FormData(form));
      this.act("forward", { ...filled, members: Number.parseInt(filled.members, 10) || 1000 });
    }]]);
  }

  showMore() {
    const rows = [[this.say("cancel"), () => {}]];
    if (this.chat.started && !this.chat.blocked) {
      rows.push([this.say("block"), () => this.act("block")]);
    }
    this.ask(this.chat.bot_name, element("div", {}, `@${this.bot.username}`), rows);
  }

  // files

  pick(kind) {
    this.kind = kind;
    this.picker.accept = kind === "photo" ? "image/*" : "";
    this.picker.click();
  }

  picked() {
    this.offer([...this.picker.files], this.kind);
    this.picker.value = "";
  }

  pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.offer(files);
  }

  dropping() {
    return {
      "data-drop": this.say("drop"),
      ondragover: (event) => {
        event.preventDefault();
        event.currentTarget.classList.add("dropping");
      },
      ondragleave: (event) => event.currentTarget.classList.remove("dropping"),
      ondrop: (event) => {
        event.preventDefault();
        event.currentTarget.classList.remove("dropping");
        this.offer([...event.dataTransfer.files]);
      },
    };
  }

  offer(files, kind) {
    if (!files.length || !this.chat.started) return;
    const picture = (kind ?? "photo") === "photo" && files.every((f) => /^image\/(png|jpe?g|webp|gif)/.test(f.type));
    const caption = element("input", { placeholder: this.say("caption"), maxlength: 1024 });
    const asFile = element("input", { type: "checkbox" });
    const shown = files.map((file) => picture
      ? element("img", { src: URL.createObjectURL(file), alt: file.name })
      : element("div", { class: "file-name" }, file.name));
    this.ask(this.say(picture ? "photo" : "file"), element("div", { class: "sheet" }, ...shown, caption,
      picture ? element("label", {}, asFile, this.say("as_file")) : ""), [
      [this.say("cancel"), () => {}],
      [this.say("send"), async () => {
        for (const [place, file] of files.entries()) {
          const body = new FormData();
          body.append("kind", picture && !asFile.checked ? "photo" : "document");
          body.append("caption", place === 0 ? caption.value : "");
          body.append("file", file, file.name);
          await this.act("file", body);
        }
      }]]);
    caption.focus();
  }
}
