"use strict";

/* Shows what belongs to a step, a process and an address. What is drawn and
 * what is said of an address was worked out before and lies in the data. */
const data = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const LEVELS = 3, INDEX_BITS = 9n, PAGE_BITS = 12n, KERNEL = 1, SUM = 2;
const WIDE = matchMedia("(min-width: 1050px)");

let step = 0;        /* its number, from 0 */
let chosenLabel = null; /* a process that was chosen by hand */

function element(name, text, ...classes) {
  const made = document.createElement(name);
  if (text !== undefined)
    made.textContent = text;
  made.classList.add(...classes);
  return made;
}

const hex = number => "0x" + number.toString(16);

/* The process that is shown: the one chosen, if this step has it. */
function shown() {
  const {processes, focus} = data.steps[step];
  return processes.find(one => one.label === chosenLabel) ?? processes[focus];
}

function showStep() {
  const now = data.steps[step];
  byId("slider").value = step + 1;
  byId("slider").setAttribute("aria-valuetext",
                              `${step + 1}: ${now.title}`);
  byId("count").textContent = `${step + 1} of ${data.steps.length}`;
  byId("title").textContent = now.title;
  byId("text").textContent = now.text;
  byId("back").disabled = step === 0;
  byId("on").disabled = step === data.steps.length - 1;
  history.replaceState(null, "", `#${step + 1}`);
  showProcess();
  showSharing();
}

function showProcess() {
  const process = shown();
  byId("processes").replaceChildren(
    ...data.steps[step].processes.map(one => {
      const button = element("button", one.label);
      button.type = "button";
      button.setAttribute("aria-pressed", one === process);
      if (step > 0 && one.isNew)
        button.append(" ", element("small", "new"));
      else if (one.changes.length > 0)
        button.append(" ", element("small", "changed"));
      button.addEventListener("click", () => {
        chosenLabel = one.label;
        showProcess();
        [...byId("processes").children].find(
          other => other.ariaPressed === "true")?.focus();
      });
      return button;
    }));
  byId("changes").replaceChildren(
    ...(process?.changes ?? []).map(line => element("li", line)));
  showFigure(process);
  showRanges(process);
  translate();
}

const pictureOf = one =>
  data.pictures[WIDE.matches ? one.wide : one.narrow];

function showFigure(process) {
  const figure = byId("figure");
  figure.innerHTML = process ? pictureOf(process) : "";
  if (!process)
    figure.append(element("p", "No table was taken in this step."));
  figure.querySelector(".row")?.setAttribute("tabindex", 0);
  byId("save").hidden = !process;
  showEntry(null);
}

/* Entries: under the pointer, or with the focus. */

function rowOf(event) {
  return event.target.closest?.(".row") ?? null;
}

function showEntry(row) {
  byId("figure").querySelector(".chosen")?.classList.remove("chosen");
  row?.classList.add("chosen");
  if (row === null) {
    byId("entry").replaceChildren(element("p",
      "Point at an entry, or go there by Tab and the arrow keys: here is " +
      "what it says."));
    return;
  }
  const list = element("dl");
  for (const [name, value] of data.facts[row.dataset.f]) {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", value));
    list.append(pair);
  }
  byId("entry").replaceChildren(list);
}

function focusRow(row) {
  for (const other of byId("figure").querySelectorAll('[tabindex="0"]'))
    other.setAttribute("tabindex", -1);
  row.setAttribute("tabindex", 0);
  row.focus();
}

function moveInFigure(row, by) {
  const rows = [...byId("figure").querySelectorAll(".row")];
  const next = rows[rows.indexOf(row) + by];
  if (next)
    focusRow(next);
}

function takeAddress(row) {
  byId("address").value = row.dataset.va;
  translate();
}

/* An address, step by step. */

/* A number of 64 bits from what was typed, or null. */
function parseAddress(text) {
  const digits = text.trim().replace(/^0x/i, "").replaceAll("_", "");
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt("0x" + digits) : null;
}

