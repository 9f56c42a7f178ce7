/* A twin in the page: llama.cpp as WebAssembly (wllama), one thread, one instance for each answer. An instance takes a
   third of a second to start, is gone when its answer is there, and cannot carry an error over to the next. */

const here = new URL(".", import.meta.url);
const quiet = Object.fromEntries(["debug", "log", "warn", "error"].map((name) => [name, () => {}]));

/* Flash attention and another type of cache round unlike the engine that the guide's replies come from; with the settings
   of that engine the twins give the same answers in both. */
const settings = ({ threads, cache_type }) => ({
  n_ctx: 256, n_parallel: 1, n_threads: threads, n_gpu_layers: 0, warmup: false,
  flash_attn: false, cache_type_k: cache_type, cache_type_v: cache_type,
});

/* wllama passes the overrides on without the empty one that ends llama.cpp's list. */
const experts = (used, { experts_key }) => (used ? { kv_overrides: { [experts_key]: `int:${used}`, "": "int:0" } } : {});

/* What is fetched once: address -> the promise of its bytes. What failed is fetched again when it is next asked for. */
const fetched = new Map();

export function file(address, type, { signal, arrived } = {}) {
  if (!fetched.has(address)) {
    fetched.set(address, whole(address, type, signal, arrived));
    fetched.get(address).catch(() => fetched.delete(address));
  }
  return fetched.get(address);
}

async function whole(address, type, signal, arrived = () => {}) {
  const reply = await fetch(address, { signal });
  if (!reply.ok) throw new Error(`${address} answers with status ${reply.status}`);
  const parts = [];
  for (const reader = reply.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type });
    parts.push(value);
    arrived(value.length);
  }
}

/* Why this browser cannot run a twin; empty where it can. wllama's way out, a slower build, lies on other hosts. */
export function missing() {
  try {
    new WebAssembly.Memory({ address: "i64", initial: 1n });
    return "";
  } catch {
    return "This browser lacks 64-bit WebAssembly memory, which the runtime needs: open the page in Chromium 133, Firefox 134 or newer.";
  }
}

let program;

async function opened(watch) {
  const [{ Wllama }, bytes] = await Promise.all([
    import(new URL("wllama/index.min.js", here)), file(new URL("wllama/wllama.wasm", here).href, "application/wasm", watch)]);
  program ??= URL.createObjectURL(bytes);
  const instance = new Wllama({ default: program }, { suppressNativeLog: true, logger: quiet });
  instance.setCompat(null); // or it would fetch a slower build from another host where this browser lacks something
  return instance;
}

/* A twin that can be asked: a worker of its own, which `exit` ends. `engine` is what facts.json says of the settings. */
export async function started({ weights, used, engine }, watch = {}) {
  const [instance, blob] = await Promise.all([opened(watch), file(weights, "", watch)]);
  watch.signal?.throwIfAborted();
  const loading = instance.loadModel([blob], { ...settings(engine), ...experts(used, engine) });
  watch.signal?.addEventListener("abort", () => ended(instance, loading), { once: true });
  try {
    await loading;
  } catch (fault) {
    await instance.exit();
    throw fault;
  }
  return instance;
}

/* A load that had no worker yet goes on, so what it comes to is ended as well. */
function ended(instance, loading) {
  instance.exit();
  loading.then(() => instance.exit(), () => {});
}

/* What it says next: `text`, and the likeliest `words` in place of the first with their probabilities, [word, p] each and
   without regard to the grammar (`likeliest` is how many, the whole vocabulary by default); `rate` in tokens per second over
   `tokens`. Greedy. */
export async function completed(instance, { prompt, grammar, most = 16, likeliest = 512 }) {
  const held = grammar ? { grammar } : {};
  const asked = { prompt, max_tokens: most, temperature: 0, cache_prompt: false, n_probs: likeliest, ...held };
  const { choices: [{ text, logprobs }], timings } = await instance.createCompletion(asked);
  const words = (logprobs?.content[0]?.top_logprobs ?? []).map(({ token, logprob }) => [token, Math.exp(logprob)]);
  return { text, words, tokens: timings.predicted_n, rate: timings.predicted_per_second };
}

/* One answer of one instance. When `signal` says so the worker ends and this rejects; `arrived` is told of bytes that
   come. wllama leaves open what was asked of a worker that has ended, hence the race. */
export function answer(asked, watch = {}) {
  const stopped = new Promise((_, reject) => {
    const stop = () => reject(new DOMException("cancelled", "AbortError"));
    watch.signal?.aborted ? stop() : watch.signal?.addEventListener("abort", stop, { once: true });
  });
  const answered = once(asked, watch);
  answered.catch(() => fetched.delete(asked.weights)); // it may be the file that is broken
  return Promise.race([stopped, answered]);
}

async function once(asked, watch) {
  const instance = await started(asked, watch);
  try {
    return await completed(instance, asked);
  } finally {
    await instance.exit();
  }
}
