// Python away from the page: boots once, then answers one form after the other. Ended when the reader cancels.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = new URL(".", import.meta.url);
const say = (message) => self.postMessage(message);

// Pyodide fetches its own parts; counting here is what tells the reader how far it is.
const plain = self.fetch.bind(self);
let lost = ""; // Pyodide says only that it ended, and not for want of what
self.fetch = async (...asked) => {
  const reply = await plain(...asked);
  if (!reply.ok) throw new Error(lost = `${new URL(reply.url).pathname} could not be fetched (${reply.status})`);
  if (!reply.body) return reply;
  const counting = new TransformStream({ transform(chunk, on) { say({ fetched: chunk.byteLength }); on.enqueue(chunk); } });
  return new Response(reply.body.pipeThrough(counting), { headers: reply.headers });
};

async function boot() {
  const python = await loadPyodide({ indexURL: new URL("pyodide/", here).href, checkIntegrity: true });
  await python.loadPackage("incompressible", { messageCallback: () => {} });
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
    say({ broken: lost || String(fault.message ?? fault) });
  }
};