/* The span of a table in which va lies. */
function spanOf(table, va) {
  let low = 0, high = table.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (BigInt(table[middle][0]) <= va)
      low = middle;
    else
      high = middle - 1;
  }
  return table[low];
}

const indexOf = (level, va) =>
  Number(va >> (PAGE_BITS + INDEX_BITS * BigInt(level)) & 511n);

/* The words on the way to va: [{level, index, page, word or null}]. */
function pathTo(span, va) {
  const [start, , path] = span;
  return path.map(([page, word], depth) => {
    const level = LEVELS - 1 - depth;
    let value = word === null ? null : BigInt(word);
    if (value !== null && depth === path.length - 1) {
      const bits = PAGE_BITS + INDEX_BITS * BigInt(level);
      value += (va >> bits) - (BigInt(start) >> bits) << bits - 2n;
    }
    return {level, index: indexOf(level, va), page, word: value};
  });
}

const pageOf = word => (word & (1n << 54n) - 1n) >> 10n << PAGE_BITS;

function showWalk(place, name, table, va, mode) {
  const access = Number(byId("translate").elements.access.value);
  const content = [element("h4", name)];
  if (table === null || table === undefined) {
    content.push(element("p", "Unknown: this text does not show the table.",
                         "unknown"));
    place.replaceChildren(...content);
    return [];
  }
  const span = spanOf(data.tables[table], va), path = pathTo(span, va);
  const [isFault, text, mended] =
    data.sentences[data.verdicts[span[3]][mode * 3 + access]];
  const list = element("ol");
  path.forEach(({level, index, page, word}, depth) => {
    const item = element("li", `${page}[${index}] = ` +
      (word === null ? "not valid" : hex(word)));
    const isLast = depth === path.length - 1;
    item.append(element("small", `level ${level}, entry ${index}` +
      (word === null ? "" : isLast
        ? (isFault && !(word & 14n) ? "" : ": a leaf for " + hex(pageOf(word)))
        : ": points to the page " + hex(pageOf(word)))));
    list.append(item);
  });
  const end = element("li", undefined, "end");
  if (isFault)
    end.classList.add("fault");
  else {
    const {level, word} = path.at(-1);
    const inside = (1n << PAGE_BITS + INDEX_BITS * BigInt(level)) - 1n;
    end.append(element("b", "pa " + hex(pageOf(word) + (va & inside))));
  }
  end.append(element(isFault ? "b" : "span", text));
  if (mended)
    end.append(element("p", mended));
  list.append(end);
  content.push(list);
  place.replaceChildren(...content);
  return path;
}

function showParts(va) {
  const parts = [["root", indexOf(2, va)], ["level 1", indexOf(1, va)],
                 ["level 0", indexOf(0, va)], ["offset", hex(va & 4095n)]];
  byId("parts").replaceChildren(...parts.map(([name, value]) => {
    const part = element("div");
    part.append(element("small", name), String(value));
    return part;
  }));
}

/* Marks the entries on the way in the figure. */
function markPath(paths) {
  const figure = byId("figure");
  for (const old of figure.querySelectorAll(".path"))
    old.classList.remove("path");
  for (const {page, index} of paths) {
    const key = BigInt(page).toString(16);
    const rows = figure.querySelectorAll(`.card[data-page="${key}"] .row`);
    rows.forEach((row, number) => {
      const [first, last] = row.dataset.i.split("-").map(Number);
      if (first > index || last < index || row.matches(".gone"))
        return;
      row.classList.add("path");
      for (const link of figure.querySelectorAll(
        `.link[data-from="${key}"][data-row="${number}"]`))
        link.classList.add("path");
    });
  }
}

