/* What Material leaves to the pointer alone, for the keyboard: tables that scroll, and the header's buttons, which are
   labels of hidden boxes. It answers to Enter itself; here they answer to the space bar, as buttons do. */

const LABELS = 'label.md-header__button:is([for="__drawer"], [for="__search"]):not([tabindex])';

const button = (label) => {
  const box = document.getElementById(label.htmlFor);
  label.tabIndex = 0;
  label.setAttribute("role", "button");
  label.setAttribute("aria-label", label.htmlFor === "__drawer" ? "Navigation" : "Search");
  const tell = () => label.setAttribute("aria-expanded", String(box.checked));
  label.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    label.click();
  });
  box.addEventListener("change", tell);
  tell();
};

/* A choice between light and dark has the focus; its label, beside it, stands for the other one. */
const palette = (choice) => choice.addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  choice.nextElementSibling.click();
  document.getElementById(choice.nextElementSibling.htmlFor).focus();
});

for (const choice of document.querySelectorAll("input[name='__palette']")) palette(choice);

const start = () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) table.tabIndex = 0;
  for (const label of document.querySelectorAll(LABELS)) button(label);
};

/* Escape closes the navigation, and gives the focus back to what opened it. */
addEventListener("keydown", (event) => {
  const drawer = document.getElementById("__drawer");
  if (event.key !== "Escape" || !drawer?.checked) return;
  drawer.click();
  document.querySelector("label.md-header__button[for='__drawer']").focus();
});

globalThis.document$ ? globalThis.document$.subscribe(start) : start();
