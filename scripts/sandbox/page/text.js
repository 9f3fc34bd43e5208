// Text with entities as DOM nodes. Offsets are UTF-16 units, which is what JavaScript counts in.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const OPENS = /^(https?|tg|ton):/i;

// `act` says what the chat does: open(url), command(text), copy(text), label(key)
export function formatted(text, entities, act) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const root = document.createDocumentFragment();
  fill(root, text, sorted, 0, text.length, act);
  return root;
}

function fill(parent, text, entities, begin, end, act) {
  let at = begin;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const from = Math.max(entity.offset, at);
    const until = Math.min(entity.offset + entity.length, end);
    next += 1;
    if (until <= from) continue;
    const block = BLOCKS.has(entity.type);
    // a block begins on a line of its own: the line breaks around it are not shown twice
    const before = text.slice(at, from);
    if (from > at) parent.append(block && before.endsWith("\n") ? before.slice(0, -1) : before);
    const inner = [];
    while (next < entities.length && entities[next].offset < until) inner.push(entities[next++]);
    const node = wrap(entity, text.slice(from, until), act);
    fill(node.inside ?? node, text, inner, from, until, act);
    parent.append(node);
    at = block && text[until] === "\n" && until < end ? until + 1 : until;
    // an entity that reaches beyond this one goes on behind it
    const rest = inner.filter((one) => one.offset + one.length > until)
      .map((one) => ({ ...one, offset: until, length: one.offset + one.length - until }));
    entities.splice(next, 0, ...rest);
  }
  if (at < end) parent.append(text.slice(at, end));
}

function wrap(entity, words, act) {
  switch (entity.type) {
    case "bold": return element("b");
    case "italic": return element("i");
    case "underline": return element("u");
    case "strikethrough": return element("s");
    case "code": return element("code", { title: "⧉", onclick: () => act.copy(words) });
    case "pre": return element("pre", { onclick: () => act.copy(words) });
    case "spoiler":
      return element("span", { class: "spoiler", tabindex: 0,
        onclick: (event) => event.currentTarget.classList.add("seen") });
    case "blockquote": return element("blockquote");
    case "expandable_blockquote": return expandable(act);
    case "text_link": return link(entity.url, act);
    case "url": return link(OPENS.test(words) ? words : `https://${words}`, act);
    case "email": return element("a", { href: `mailto:${words}` });
    case "mention": return link(`https://t.me/${words.slice(1)}`, act);
    case "bot_command":
      return element("a", { href: "#", onclick: (event) => {
        event.preventDefault();
        act.command(words);
      } });
    case "hashtag":
    case "cashtag":
    case "text_mention": return element("span", { class: "tag" });
    default: return element("span");
  }
}

function link(url, act) {
  if (!OPENS.test(url)) return element("span");
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url,
    onclick: (event) => act.open(url, event) });
}

function expandable(act) {
  const inside = element("div", { class: "folded" });
  const more = element("button", { class: "more", onclick: () => {
    const folded = inside.classList.toggle("folded");
    more.textContent = act.label(folded ? "more" : "less");
  } }, act.label("more"));
  const quote = element("blockquote", {}, inside, more);
  quote.inside = inside;
  return quote;
}
