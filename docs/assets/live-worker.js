// Python away from the page: boots once, then answers one form after the other. Ended when the reader cancels.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = new URL(".", import.meta.url);
const say = (message) => self.postMessage(message);

// Pyodide fetches its own parts; counting here is what tells the reader how far it is.
const plain = self.fetch.bind(self);
let refuse = () => {}; // where a part is missing Pyodide waits for ever, or says only that it ended

async function counted(...asked) {
  const reply = await plain(...asked);
  if (!reply.ok) throw new Error(`${new URL(reply.url).pathname} could not be fetched (${reply.status})`);
  if (!reply.body) return reply;
  const counting = new TransformStream({ transform(chunk, on) { say({ fetched: chunk.byteLength }); on.enqueue(chunk); } });
  return new Response(reply.body.pipeThrough(counting), { headers: reply.headers });
}

self.fetch = (...asked) => counted(...asked).catch((fault) => { refuse(fault); throw fault; });
const unlessRefused = (start) => Promise.race([new Promise((_, reject) => { refuse = reject; }), start()]);

const part = (name) => new URL(`pyodide/${name}`, here).href;
const load = (how) => loadPyodide({ indexURL: part(""), checkIntegrity: true, ...how });

// Python as it was, at build time, when all of ours had been imported: half the work of starting from its parts.
async function restored() {
  const memory = (await fetch(part("python.snapshot"))).body.pipeThrough(new DecompressionStream("gzip"));
  return load({ _loadSnapshot: new Response(memory).arrayBuffer(), stdLibURL: part("empty.zip") });
}

async function assembled() {
  const python = await load();
  await python.loadPackage("incompressible", { messageCallback: () => {} });
  return python;
}

async function boot() {
  const python = await unlessRefused(restored).catch(() => unlessRefused(assembled));
  return python.runPython("from explainers.live import answer_page; answer_page");
}

let answer;
const files = new Map();
const file = async (name) => {
  if (!files.has(name)) files.set(name, new Uint8Array(await (await fetch(new URL(`../live/${name}`, here))).arrayBuffer()));
  return [name, files.get(name)];
};

self.onmessage = async ({ data: { tool, filled, names } }) => {
  try {
    const [call, ...laid] = await Promise.all([answer ??= boot(), ...names.map(file)]);
    say({ working: true });
    say({ result: JSON.parse(call(tool, JSON.stringify(filled), laid)) });
  } catch (fault) {
    say({ broken: String(fault.message ?? fault) });
  }
};