function translate() {
  const process = shown(), va = parseAddress(byId("address").value);
  byId("address-error").textContent = va === null
    ? "An address is up to 16 hexadecimal digits, as in 0x3000." : "";
  byId("address").setAttribute("aria-invalid", va === null);
  const isReady = va !== null && process !== undefined;
  byId("parts").hidden = !isReady;
  document.querySelector(".walks").hidden = !isReady;
  if (!isReady) {
    markPath([]);
    return;
  }
  showParts(va);
  const mode = byId("sum").checked ? SUM : KERNEL;
  markPath([
    ...showWalk(byId("user-walk"), "User mode, on the user table",
                process.user, va, 0),
    ...showWalk(byId("kernel-walk"), "Kernel mode, on the private table",
                process.kernel, va, mode)]);
}

/* The other panels. */

function showSharing() {
  const content = [];
  for (const pair of data.steps[step].sharing) {
    content.push(element("h4", pair.label));
    const holder = element("div");
    holder.innerHTML = pictureOf(pair);
    content.push(...holder.children);
  }
  byId("sharing-panel").hidden = content.length === 0;
  byId("sharing").replaceChildren(...content);
}

function showRanges(process) {
  const ranges = process?.ranges ?? [];
  byId("ranges-panel").hidden = ranges.length === 0;
  if (ranges.length === 0)
    return;
  const table = element("table"), head = element("tr");
  for (const name of ["from", "to", "size", "may", "private table", "what"]) {
    const cell = element("th", name);
    cell.scope = "col";
    head.append(cell);
  }
  table.append(head);
  for (const range of ranges) {
    const row = element("tr");
    row.append(...range.map(text => element("td", text)));
    table.append(row);
  }
  const scroll = element("div", undefined, "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Ranges");
  scroll.append(table);
  const intro = element("p", `The break is at ${process.break}.`, "unknown");
  byId("ranges").replaceChildren(intro, scroll);
}

function save() {
  const style = document.querySelector("style").textContent
    .split("/* end of figure */")[0];
  const text = pictureOf(shown()).replace(">", `><style>${style}</style>`);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
  link.download = `${data.steps[step].name}.svg`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/* What is pressed and pointed at. */

function goTo(number) {
  step = Math.max(0, Math.min(data.steps.length - 1, number));
  showStep();
}

addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey)
    return;
  const row = rowOf(event);
  if (row && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    moveInFigure(row, event.key === "ArrowUp" ? -1 : 1);
    return;
  }
  if (row && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    takeAddress(row);
    return;
  }
  if (event.target.matches("input"))
    return;
  const moves = {ArrowLeft: step - 1, ArrowRight: step + 1, Home: 0,
                 End: data.steps.length - 1};
  if (!(event.key in moves))
    return;
  event.preventDefault();
  goTo(moves[event.key]);
  if (row)
    byId("figure").querySelector(".row")?.focus();
});

byId("figure").addEventListener("pointerover",
                                event => rowOf(event) && showEntry(rowOf(event)));
byId("figure").addEventListener("focusin",
                                event => rowOf(event) && showEntry(rowOf(event)));
byId("figure").addEventListener("click",
                                event => rowOf(event) && takeAddress(rowOf(event)));
byId("slider").addEventListener("input",
                                event => goTo(event.target.value - 1));
byId("back").addEventListener("click", () => goTo(step - 1));
byId("on").addEventListener("click", () => goTo(step + 1));
byId("translate").addEventListener("input", translate);
byId("translate").addEventListener("submit", event => event.preventDefault());
byId("save").addEventListener("click", save);
WIDE.addEventListener("change", showStep);
addEventListener("hashchange", () => {
  const number = Number(location.hash.slice(1));
  if (Number.isInteger(number) && number !== step + 1)
    goTo(number - 1);
});

document.title = `${data.source}: page tables, step by step`;
byId("source").textContent = data.source;
byId("slider").max = data.steps.length;
if (!data.ours)
  for (const one of document.querySelectorAll(".ours"))
    one.hidden = true;
goTo((Number(location.hash.slice(1)) || 1) - 1);
