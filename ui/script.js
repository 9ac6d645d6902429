// What Gradio leaves open: labels, what is brought into view, the page's address, and a question half written.
(() => {
  const box = () => document.querySelector("#question textarea");

  // Gradio's label of a message is its HTML source, which a screen reader would spell out; its list has no items.
  const label = () => {
    document.querySelector("#chat .examples[role=list]")?.setAttribute("role", "group");
    box()?.setAttribute("dir", "auto");
    const shelf = document.querySelector("#shelf .toggle-button");
    if (shelf && shelf.title !== "Conversations") {
      shelf.title = "Conversations";
      shelf.setAttribute("aria-label", "Conversations");
    }
    for (const message of document.querySelectorAll('#chat [aria-label*="\'s message:"]')) {
      message.setAttribute("aria-label", message.dataset.testid === "user" ? "Question" : "Answer");
    }
  };

  // What a new question brings is shown, even if the user had scrolled to older answers or sources: the question at
  // the top, with room for its answer below, so that nothing has to move while that grows.
  const seen = {};
  const reveal = (what, scroll) => {
    const count = document.querySelectorAll(what).length;
    if (count > (seen[what] ?? 0)) scroll();
    seen[what] = count;
  };
  const follow = () => {
    reveal("#chat .question", () => {
      const log = document.querySelector("#chat [role=log]");
      const [question, answer] = ["user", "bot"].map((who) => [...log.querySelectorAll(`.${who}-row`)].at(-1));
      const room = answer && log.clientHeight - (answer.offsetTop - question.offsetTop) - 20; // with the log's own edge
      log.style.setProperty("--room", answer?.querySelector(".waiting") ? `${room}px` : "0");
      log.scrollTop = log.scrollHeight;
    });
    reveal("#sources .asked", () => {
      closeDocument();
      document.getElementById("proof").scrollTop = 0;
    });
  };

  // The address names the conversation that is open, so that a reload opens it again, and Back the one before.
  let opened;
  const address = () => {
    const chosen = document.querySelector("#past input:checked");
    const url = new URL(location.href);
    if (chosen) {
      url.searchParams.set("conversation", chosen.value);
      url.searchParams.delete("document"); // each question keeps what it was asked of
    }
    if (!chosen && document.querySelector("#chat .welcome")) url.searchParams.delete("conversation");
    const open = url.searchParams.get("conversation");
    if (url.href !== location.href) history[opened && opened !== open ? "pushState" : "replaceState"](null, "", url);
    opened = chosen?.value ?? (document.querySelector("#chat .welcome") ? undefined : opened);
  };
  addEventListener("popstate", () => location.reload());

  // A question that is not asked yet outlives a reload: the page reloads itself when a server that was down is back.
  const nameDraft = () => `question:${new URL(location.href).searchParams.get("conversation") ?? ""}`;
  let draftName; // when the page is left by Back, the address is another's already
  const isChanged = () => document.querySelector("a.leave"); // its words are another question's
  addEventListener("pagehide", () => {
    if (draftName !== undefined) sessionStorage.setItem(draftName, isChanged() ? "" : (box()?.value ?? ""));
  });
  let isRestored = false;
  const restore = () => {
    if (isRestored || !box()) return;
    isRestored = true;
    const draft = sessionStorage.getItem(nameDraft());
    if (!draft || box().value) return;
    box().value = draft;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  };

  // After Stop the next question can be typed at once.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#question button")?.textContent.trim() === "Stop") box().focus();
  });

  new MutationObserver(() => {
    restore();
    label();
    follow();
    address();
    draftName = nameDraft();
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-label"] });
})();
