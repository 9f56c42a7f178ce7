// A live experiment: its form is collected, answered by Python in a worker, and the answer laid out as plain text.
import { show } from "./charts.js";

const LINK = "#try=";
const quiet = 120; // milliseconds without a change before a changed form is answered

const make = (tag, text = "", about = {}) => Object.assign(document.createElement(tag), { textContent: text, ...about });
const read = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

class Live {
  constructor(place) {
    Object.assign(this, { place, tool: place.dataset.live, names: JSON.parse(place.dataset.files), bytes: +place.dataset.bytes });
    for (const part of ["form", "start", "stop", "progress", "state", "said", "result", "link"]) this[part] = place.querySelector(`.live-${part}`);
    this.form.hidden = this.start.hidden = false;
    this.first = this.filled();
    this.restore();
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("reset", () => setTimeout(() => this.changed()));
    this.start.addEventListener("click", () => this.ask());
    this.stop.addEventListener("click", () => this.cancel());
    this.outputs();
  }

  filled() {
    const filled = {};
    for (const { name, type, value, checked } of this.form.elements) {
      if (type === "checkbox") (filled[name] ??= []).push(...(checked ? [value] : []));
      else if (name) filled[name] = value;
    }
    return filled;
  }

  /* What differs from the form at first, as the end of a link; and back. */
  linked() {
    const told = Object.entries(this.filled()).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(this.first[name]));
    return `${LINK}${this.tool}${told.map(([name, value]) => `&${encodeURIComponent(name)}=${[value].flat().map(encodeURIComponent).join(",")}`).join("")}`;
  }

  restore() {
    if (!location.hash.startsWith(LINK)) return;
    const [tool, ...told] = location.hash.slice(LINK.length).split("&");
    if (tool !== this.tool) return;
    for (const [name, text = ""] of told.map((part) => part.split("="))) this.fill(read(name), text.split(",").map(read));
    this.place.scrollIntoView();
  }

  fill(name, values) {
    for (const field of [...this.form.elements].filter((one) => one.name === name)) {
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.tagName !== "SELECT" || [...field.options].some((one) => one.value === values[0])) field.value = values[0];
    }
  }

  outputs() {
    for (const field of this.form.querySelectorAll("input[type=range]")) field.nextElementSibling.textContent = field.value;
  }

  changed() {
    this.outputs();
    const link = this.linked();
    this.link.href = link;
    this.link.hidden = false;
    history.replaceState(history.state, "", link);
    clearTimeout(this.waiting);
    if (this.worker) this.waiting = setTimeout(() => this.ask(), quiet);
  }

  ask() {
    if (this.busy) return void (this.again = true); // the newest form is answered, not every form on the way
    this.busy = true;
    this.again = false;
    this.worker ??= this.hire();
    this.start.hidden = true;
    this.stop.hidden = false;
    this.result.setAttribute("aria-busy", "true");
    this.worker.postMessage({ tool: this.tool, filled: this.filled(), names: this.names });
  }

  hire() {
    this.fetched = 0;
    Object.assign(this.progress, { hidden: false, value: 0, max: this.bytes });
    const worker = new Worker(new URL("live-worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.heard(data);
    worker.onerror = (fault) => this.heard({ broken: fault.message || "the worker could not be started" });
    return worker;
  }

  heard({ fetched, working, result, broken }) {
    if (fetched) this.fetching(fetched);
    if (working) this.progress.hidden = true;
    if (broken) return this.failed(broken);
    if (!result) return;
    this.rest();
    if (result.fault) this.wrong(result.fault);
    else this.lay(result);
    if (this.again) this.ask();
  }

  fetching(more) {
    this.fetched += more;
    this.progress.value = Math.min(this.fetched, this.bytes);
    this.state.textContent = `Fetching Python and what it reads: ${Math.floor(100 * this.progress.position)}% of ${this.place.dataset.size}`;
  }

  rest() {
    this.busy = false;
    this.stop.hidden = this.progress.hidden = true;
    this.result.removeAttribute("aria-busy");
    this.state.classList.remove("is-wrong");
  }

  wrong(text) {
    this.state.classList.add("is-wrong");
    this.state.textContent = text;
    this.result.classList.add("is-old");
  }

  end() {
    this.worker?.terminate();
    this.worker = undefined;
    this.again = false;
    this.rest();
    this.start.hidden = false;
  }

  cancel() {
    this.end();
    this.state.textContent = "Cancelled. What stands below is what stood there before.";
    this.start.focus();
  }

  failed(why) {
    this.end();
    console.info("live experiment:", why);
    this.wrong(`This did not work: ${why.trim().split("\n").at(-1)}. Try again, or reload the page.`);
  }

  lay({ said, figures, head, rows, pictures }) {
    this.state.textContent = "";
    this.result.classList.remove("is-old");
    this.result.classList.add("is-live");
    this.said.textContent = said;
    const parts = [...(figures.length ? [listed(figures)] : []), ...(rows.length ? [tabled(head, rows)] : [])];
    this.drawn = pictures.map((picture, place) => pictured(picture, this.drawn?.[place])); // drawn over, so that nothing blinks
    this.result.replaceChildren(...parts, ...this.drawn);
    this.drawn.forEach((figure, place) => show(figure.querySelector(".chart-canvas"), pictures[place].spec));
  }
}

function listed(figures) {
  const list = make("dl", "", { className: "live-figures" });
  for (const [label, value] of figures) {
    const pair = make("div");
    pair.append(make("dt", label), make("dd", value));
    list.append(pair);
  }
  return list;
}

function tabled(head, rows) {
  const around = make("div", "", { className: "scroll", tabIndex: 0 });
  const table = around.appendChild(make("table", "", { className: "figures" }));
  const heads = table.createTHead().insertRow();
  for (const text of head) heads.append(make("th", text, { scope: "col" }));
  const body = table.createTBody();
  for (const [first, ...others] of rows) {
    body.insertRow().append(make("th", first, { scope: "row" }), ...others.map((text) => make("td", text)));
  }
  return around;
}

function pictured({ alt, title }, before) {
  const around = make("div", "", { className: "chart" });
  if (title) around.append(make("p", title, { className: "chart-title" }));
  const canvas = before?.querySelector(".chart-canvas") ?? make("figure", "", { className: "chart-canvas" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  around.append(canvas);
  return around;
}

const start = () => document.querySelectorAll(".live:not(.is-ready)").forEach((place) => {
  place.classList.add("is-ready");
  new Live(place);
});
globalThis.document$ ? globalThis.document$.subscribe(start) : start();
