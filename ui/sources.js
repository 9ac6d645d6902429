// A click on a citation shows its source; a click on the source's number leads back to the answer.
let closeDocument; // the one that is read beside the answer
(() => {
  const show = (target) => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  };

  const mark = (citation, source) => {
    for (const old of document.querySelectorAll(".current")) old.classList.remove("current");
    citation.classList.add("current");
    source.classList.add("current");
    source.focus({ preventScroll: true });
  };

  // The document that is read beside the answer gives way to the sources.
  let wanted = 0; // counts what was asked for: a document that comes late is not shown any more
  let opener; // of the document, to which the keyboard goes back
  const close = () => {
    wanted += 1;
    document.getElementById("reader")?.remove();
    document.getElementById("proof").classList.remove("reading");
  };
  closeDocument = close;
  const goBack = () => {
    close();
    opener?.focus();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.citation, a.back, a.nearest-link");
    if (!link) return;
    event.preventDefault(); // the page's address stays
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    close();
    if (link.matches(".citation")) mark(link, target);
    show(target);
  });

  // A document is read beside the answer, with all that the answer quotes of it marked.
  const addressOf = (link) => {
    const url = new URL(link.href);
    const answer = link.closest(".source").id.replace(/\d+$/, ""); // of all its sources
    for (const other of answer ? document.querySelectorAll(`[id^="${answer}"] a.whole`) : []) {
      if (other.pathname !== link.pathname || other.href === link.href) continue;
      for (const [name, value] of new URL(other.href).searchParams) url.searchParams.append(name, value);
    }
    return url;
  };

  const read = async (link) => {
    close();
    opener = link;
    const own = wanted;
    const address = addressOf(link);
    const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
    if (own !== wanted) return;
    const shown = Object.assign(document.createElement("div"), { className: "document" });
    shown.append(...page.querySelector(".document").childNodes);
    const reader = Object.assign(document.createElement("section"), { id: "reader", tabIndex: -1 });
    reader.setAttribute("aria-label", "Document");
    const bar = Object.assign(document.createElement("div"), { className: "reader-bar" });
    const back = Object.assign(document.createElement("button"), { type: "button", textContent: "Back to the sources" });
    back.addEventListener("click", goBack);
    const tab = Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: "Open in a tab" });
    bar.append(back, tab);
    reader.append(shown);
    (shown.querySelector("header") ?? shown).prepend(bar); // where it stays in sight
    const proof = document.getElementById("proof");
    proof.append(reader);
    proof.classList.add("reading");
    reader.focus({ preventScroll: true });
    openDocument(shown);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.whole");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    read(link).catch(() => window.open(link.href, "_blank", "noopener"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.getElementById("reader")) goBack();
  });
})();
