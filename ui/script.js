// A click on a citation shows its source; a click on the source's number leads back to the answer.
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

  // Copies an answer: its words, or with a footnote for each quote.
  const wordsOf = (answer) => {
    const words = answer.cloneNode(true);
    for (const verdict of words.querySelectorAll(".unsupported .verdict")) {
      verdict.replaceWith(`(${verdict.textContent})`); // nobody is to take it for proved
    }
    for (const struck of words.querySelectorAll("del")) struck.replaceWith(`~~${struck.textContent}~~`);
    const about = ".actions, .citation, .verdict, .remark, .confidence, .note, .nearest-link";
    for (const part of words.querySelectorAll(about)) part.remove();
    return words.innerText.replace(/ +/g, " ").trim();
  };

  const copy = async (link) => {
    const footnotes = link.matches(".copy-notes");
    const answer = footnotes ? await fetch(link.href) : null;
    if (answer && !answer.ok) throw new Error("it is not there");
    const text = answer ? await answer.text() : wordsOf(link.closest(".answer"));
    await navigator.clipboard.writeText(text);
    const label = link.textContent;
    link.textContent = "Copied";
    setTimeout(() => (link.textContent = label), 1500);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.copy, a.copy-notes");
    if (!link) return;
    event.preventDefault();
    copy(link).catch(() => location.assign(link.href)); // the clipboard may be denied: then it is downloaded
  });

  // What a reader says of an answer: kept by the server, shown by the link.
  const press = (link, isPressed) => link.setAttribute("aria-pressed", isPressed);
  const judgementOf = (link) => link.textContent.toLowerCase();
  const showFeedback = async () => {
    const links = [...document.querySelectorAll("a.judge:not([aria-pressed])")];
    if (!links.length) return;
    for (const link of links) {
      link.setAttribute("role", "button");
      press(link, false);
    }
    const said = await (await fetch(links[0].pathname.replace(/\/\d+\/feedback$/, "/feedback"))).json();
    for (const link of links) press(link, said[link.pathname.split("/").at(-2)] === judgementOf(link));
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a.judge");
    if (!link) return;
    event.preventDefault();
    const isTaken = link.getAttribute("aria-pressed") !== "true"; // a second click takes it back
    const judgement = isTaken ? judgementOf(link) : "";
    const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ judgement }) };
    if (!(await fetch(link.pathname, sent)).ok) return;
    for (const each of link.parentElement.querySelectorAll("a.judge")) press(each, each === link && isTaken);
  });

  // Links in the last answer stand for buttons that are not seen.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.again, a.change");
    if (!link) return;
    event.preventDefault();
    document.getElementById(link.className).click();
    if (link.matches(".change")) document.querySelector("#question textarea").focus();
  });

  // Gradio's label of a message is its HTML source, which a screen reader would spell out; its list has no items.
  const label = () => {
    document.querySelector("#chat .examples[role=list]")?.setAttribute("role", "group");
    const shelf = document.querySelector("#shelf .toggle-button");
    if (shelf && shelf.title !== "Conversations") {
      shelf.title = "Conversations";
      shelf.setAttribute("aria-label", "Conversations");
    }
    for (const message of document.querySelectorAll('#chat [aria-label*="\'s message:"]')) {
      message.setAttribute("aria-label", message.dataset.testid === "user" ? "Question" : "Answer");
    }
  };

  // What a new question brings is shown, even if the reader had scrolled to older answers or sources.
  const seen = {};
  const reveal = (what, scroll) => {
    const count = document.querySelectorAll(what).length;
    if (count > (seen[what] ?? 0)) scroll();
    seen[what] = count;
  };
  const follow = () => {
    reveal("#chat .question", () => {
      const log = document.querySelector("#chat [role=log]");
      log.scrollTop = log.scrollHeight;
    });
    reveal("#sources .asked", () => {
      close();
      document.getElementById("proof").scrollTop = 0;
    });
  };

  // The address names the conversation that is open, so that a reload opens it again.
  const address = () => {
    const chosen = document.querySelector("#past input:checked");
    const url = new URL(location.href);
    if (chosen) url.searchParams.set("conversation", chosen.value);
    else if (document.querySelector("#chat .welcome")) url.searchParams.delete("conversation");
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  };

  new MutationObserver(() => {
    label();
    follow();
    address();
    showFeedback().catch(() => {}); // the server is gone: Gradio says so
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-label"] });
})();
