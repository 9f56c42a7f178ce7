// Python's memory when all that a page may call has been imported, written to a file: node snapshot.mjs FOLDER WHEEL OUT
// FOLDER holds Pyodide's parts. Equal parts give equal bytes: clocks stand still here, and nothing is left to chance.
import crypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, wheel, out] = process.argv.slice(2);

const zeros = (array) => (new Uint8Array(array.buffer, array.byteOffset, array.byteLength).fill(0), array);
globalThis.crypto.getRandomValues = crypto.webcrypto.getRandomValues = crypto.randomFillSync = zeros;
Date.now = () => 315532800000; // 1980, as in the archives
performance.now = () => 0;

const { loadPyodide } = await import(join(folder, "pyodide.mjs"));
const python = await loadPyodide({ indexURL: `${folder}/`, _makeSnapshot: true, env: { PYTHONHASHSEED: "0" } });
python.FS.writeFile("/lib/incompressible.whl", readFileSync(join(folder, wheel)));
python.runPython(`
import gc, random, sys
sys.path.insert(0, "/lib/incompressible.whl")
from explainers.live import ready
ready()
random.seed(0)
gc.collect()
`);
// How C calls C is Node's own, the place of a function that no browser has there; at 0 JavaScript does it.
const { HEAP32, __PyRuntime: runtime, __PyEM_EMSCRIPTEN_COUNT_ARGS_OFFSET: offset } = python._module;
HEAP32[(runtime + HEAP32[offset / 4]) / 4] = 0;

writeFileSync(out, python.makeMemorySnapshot());
