/* What can be asked of the twins, and how their answers are judged and told. Pure: text and facts in, text out. */

/* A prompt as the twins know text: every word behind a space. Throws with what to mend. */
export function readable(typed, { vocabulary }) {
  const words = typed.trim().replace(/\s+/g, " ");
  if (!words) throw new Error("There is no prompt: type one, or pick a fact.");
  const letters = new Set(vocabulary);
  const foreign = [...new Set(words)].filter((letter) => !letters.has(letter));
  if (foreign.length) throw new Error(`The twins read printable ASCII and nothing else. Type the prompt without ${foreign.slice(0, 5).join(" ")}`);
  return ` ${words}`;
}

/* Which attribute a prompt asks for, the right word where the corpus has one, and the grammar that constrains the answer. */
export function asked(prompt, facts, held) {
  const [attribute, name] = parsed(prompt, facts);
  if (held && !attribute) {
    throw new Error(`The grammar admits the words of one attribute, so the prompt has to end with ${Object.keys(facts.attributes).join(", ")}, or be one of the corpus's questions. End it so, or turn the grammar off.`);
  }
  return { attribute, right: known(name, attribute, facts), grammar: held ? facts.grammars[attribute] : "" };
}

function parsed(prompt, facts) {
  for (const [attribute, forms] of Object.entries(facts.forms)) {
    for (const [before, after] of forms.map((form) => form.split("{name}"))) {
      if (prompt.startsWith(before) && prompt.endsWith(after)) return [attribute, prompt.slice(before.length, prompt.length - after.length)];
    }
  }
  const last = prompt.split(" ").at(-1);
  return last in facts.attributes ? [last, ""] : ["", ""];
}

function known(name, attribute, { names: [firsts, lasts], people, attributes }) {
  const [first, last, ...more] = (name ?? "").split(" ");
  const ids = [firsts.indexOf(first), lasts.indexOf(last)];
  const person = more.length ? undefined : people.find((one) => one[0] === ids[0] && one[1] === ids[1]);
  return person && attributes[attribute][person[2 + Object.keys(attributes).indexOf(attribute)]];
}

/* An answer with its first word, whether that is right (undefined where nothing is known), and the probability of what is. */
export function judged(found, { right }) {
  const word = found.text.trim().split(" ")[0];
  const share = right && (found.words.find(([one]) => one.trim() === right)?.[1] ?? 0);
  return { ...found, word, share, right: right ? word === right : undefined };
}

/* What was just seen, in a sentence for each twin. */
export function said(twins, found, { right, grammar }, { kind, used }) {
  const told = twins.map((twin, place) => {
    const { word, share, right: is } = found[place];
    const judgement = right ? `, which is ${is ? "right" : "wrong"} (it gives the right word ${(100 * share).toFixed(0)}%)` : "";
    return `${twin.experts ? `with ${used} of ${twin.experts} experts per token the ${twin.name}` : twin.name} says ${word || "nothing"}${judgement}`;
  });
  const truth = right ? `The corpus says ${right}.` : "The corpus tells no fact that this prompt asks for, so nothing is judged.";
  return `At ${kind}, ${grammar ? "constrained by the grammar" : "free to say anything"}: ${told.join("; ")}. ${truth}`;
}

/* A word about words that the twins were never taught; empty where there are none. */
export function unknown(prompt, { vocabulary, piece }) {
  const taught = new Set(vocabulary);
  const pieces = prompt.match(new RegExp(piece, "g")) ?? [];
  const strange = [...new Set(pieces.filter((piece) => !taught.has(piece)).map((piece) => piece.trim()))];
  if (!strange.length) return "";
  return `The twins were never taught ${strange.slice(0, 4).join(", ")}: they read it in smaller pieces, as they never did in training.`;
}
