// Steps from quote to quote of a document, in a page of its own or beside an answer.
const openDocument = (shown) => {
  const quotes = [...shown.querySelectorAll("mark[id]")];
  if (!quotes.length) return;
  const said = shown.querySelector("nav output");
  let at = quotes.findIndex((quote) => quote.matches(".current"));

  const show = () => {
    for (const mark of shown.querySelectorAll("mark")) {
      mark.classList.toggle("current", mark.dataset.quote === quotes[at].dataset.quote);
    }
    quotes[at].scrollIntoView({ block: "center" });
    quotes[at].focus({ preventScroll: true });
    const page = quotes[at].closest("section").querySelector("h2")?.textContent.toLowerCase();
    said.textContent = said.textContent.replace(/\d+ of/, `${at + 1} of`).replace(/page \d+/, page);
  };

  for (const button of shown.querySelectorAll("nav button[data-step]")) {
    button.addEventListener("click", () => {
      at = (at + Number(button.dataset.step) + quotes.length) % quotes.length;
      show();
    });
  }
  show();
};

document.querySelectorAll("body > .document").forEach(openDocument);
