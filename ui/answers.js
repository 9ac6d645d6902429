// What may be done with an answer: copied, judged, asked again.
(() => {
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

  // What a user says of an answer: kept by the server, shown by the link.
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
    const link = event.target.closest?.("a.again, a.change, a.leave");
    if (!link) return;
    event.preventDefault();
    document.getElementById(link.className).click();
    if (!link.matches(".again")) document.querySelector("#question textarea").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches("#question textarea")) document.querySelector("a.leave")?.click();
  });

  const look = () => showFeedback().catch(() => {}); // the server is gone: Gradio says so
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
})();
