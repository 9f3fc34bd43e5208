// The page: a bar with the clock, and one column per person.

import { Column } from "./column.js";
import { element } from "./text.js";
import { moment, say } from "./words.js";

const choice = new URLSearchParams(location.search);
const wanted = choice.get("people")?.split(",").map(Number);
const language = choice.get("lang")
  ?? ["kk", "ru", "en"].find((known) => navigator.language.startsWith(known)) ?? "en";
const words = (key) => say(language, key);
const $ = (selector) => document.querySelector(selector);

const columns = new Map();
const view = JSON.parse($("#state").textContent);
let now = view.now;

export async function post(path, body) {
  const response = await fetch(`/sandbox/${path}`, body instanceof FormData
    ? { method: "POST", body }
    : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.description ?? response.statusText);
  }
  return response.json();
}

function show(chat) {
  if (wanted && !wanted.includes(chat.id)) return null;
  let column = columns.get(chat.id);
  if (!column) {
    column = new Column(chat, view.bot, { post, now: () => now });
    columns.set(chat.id, column);
    $(".columns").append(column.root);
    addTab(column);
  }
  return column;
}

function addTab(column) {
  const tab = element("button", { class: "tab", onclick: () =>
    column.root.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" }) },
  column.chat.role_label || column.chat.name);
  $(".bar-people").append(tab);
  new IntersectionObserver(([seen]) => tab.classList.toggle("on", seen.isIntersecting),
    { root: $(".columns"), threshold: 0.6 }).observe(column.root);
}

function showClock() {
  const bar = $(".bar-clock");
  bar.replaceChildren(
    element("span", { class: "clock" }, element("b", {}, moment(now)), ` ${words("clock")}`));
  if (!view.clock) return;
  for (const [key, seconds] of [["hour", 3600], ["day", 86400], ["weeks", 14 * 86400]]) {
    bar.append(element("button", { onclick: (event) => move(seconds, event.currentTarget) },
      words(key)));
  }
}

async function move(seconds, button) {
  button.disabled = true;
  try {
    tick((await post("clock", { seconds })).now);
  } finally {
    button.disabled = false;
  }
}

function tick(seconds) {
  now = seconds;
  const shown = $(".clock b");
  if (shown) shown.textContent = moment(now);
}

function addPersonButton() {
  const form = element("form", { class: "sheet", onsubmit: async (event) => {
    event.preventDefault();
    const filled = new FormData(form);
    dialog.close();
    await post("people", Object.fromEntries(filled));
  } },
  element("h3", {}, words("add")),
  element("input", { name: "name", placeholder: words("name"), required: true, maxlength: 64 }),
  element("input", { name: "role_label", placeholder: words("role"), maxlength: 32 }),
  element("select", { name: "language_code" }, ...[["kk", "Қазақша"], ["ru", "Русский"],
    ["en", "English"]].map(([code, name]) => element("option", { value: code }, name))),
  element("div", { class: "sheet-buttons" },
    element("button", { type: "button", onclick: () => dialog.close() }, words("cancel")),
    element("button", { class: "strong" }, words("add"))));
  const dialog = element("dialog", {}, form);
  document.body.append(dialog);
  $(".bar-people").append(element("button", { class: "tab add", title: words("add"),
    onclick: () => dialog.showModal() }, "+"));
}

function listen() {
  const events = new EventSource("/sandbox/events");
  let lost = false;
  events.onerror = () => {
    lost = true;
    document.body.classList.add("lost");
  };
  events.onopen = async () => {
    document.body.classList.remove("lost");
    // what happened between the page and the stream, or while the stream was away
    const fresh = await (await fetch("/sandbox/state")).json();
    tick(fresh.now);
    for (const chat of fresh.chats) show(chat)?.renew(chat, lost);
    lost = false;
  };
  events.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    tick(event.now);
    if (event.type === "clock") for (const column of columns.values()) column.showMessages();
    else if (event.type === "person") show({ ...event.chat, messages: [] });
    else columns.get(event.chat_id)?.on(event);
  };
}

document.documentElement.lang = language;
document.documentElement.style.zoom = choice.get("zoom") ?? "";
document.documentElement.style.setProperty("--zoom", choice.get("zoom") ?? 1);
if (choice.has("bare")) document.body.classList.add("bare");
$(".bar-title").textContent = view.chats[0]?.bot_name ?? view.bot.first_name;
$(".bar-note").textContent = words("note");
document.body.dataset.lost = words("lost");
showClock();
for (const chat of view.chats) show(chat);
if (!wanted) addPersonButton();
$(".columns").style.setProperty("--count", columns.size);
setInterval(() => tick(now + 1), 1000);

window.addEventListener("load", () => {
  for (const column of columns.values()) column.toEnd();
  window.sandboxReady = true;
  if (choice.get("live") !== "0") setTimeout(listen);
});
