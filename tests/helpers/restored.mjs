// Answers from Python as pages restore it: node restored.mjs PYODIDE PLACE, where PLACE/asked.json is {name: [file]}
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";

const [parts, place] = process.argv.slice(2);
const { loadPyodide } = await import(join(parts, "pyodide.mjs"));
const memory = gunzipSync(readFileSync(join(parts, "python.snapshot")));
const python = await loadPyodide({ indexURL: `${parts}/`, _loadSnapshot: memory, stdLibURL: join(parts, "empty.zip") });
const answer = python.runPython("from explainers.live import answer_page; answer_page");
const asked = JSON.parse(readFileSync(join(place, "asked.json")));
const laid = (names) => names.map((name) => [name, new Uint8Array(readFileSync(join(place, name)))]);
const told = Object.entries(asked).map(([name, names]) => [name, JSON.parse(answer(name, "{}", laid(names)))]);
writeFileSync(join(place, "told.json"), JSON.stringify(Object.fromEntries(told)));
