"use strict";
(() => {
  // Tables sort by a click on a heading, or by Enter on it.
  const number = (text) => {
    const plain = text.replace(/[\u202f\s]/g, "").replace("−", "-");
    const found = /^[(<>]*([+-]?\d*\.?\d+(?:e[+-]?\d+)?)/.exec(plain);
    if (!found) return null;
    const power = /\)e([+-]?\d+)$/.exec(plain);
    return Number(found[1]) * (power ? 10 ** Number(power[1]) : 1);
  };
  const sort = (heading, table, column) => {
    const ascends = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascends ? "ascending" : "descending");
    const body = table.tBodies[0];
    const isNumeric = heading.classList.contains("number");
    const value = (row) => {
      const text = row.cells[column].textContent.trim();
      return isNumeric ? number(text) : text;
    };
    // What is set off from the rows stays at the end, and what has no number comes last.
    const aside = [...body.rows].filter((row) => row.classList.contains("aside"));
    const rows = [...body.rows].filter((row) => !row.classList.contains("aside"));
    const order = (a, b) => (isNumeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
    rows.sort((first, second) => {
      const [a, b] = [value(first), value(second)];
      if (a === null || b === null) return (a === null) - (b === null);
      return ascends ? order(a, b) : order(b, a);
    });
    body.append(...rows, ...aside);
  };
  for (const table of document.querySelectorAll("table")) {
    if (table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(heading, table, column));
      heading.append(button);
    });
  }

  // A figure opens large.
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Figure");
  dialog.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  for (const figure of document.querySelectorAll("figure")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "large";
    button.textContent = "Enlarge";
    button.addEventListener("click", () => {
      dialog.replaceChildren(figure.querySelector("svg").cloneNode(true));
      dialog.showModal();
    });
    figure.prepend(button);
  }

  // Arms can be hidden in every figure.
  for (const box of document.querySelectorAll("input[data-shows]")) {
    const show = () => {
      for (const mark of document.querySelectorAll(`[data-arm="${box.dataset.shows}"]`)) {
        mark.style.display = box.checked ? "" : "none";
      }
    };
    box.addEventListener("change", show);
    show();
  }

  // What is folded is printed, and a link into it opens it.
  const folded = () => document.querySelectorAll("details.folded:not([open])");
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...folded()];
    for (const it of opened) it.open = true;
  });
  addEventListener("afterprint", () => {
    for (const it of opened) it.open = false;
  });
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
