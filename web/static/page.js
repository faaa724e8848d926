"use strict";

const $ = (id) => document.getElementById(id);
const form = $("question");

// ---------------------------------------------------------------- what is kept in the browser
const kept = {
  read(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // It is not kept, then.
    }
  },
};

// ---------------------------------------------------------------- light and dark
{
  const button = $("theme");
  const dark = () => getComputedStyle(document.documentElement).colorScheme === "dark" ||
    (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const tell = () => button.setAttribute("aria-pressed", String(dark()));
  button.hidden = false;
  tell();
  button.addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    kept.write("theme", theme);
    tell();
  });
}

// ---------------------------------------------------------------- copying
const select = (element) => {
  for (let box = element.closest("details"); box; box = box.parentElement.closest("details")) {
    box.open = true;
  }
  getSelection().selectAllChildren(element);
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const source = button.dataset.from ? $(button.dataset.from) : null;
  const said = [...button.childNodes];
  try {
    await navigator.clipboard.writeText(source ? source.textContent : location.href);
    button.textContent = "Copied";
  } catch {
    // Without https there is no clipboard: the text is selected instead.
    if (source) select(source);
    button.textContent = source ? "Press Ctrl-C" : "Copy the address";
  }
  $("status")?.replaceChildren(button.textContent);
  setTimeout(() => button.replaceChildren(...said), 1500);
});

// A browser would copy one sign of a formula a line.
document.addEventListener("copy", (event) => {
  const { anchorNode, focusNode, isCollapsed } = getSelection();
  const box = (node) => (node?.closest ? node : node?.parentElement)?.closest("[data-text]");
  const formula = box(anchorNode);
  if (isCollapsed || !formula || formula !== box(focusNode)) return;
  event.clipboardData.setData("text/plain", formula.dataset.text);
  event.preventDefault();
});

// ---------------------------------------------------------------- tabs and toolbar, by arrow keys
document.addEventListener("keydown", (event) => {
  const bar = event.target.closest?.('[role="tablist"], [role="toolbar"]');
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!bar || !(step || event.key === "Home" || event.key === "End")) return;
  const all = [...bar.querySelectorAll("button")];
  const from = all.indexOf(event.target);
  const to = step ? (from + step + all.length) % all.length : event.key === "Home" ? 0 : all.length - 1;
  all.forEach((button, i) => { button.tabIndex = i === to ? 0 : -1; });
  all[to].focus();
  if (bar.role === "tablist") all[to].click();
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest('[role="tab"]');
  if (!tab) return;
  kept.write("language", tab.dataset.language);
  for (const other of document.querySelectorAll('[role="tab"]')) {
    if (other.dataset.language === tab.dataset.language) choose(other);
  }
});

