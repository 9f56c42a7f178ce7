// A static picture is painted first; when it comes into view it is drawn again as a chart that answers to the pointer.
const here = new URL(".", import.meta.url);
const drawn = new Map(); // canvas -> the view on it
const specs = new Map(); // canvas -> what to draw on it, where that does not lie in a file

const dark = () => document.body.dataset.mdColorScheme === "slate";

let vega;
const engine = () => (vega ??= ["vega", "vega-lite", "vega-embed"].reduce(
  (before, name) => before.then(() => script(new URL(`vega/${name}.min.js`, here))), Promise.resolve()));

function script(url) {
  return new Promise((resolve, reject) => {
    const tag = Object.assign(document.createElement("script"), { src: url, onload: resolve, onerror: reject });
    document.head.append(tag);
  });
}

const files = new Map();
const file = (url) => files.get(url.href) ?? files.set(url.href, fetch(url).then((reply) => reply.json())).get(url.href);

// As explainers/plotting/theme.py has it for the pictures that are painted first, with the same numbers.
function sized(spec, width, look, { columns: many, axis, gap, autosize }) {
  if (!("facet" in spec)) return { ...spec, width, autosize };
  const columns = look === "narrow" ? many.narrow : (spec.columns ?? many.wide);
  return { ...spec, columns, spec: { ...spec.spec, width: Math.floor((width - axis) / columns) - gap } };
}

async function draw(canvas) {
  const spoken = specs.get(canvas) ?? file(new URL("chart.json", new URL(canvas.dataset.chart, document.baseURI)));
  const [spec, { configs, layout }] = await Promise.all([spoken, file(new URL("theme/charts.json", here)), engine()]);
  const ground = dark() ? "dark" : "light";
  const look = canvas.clientWidth < layout.narrow_below ? "narrow" : "wide";
  const dressed = { ...sized(spec, canvas.clientWidth, look, layout), config: configs[`${ground}-${look}`] };
  const live = canvas.querySelector(".chart-live") ?? canvas.appendChild(
    Object.assign(document.createElement("div"), { className: "chart-live" }));
  drawn.get(canvas)?.finalize();
  const view = await globalThis.vegaEmbed(live, dressed, { ast: true, actions: false, renderer: "svg", tooltip: { theme: ground } });
  drawn.set(canvas, view);
  canvas.dataset.width = canvas.clientWidth;
  canvas.classList.add("is-live");
}

// Whatever goes wrong, the static picture is still there.
const attempt = (canvas) => draw(canvas).catch((fault) => console.warn("chart stays static:", fault.message ?? fault));

// A picture that came out of a live experiment, in place of any that stands there.
export function show(canvas, spec) {
  for (const gone of [...drawn.keys()].filter((one) => !one.isConnected)) forget(gone);
  specs.set(canvas, spec);
  return attempt(canvas);
}

const seen = new IntersectionObserver((entries) => {
  for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
    seen.unobserve(target);
    attempt(target);
  }
}, { rootMargin: "200px" });

function forget(canvas) {
  drawn.get(canvas)?.finalize();
  drawn.delete(canvas);
  specs.delete(canvas);
}

const redraw = () => [...drawn.keys()].forEach((canvas) => canvas.isConnected ? attempt(canvas) : forget(canvas));

let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => [...drawn.keys()].some((canvas) => canvas.clientWidth !== +canvas.dataset.width) && redraw(), 150);
});
new MutationObserver(redraw).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });

const start = () => document.querySelectorAll("[data-chart]:not(.is-live)").forEach((canvas) => seen.observe(canvas));
globalThis.document$ ? globalThis.document$.subscribe(start) : start();
