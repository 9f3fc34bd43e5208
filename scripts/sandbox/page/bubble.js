// One message, or an album of several, as a bubble with its buttons.

import { icon } from "./column.js";
import { element, formatted } from "./text.js";
import { size, time } from "./words.js";

// Messages of one album stand together.
export function groups(messages) {
  const found = [];
  for (const message of messages) {
    const last = found.at(-1);
    const album = message.media_group_id;
    if (album && last?.[0].media_group_id === album) last.push(message);
    else found.push([message]);
  }
  return found;
}

export function bubble(group, column) {
  const first = group[0];
  const fromBot = first.from?.is_bot === true;
  const told = group.find((message) => message.text ?? message.caption);
  const body = element("div", { class: "bubble" });
  if (first.forward_origin) body.append(forwarded(first.forward_origin, column));
  if (first.reply_to_message) body.append(quoted(first.reply_to_message, column));
  const pictures = group.filter((message) => message.photo);
  if (pictures.length) body.append(album(pictures, told !== undefined));
  for (const message of group) {
    if (message.document) body.append(file(message.document));
    if (message.contact) body.append(contact(message.contact));
  }
  const edited = first.edit_date && !first.reply_markup;
  const stamp = element("span", { class: "stamp" },
    edited ? `${column.say("edited")} ${time(first.date)}` : time(first.date),
    fromBot ? "" : element("span", { class: "ticks" }, "✓✓"));
  if (told) {
    body.append(element("div", { class: "words" },
      formatted(told.text ?? told.caption, told.entities ?? told.caption_entities, column),
      room(stamp), stamp));
  } else {
    stamp.classList.add("over");
    body.append(stamp);
  }
  if (pictures.length && !told) body.classList.add("only-picture");
  if (pictures.length) body.classList.add("picture");
  const rows = first.reply_markup?.inline_keyboard ?? [];
  const whole = element("div", { class: `message ${fromBot ? "in" : "out"}`,
    "data-message": first.message_id }, body);
  if (rows.length) {
    whole.classList.add("keyed");
    whole.append(element("div", { class: "inline" }, ...rows.map((row) =>
      element("div", {}, ...row.map((button) => inlineButton(button, first, column))))));
  }
  return whole;
}

// Keeps the last line as much shorter as the time in the corner needs.
function room(stamp) {
  const copy = stamp.cloneNode(true);
  copy.className = "room";
  copy.setAttribute("aria-hidden", "true");
  return copy;
}

function inlineButton(button, message, column) {
  const mark = button.copy_text ? "copy" : button.url ? "away" : null;
  return element("button", { title: button.url ?? button.copy_text?.text,
    onclick: (event) => column.tap(button, message, event.currentTarget) },
  element("span", {}, button.text), mark && icon(mark));
}

function album(messages, captioned) {
  return element("div", { class: `album of-${Math.min(messages.length, 3)}${captioned ? "" : " bare"}` },
    ...messages.map(({ photo }) => {
      const largest = photo.at(-1);
      const source = `/sandbox/files/${encodeURIComponent(largest.file_id)}`;
      return element("a", { href: source, target: "_blank", rel: "noopener" },
        element("img", { src: source, width: largest.width, height: largest.height, alt: "" }));
    }));
}

function file(document) {
  const ending = document.file_name.split(".").at(-1).slice(0, 4).toUpperCase();
  return element("a", { class: `file ${ending.toLowerCase()}`, download: document.file_name,
    href: `/sandbox/files/${encodeURIComponent(document.file_id)}` },
  element("span", { class: "file-mark" }, icon("file"), element("small", {}, ending)),
  element("span", { class: "file-text" }, element("b", {}, document.file_name),
    element("small", {}, size(document.file_size))));
}

function contact(shared) {
  return element("div", { class: "file" }, element("span", { class: "file-mark" }, icon("phone")),
    element("span", { class: "file-text" },
      element("b", {}, [shared.first_name, shared.last_name].filter(Boolean).join(" ")),
      element("small", {}, shared.phone_number)));
}

function forwarded(origin, column) {
  const name = origin.chat?.title ?? origin.sender_user_name ?? origin.sender_user?.first_name ?? "";
  return element("div", { class: "forwarded" }, `${column.say("forwarded")} `, element("b", {}, name));
}

function quoted(message, column) {
  return element("div", { class: "quoted", onclick: () => column.find(message.message_id) },
    element("b", {}, message.from?.first_name ?? ""),
    element("span", {}, message.text ?? message.caption ?? "…"));
}