function choose(tab) {
  for (const other of tab.parentElement.children) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function enliven() {
  for (const button of document.querySelectorAll("button.copy")) button.hidden = false;
  for (const tabs of document.querySelectorAll('[role="tablist"]')) {
    const all = [...tabs.children];
    choose(all.find((tab) => tab.dataset.language === kept.read("language")) ?? all[0]);
  }
}
enliven();

// ---------------------------------------------------------------- the question
if (form) {
  const field = $("expression");
  const kinds = [...$("row").content.querySelector('[name="kind."]').options].map((o) => o.value);
  const structures = [
    ...[...$("row").content.querySelector('[name="structure."]').options].map((o) => o.value),
    "positive",
  ].slice(1);
  const axes = { scalar: 0, vector: 1, row_vector: 1, matrix: 2 };

  // What is declared: the words behind each name.
  const declared = new Map();
  const readDeclared = () => {
    declared.clear();
    for (const input of form.querySelectorAll('[name="var"]')) {
      const [name, words = ""] = input.value.split(/:(.*)/s);
      declared.set(name.trim(), words.trim().split(/\s+/).filter(Boolean));
    }
  };
  readDeclared();

  const names = () => new Set(field.value.normalize("NFC").match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  const relevant = () => {
    const found = names();
    const isFunction = (words) => words.includes("function");
    return [...declared].filter(([name, words]) => found.has(name) || isFunction(words));
  };

  const address = () => {
    const data = new FormData(form);
    const query = new URLSearchParams();
    query.append("expression", field.value.trim());
    const add = (name, blank = "") => {
      for (const value of data.getAll(name)) {
        if (value.trim() && value.trim() !== blank) query.append(name, value.trim());
      }
    };
    add("wrt");
    add("order", "1");
    for (const [name, words] of relevant()) query.append("var", `${name}: ${words.join(" ")}`);
    for (const name of ["compare", "along", "layout", "define", "where"]) add(name);
    if (!$("fold").checked) query.append("fold", "no");
    if (form.elements.check.checked) query.append("check", "exact");
    return `/?${readable(query)}`;
  };
  // A*x, and not A%2Ax; browsers write ' as %27 in any case.
  const readable = (query) => query.toString().replace(/%(?:2A|28|29|5B|5D|21|2C|3B|3A|2F|40)/g, decodeURIComponent);

  // -------------------------------------------------------------- preview
  let latest = 0;
  let timer;

  const question = () => {
    const variables = {};
    for (const [name, words] of relevant()) {
      const sizes = words.filter((w) => !kinds.includes(w) && !structures.includes(w) && w !== "function");
      const kind = words.find((w) => kinds.includes(w) || w === "function");
      variables[name] = { structure: words.filter((w) => structures.includes(w)) };
      if (kind) variables[name].kind = kind;
      if (sizes.length) variables[name].shape = sizes.map((s) => (/^\d+$/.test(s) ? Number(s) : s));
    }
    const define = {};
    for (const { value } of form.querySelectorAll('[name="define"]')) {
      const [head, formula] = value.split(/=(.*)/s);
      if (formula) define[head.trim()] = formula.trim();
    }
    return { expression: field.value, variables, define, formats: ["text", "mathml"] };
  };

  // Whether there is a problem is for the answer to say where one is on its way.
  const preview = async ({ answering = false } = {}) => {
    const mine = ++latest;
    if (!field.value.trim()) {
      clearProblem();
      showPreview(false);
      return;
    }
    let found;
    let status;
    try {
      const response = await fetch("/api/v1/parse", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(question()),
      });
      status = response.status;
      found = await response.json();
    } catch {
      return; // without the server there is no preview
    }
    if (mine !== latest) return;
    if (found.error) {
      if (status === 422 && !answering) showProblem(found.error); // else it is no fault of the expression
      return;
    }
    if (!answering) clearProblem();
    const { expression, variables } = found;
    const drawn = $("drawn");
    drawn.replaceChildren(formula(expression.mathml));
    drawn.dataset.text = expression.text;
    $("kind").textContent = expression.shape.map((s) => String(s).replaceAll("*", "·")).join(" × ") || "scalar";
    showPreview(true);
    showRows(variables);
    showChips();
  };

  const showPreview = (there) => {
    $("preview").hidden = !there;
    $("start").hidden = there;
  };

  const formula = (markup) =>
    document.importNode(new DOMParser().parseFromString(markup, "application/xml").documentElement, true);

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(preview, 120);
  };

  // -------------------------------------------------------------- errors
  const clearProblem = () => {
    field.removeAttribute("aria-invalid");
    $("preview").classList.remove("stale");
    $("problem").replaceChildren();
    $("echo").textContent = field.value;
  };

  // What stands in backticks is code.
  const prose = (text) => text.split("`").map((part, i) => {
    if (i % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });

  const showProblem = (error) => {
    field.setAttribute("aria-invalid", "true");
    $("preview").classList.add("stale");
    tell(error);
    mark(error);
  };

  const tell = ({ message, hint }) => {
    const said = document.createElement("p");
    said.append(...prose(message));
    $("problem").replaceChildren(said);
    if (hint) {
      const more = document.createElement("p");
      more.className = "hint";
      more.append(...prose(hint));
      $("problem").append(more);
    }
  };

  const mark = ({ position, length }) => {
    $("echo").textContent = field.value;
    if (position === undefined) return;
    const signs = Array.from(field.value); // places count code points
    const marked = document.createElement("mark");
    const end = position + Math.max(length || 1, 1);
    marked.textContent = signs.slice(position, end).join("") || " ";
    $("echo").replaceChildren(signs.slice(0, position).join(""), marked, signs.slice(end).join(""));
  };

  // -------------------------------------------------------------- a row for each variable
  const showRows = (variables) => {
    const found = names();
    const box = $("rows");
    const wanted = Object.keys(variables).filter((name) => found.has(name));
    const there = new Map([...box.children].map((row) => [row.dataset.name, row]));
    for (const [name, row] of there) if (!wanted.includes(name)) row.remove();
    wanted.forEach((name, i) => {
      const row = there.get(name) ?? newRow(name);
      if (box.children[i] !== row) box.insertBefore(row, box.children[i] ?? null);
      fill(row, name, variables[name]);
    });
    const section = $("variables");
    if (section.hidden && wanted.length) section.open = true;
    section.hidden = !wanted.length;
  };

  const newRow = (name) => {
    const row = $("row").content.firstElementChild.cloneNode(true);
    row.dataset.name = name;
    row.querySelector(".name").textContent = name;
    for (const part of [row, ...row.querySelectorAll("*")]) {
      if (part.name) part.name += name;
      const label = part.getAttribute("aria-label");
      if (label) part.setAttribute("aria-label", `${label.trim()} ${name}`);
    }
    return row;
  };

  const parts = (row) => {
    const [kind, structure] = row.querySelectorAll("select");
    const sizes = [...row.querySelectorAll(".sizes input")];
    return { kind, structure, sizes, positive: row.querySelector('[type="checkbox"]') };
  };

  const fill = (row, name, { kind, shape, structure = [] }) => {
    const part = parts(row);
    const active = document.activeElement;
    if (part.kind !== active) part.kind.value = kind;
    part.sizes.forEach((input, i) => {
      input.hidden = i >= shape.length;
      if (input !== active) input.value = shape[i] ?? "";
    });
    part.sizes[0].setAttribute("aria-label", `${shape.length === 2 ? "Rows" : "Size"} of ${name}`);
    row.querySelector(".times").hidden = shape.length < 2;
    const words = structure.filter((w) => w !== "positive").join(" ") || "general";
    part.structure.hidden = kind !== "matrix";
    if (![...part.structure.options].some((o) => o.value === words)) part.structure.add(new Option(words));
    part.structure.value = words;
    part.positive.checked = structure.includes("positive");
    row.querySelector(".said").textContent = declared.has(name) ? "declared" : "default";
    row.querySelector(".forget").hidden = !declared.has(name);
  };

  $("rows").addEventListener("click", ({ target }) => {
    const button = target.closest(".forget");
    if (!button) return;
    const row = button.closest(".row");
    declared.delete(row.dataset.name);
    parts(row).kind.focus();
    preview();
  });
  for (const row of $("rows").children) {
    row.querySelector(".forget").hidden = !declared.has(row.dataset.name);
  }

  $("rows").addEventListener("change", ({ target }) => {
    const row = target.closest(".row");
    const { name } = row.dataset;
    const part = parts(row);
    let words = declared.get(name) ?? [];
    const isSize = (w) => !kinds.includes(w) && !structures.includes(w);
    if (target === part.kind) {
      words = [target.value, ...words.filter((w) => w === "positive")];
    } else if (part.sizes.includes(target)) {
      const count = axes[part.kind.value];
      const sizes = part.sizes.slice(0, count).map((s) => s.value.trim()).filter(Boolean);
      words = [...words.filter((w) => !isSize(w)), ...(sizes.length === count ? sizes : [])];
    } else {
      const said = part.structure.hidden ? [] : part.structure.value.split(" ").filter((w) => w !== "general");
      if (part.positive.checked) said.push("positive");
      words = [...words.filter((w) => kinds.includes(w)), ...said, ...words.filter(isSize)];
    }
    if (words.length) declared.set(name, words);
    else declared.delete(name);
    preview();
  });

  // -------------------------------------------------------------- what to differentiate by
  const showChips = () => {
    const box = $("chips");
    const before = form.elements.wrt.value;
    const all = [...$("rows").children].map((row) => row.dataset.name);
    const found = all.map((name) => [name, name]);
    if ($("order").value === "2" && all.length <= 4) {
      all.forEach((a, i) => all.slice(i + 1).forEach((b) => found.push([`${a},${b}`, `${a}, then ${b}`])));
    }
    found.push(["", "every variable"]);
    const shown = [...box.querySelectorAll("input")].map((input) => input.value);
    if (found.map(([value]) => value).join("|") === shown.join("|")) return;
    const checked = found.some(([value]) => value === before) ? before : "";
    const chips = found.map(([value, label]) => {
      const chip = document.createElement("label");
      chip.className = "chip";
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "wrt", value, checked: value === checked });
      const text = document.createElement("span");
      text.textContent = label;
      if (!value) text.className = "words";
      chip.append(input, text);
      return chip;
    });
    box.replaceChildren(box.querySelector("legend"), ...chips);
  };
  $("order").addEventListener("input", showChips);

  // -------------------------------------------------------------- lists: a blank is always left
  form.addEventListener("input", ({ target }) => {
    if (!["define", "where"].includes(target.name) || !target.value.trim()) return;
    if (target !== [...form.querySelectorAll(`[name="${target.name}"]`)].at(-1)) return;
    const label = target.closest("label");
    const blank = label.cloneNode(true);
    blank.querySelector("input").value = "";
    label.after(blank);
  });

  // -------------------------------------------------------------- asking
  let asking;
  let shown = location.search;

  // Long work shows that it goes on, and can be stopped.
  let clock;
  const work = () => {
    const begin = performance.now();
    $("answer").classList.add("busy");
    $("status").textContent = "Differentiating…";
    clearInterval(clock);
    clock = setInterval(() => {
      const seconds = (performance.now() - begin) / 1000;
      if (seconds < 0.5) return;
      $("elapsed").textContent = seconds < 1 ? "Differentiating…" : `Differentiating… ${Math.floor(seconds)} s`;
      $("working").hidden = false;
    }, 100);
  };
  const rest = () => {
    clearInterval(clock);
    $("working").hidden = true;
    $("answer").classList.remove("busy");
  };
  $("stop").addEventListener("click", () => {
    asking?.abort();
    rest();
    $("status").textContent = "Stopped";
    field.focus();
  });

  // The page that answers; none where no answer comes, which is told.
  const answering = async (where) => {
    let response;
    let page;
    try {
      response = await fetch(where, { signal: asking.signal, headers: { Accept: "text/html" } });
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch (fault) {
      if (fault.name === "AbortError") return null;
      tell({ message: "The server cannot be reached.", hint: "What you typed is still here: try again in a moment." });
    }
    if (page?.getElementById("answer")) return { page, status: response.status };
    if (page) tell({ message: `The server answers with the status ${response.status} and no page.` });
    rest();
    $("status").textContent = $("problem").textContent;
    return null;
  };

  const ask = async () => {
    clearTimeout(timer);
    const where = new URL(address(), location.href);
    asking?.abort();
    asking = new AbortController();
    work();
    preview({ answering: true });
    const found = await answering(where);
    if (!found) return;
    rest();
    const { page, status } = found;
    const ok = status === 200;
    for (const id of ["answer", "problem", "echo"]) {
      $(id).replaceChildren(...page.getElementById(id).childNodes);
    }
    if (status === 422) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    $("preview").classList.toggle("stale", status === 422);
    document.title = page.title;
    if (where.search !== location.search) history.pushState(null, "", where);
    shown = location.search;
    enliven();
    $("answer").querySelector(".result .under")?.scrollIntoView({ block: "nearest" });
    const headings = [...$("answer").querySelectorAll("h2")].map((h) => h.textContent);
    if (ok) {
      $("status").textContent = `Answered: ${headings.join(", ")}`;
      remember();
    } else {
      $("status").textContent = $("problem").textContent.trim();
      field.focus();
    }
  };

  $("fold").addEventListener("change", () => {
    if ($("answer").querySelector(".result")) ask();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  addEventListener("popstate", () => {
    if (location.search !== shown) location.reload(); // and not for #main
  });
  field.addEventListener("input", () => {
    $("echo").textContent = field.value;
    soon();
  });
  form.addEventListener("keydown", (event) => {
    if (event.target === field && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (form.reportValidity()) ask();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
    }
  });

  // -------------------------------------------------------------- toolbar
  const tools = $("tools");
  tools.hidden = false;
  [...tools.querySelectorAll("button")].forEach((button, i) => { button.tabIndex = i ? -1 : 0; });
  tools.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const { insert, after, call } = button.dataset;
    const { selectionStart: start, selectionEnd: end } = field;
    const inner = field.value.slice(start, end);
    const atom = /^[\p{L}\p{N}_]*$/u.test(inner);
    const text = call ? `${call}(${inner})` : insert ?? (inner && !atom ? `(${inner})${after}` : inner + after);
    field.setRangeText(text, start, end, "end");
    if (call && !inner) field.selectionStart = field.selectionEnd = start + text.length - 1;
    field.focus();
    field.dispatchEvent(new Event("input"));
  });

  // -------------------------------------------------------------- history
  const remembered = () => {
    try {
      const found = JSON.parse(kept.read("history") ?? "[]");
      return Array.isArray(found) ? found.filter((e) => typeof e === "string" && e.startsWith("/?")) : [];
    } catch {
      return [];
    }
  };
  const remember = () => {
    const here = location.pathname + location.search;
    if (!location.search) return;
    kept.write("history", JSON.stringify([here, ...remembered().filter((e) => e !== here)].slice(0, 50)));
    showHistory();
  };
  const showHistory = () => {
    const all = remembered();
    $("history").hidden = !all.length;
    $("history").querySelector("ul").replaceChildren(...all.map((where) => {
      const query = new URL(where, location.href).searchParams;
      const entry = document.createElement("li");
      const link = document.createElement("a");
      link.href = where;
      const text = document.createElement("code");
      text.textContent = query.get("expression") ?? "";
      link.append(text);
      entry.append(link);
      const by = query.get("wrt");
      const order = query.get("order");
      if (by) entry.append(` by ${by}`);
      if (order) entry.append(`, order ${order}`);
      return entry;
    }));
  };
  $("forget").addEventListener("click", () => {
    kept.write("history", "[]");
    showHistory();
    field.focus();
  });
  if ($("answer").querySelector(".result")) remember();
  else showHistory();

  // Somebody may have been quicker than this script.
  if (field.value !== field.defaultValue) field.dispatchEvent(new Event("input"));
}
