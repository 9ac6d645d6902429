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

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.citation, a.back, a.nearest-link");
    if (!link) return;
    event.preventDefault(); // the page's address stays
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    if (link.matches(".citation")) mark(link, target);
    show(target);
  });

  // Gradio's label of a message is its HTML source, which a screen reader would spell out.
  const label = () => {
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
    reveal("#sources .asked", () => (document.getElementById("proof").scrollTop = 0));
  };

  new MutationObserver(() => {
    label();
    follow();
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-label"] });
})();
