/* The page on a mixture of experts: a form, three twins that answer, and what is said of it. Nothing is fetched before
   the first click; every text on the page is set as text. */

import { asked, judged, readable, said, unknown } from "./mixture-words.js";
import { answer, file, missing } from "./mixture-runtime.js";

const make = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });
const percent = (share) => (share > 0 && share < 0.001 ? "under 0.1%" : `${(100 * share).toFixed(share < 0.1 || share > 0.99 ? 1 : 0)}%`);

/* A link restores the form by these names. */
const settings = (form) => new URLSearchParams(["prompt", "used", "kind", "grammar"]
  .filter((name) => name !== "grammar" || form.grammar.checked).map((name) => [name, form[name].value]));

function restore(form) {
  const kept = new URLSearchParams(location.hash.slice(1));
  if (!kept.has("prompt")) return;
  form.prompt.value = kept.get("prompt");
  if (kept.has("used")) form.used.value = kept.get("used");
  if ([...form.kind].some((choice) => choice.value === kept.get("kind"))) form.kind.value = kept.get("kind");
  form.grammar.checked = kept.has("grammar");
}

function bars(words) {
  const list = make("ol", "", { className: "mixture-bars" });
  for (const [word, share] of words.slice(0, 5)) {
    const line = make("li");
    const meter = make("meter", percent(share), { min: 0, max: 1, value: share, ariaLabel: `${word.trim() || "the end"}, ${percent(share)}` });
    line.append(make("span", word.trim() || "(the end)"), " ", meter, " ", make("span", percent(share)));
    list.append(line);
  }
  return list;
}

function card(twin, found, kind, verdicts) {
  const size = `${twin.active.toLocaleString("en")} of ${twin.parameters.toLocaleString("en")} parameters per token`;
  const box = make("li", "", { className: "mixture-twin" });
  const speed = found.tokens < 4 ? "too few tokens to time" : `${found.rate.toFixed(0)} tokens per second, over ${found.tokens}`;
  box.append(
    make("h3", twin.name), make("small", `${size}; ${kind}`),
    make("p", `${found.word || "(nothing)"} `, { className: `mixture-answer mixture-${found.right}` }), bars(found.words),
    make("small", `It wrote:${found.text}`, { className: "mixture-text" }), make("small", speed));
  box.querySelector("p").append(make("small", verdicts[String(found.right)]));
  return box;
}

/* The experts that the guide's own engine saw the MoE choose for this prompt, with the router's probabilities. */
function routes(routing, place, { kind, used }) {
  const flat = routing.experts[kind][used][place], tokens = routing.tokens[place];
  const table = make("table", "", { className: "figures" }), head = table.createTHead().insertRow();
  const titles = ["Token", ...Array.from({ length: routing.layers }, (_, layer) => `Layer ${layer + 1}`)];
  head.append(...titles.map((title) => make("th", title, { scope: "col" })));
  const body = table.createTBody();
  tokens.forEach((token, row) => {
    const line = body.insertRow();
    line.append(make("th", token.trim() || "(start)", { scope: "row" }));
    for (let layer = 0; layer < routing.layers; layer += 1) {
      const from = 2 * used * (layer * tokens.length + row);
      const pairs = Array.from({ length: used }, (_, choice) => flat.slice(from + 2 * choice, from + 2 * choice + 2));
      line.insertCell().textContent = pairs.map(([expert, share]) => `${expert} (${share}%)`).join(", ");
    }
  });
  return table;
}

class Mixture {
  constructor(place) {
    this.place = place;
    this.form = place.querySelector("form");
    this.parts = Object.fromEntries(["said", "twins", "routes", "routing", "link", "progress", "without"]
      .map((name) => [name, place.querySelector(`[data-${name}]`)]));
    this.running = null;
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    this.form.addEventListener("input", (event) => this.changed(event.target));
    this.form.addEventListener("change", (event) => this.asked && event.target !== this.form.prompt && this.ask());
    this.form.cancel.addEventListener("click", () => this.running?.abort());
    addEventListener("hashchange", () => place.isConnected && this.restored());
    this.restored();
    const lacks = missing();
    this.form.hidden = Boolean(lacks);
    this.parts.without.hidden = !lacks;
    if (lacks) this.parts.without.textContent = lacks;
  }

  restored() {
    restore(this.form);
    this.changed(this.form.prompt);
  }

  changed(field) {
    const { form } = this;
    if (field === form.pick && form.pick.value) form.prompt.value = form.pick.value;
    if (field === form.prompt) form.pick.value = [...form.pick.options].map(({ value }) => value).find((value) => value === form.prompt.value.trim()) ?? "";
    form.told.value = `${form.used.value} of ${form.used.max}`;
    this.parts.link.href = `#${settings(form)}`;
  }

  async ask() {
    this.running?.abort();
    const running = this.running = new AbortController();
    this.busy(true);
    this.parts.twins.replaceChildren();
    this.parts.routing.hidden = true;
    this.show(this.asked ? "Asking." : "Fetching what is needed, and asking.");
    try {
      await this.answers(running.signal);
    } catch (fault) {
      if (this.running === running) this.show(fault.name === "AbortError" ? "Cancelled: nothing is running any more. Ask again whenever you like." : fault.message);
    }
    if (this.running === running) this.busy(false);
  }

  async answers(signal) {
    const watch = { signal, arrived: (bytes) => { this.parts.progress.value += bytes; } };
    const json = async (name) => JSON.parse(await (await file(this.address(name), "", watch)).text());
    const facts = await json("facts.json").catch(unreachable);
    const prompt = readable(this.form.prompt.value, facts);
    const question = asked(prompt, facts, this.form.grammar.checked);
    const setting = { kind: this.form.kind.value, used: Number(this.form.used.value) };
    const found = [];
    history.replaceState(history.state, "", `#${settings(this.form)}`);
    for (const twin of facts.twins) {
      const wanted = { weights: this.address(twin.files[setting.kind]), used: twin.experts && setting.used, engine: facts.engine, prompt, grammar: question.grammar };
      found.push(judged(await answer(wanted, watch).catch(unreachable), question));
      this.parts.twins.append(card(twin, found.at(-1), setting.kind, this.parts.twins.dataset));
    }
    await this.route(json, facts.questions.findIndex((one) => one.prompt === prompt), setting);
    this.show([said(facts.twins, found, question, setting), unknown(prompt, facts)].filter(Boolean).join(" "));
    this.asked = true;
  }

  async route(json, place, setting) {
    this.parts.routing.hidden = place < 0;
    this.parts.routes.replaceChildren(...(place < 0 ? [] : [routes(await json("routing.json").catch(unreachable), place, setting)]));
  }

  address(name) { return new URL(name, new URL(this.place.dataset.files, document.baseURI)).href; }

  show(text) { this.parts.said.textContent = text; }

  busy(working) {
    this.form.cancel.hidden = this.parts.progress.hidden = !working;
    this.form.send.textContent = this.asked ? "Ask" : this.form.send.textContent;
    if (working) this.parts.progress.value = 0;
  }
}

/* Whatever broke, the cure is the same: a new instance is started, and what is missing is fetched, when asked again. */
function unreachable(fault) {
  if (fault.name === "AbortError") throw fault;
  throw new Error(`That did not work: ${fault.message}. Ask again; what has arrived is kept, and every answer starts afresh. If it goes on, reload the page.`);
}

const start = () => document.querySelectorAll("[data-mixture]:not([data-started])").forEach((place) => {
  place.dataset.started = "";
  new Mixture(place);
});

globalThis.document$ ? globalThis.document$.subscribe(start) : start();
