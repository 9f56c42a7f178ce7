/* The chooser: narrows the table of models by memory, speed and task, and says in a sentence what the numbers say.
   Without this script the table stands as it is. */

const field = (label, input) => {
  const wrap = document.createElement("label");
  const text = document.createElement("span");
  text.textContent = label;
  wrap.append(text, input);
  return wrap;
};

const numeric = (name, step) => {
  const input = document.createElement("input");
  Object.assign(input, { type: "number", name, min: "0", step, inputMode: "decimal", placeholder: "any" });
  return input;
};

const select = (tasks) => {
  const input = document.createElement("select");
  input.name = "task";
  for (const [value, text] of [["", "any task"], ...tasks]) input.append(new Option(text, value));
  return input;
};

const cellOf = (row, task) => {
  const cell = row.querySelector(`td[data-skill="${task}"]`);
  if (!cell?.dataset.value) return null;
  const { value, said, meets } = cell.dataset;
  return { model: row.dataset.model, place: String(row.sectionRowIndex), value: Number(value), said, meets: meets.split(" ") };
};

/* What the numbers say of a task, for the models that fit. Which models' intervals meet was found when the page was built. */
export const verdict = (rows, task) => {
  const known = rows.map((row) => cellOf(row, task)).filter(Boolean).sort((one, other) => other.value - one.value);
  if (!known.length) return "None of them was measured on this task, so these numbers say nothing about it.";
  const [best, ...others] = known;
  const said = `${best.model} was right most often: ${best.said}`;
  const near = others.filter((one) => best.meets.includes(one.place)).map((one) => one.model);
  if (!near.length) return `${said}${others.length ? ", clearly more than the others" : ""}.`;
  return `${said}. Its interval meets that of ${near.join(" and ")}, so which is better is not settled.`;
};

const draw = (place) => {
  const rows = [...document.querySelectorAll(".chooser-table tbody tr")];
  const tasks = [...document.querySelectorAll(".chooser-table thead th")].slice(3).map((head) => [head.firstChild.textContent.trim(), head.querySelector("small").textContent]);
  const form = document.createElement("form");
  const [memory, speed, task] = [numeric("memory", "0.1"), numeric("speed", "1"), select(tasks)];
  const answer = document.createElement("p");
  answer.setAttribute("aria-live", "polite");
  answer.className = "chooser-answer";
  form.append(field("Memory, GB", memory), field("Tokens per second, at least", speed), field("Task", task));
  const choose = () => {
    const fits = (row) => (!memory.value || Number(row.dataset.gb) <= Number(memory.value)) && (!speed.value || (row.dataset.speed && Number(row.dataset.speed) >= Number(speed.value)));
    for (const row of rows) row.hidden = !fits(row);
    const left = rows.filter((row) => !row.hidden);
    const count = `${left.length} of ${rows.length} measured models fit.`;
    const where = speed.value ? " Speeds are those of the rigs named; yours will differ." : "";
    answer.textContent = `${count}${left.length && task.value ? ` ${verdict(left, task.value)}` : ""}${where}`;
  };
  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  place.replaceChildren(form, answer);
  choose();
};

const start = () => {
  const place = document.querySelector("#chooser");
  if (place) draw(place);
};

globalThis.document$ ? globalThis.document$.subscribe(start) : start();
