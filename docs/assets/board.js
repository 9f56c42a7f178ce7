/* Filters the board of claims by outcome. Without this script every claim is shown, as it is with every filter off. */

const draw = (board) => {
  const cards = [...board.querySelectorAll("li.card")];
  const outcomes = [...new Set(cards.map((card) => card.dataset.outcome))];
  if (outcomes.length < 2) return;
  const bar = document.createElement("p");
  bar.className = "board-filter";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Show claims by verdict");
  for (const outcome of ["all", ...outcomes]) {
    const many = outcome === "all" ? cards.length : cards.filter((card) => card.dataset.outcome === outcome).length;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${outcome} (${many})`;
    button.setAttribute("aria-pressed", String(outcome === "all"));
    button.addEventListener("click", () => {
      for (const card of cards) card.hidden = outcome !== "all" && card.dataset.outcome !== outcome;
      for (const other of bar.children) other.setAttribute("aria-pressed", String(other === button));
    });
    bar.append(button);
  }
  board.before(bar);
};

/* Material swaps pages without loading them anew, and announces each one here. */
const start = () => {
  for (const board of document.querySelectorAll("ul.board")) if (!board.previousElementSibling?.matches(".board-filter")) draw(board);
};

globalThis.document$ ? globalThis.document$.subscribe(start) : start();
