// The page of kgbuild serve. Everything from outside enters the page as text, never as HTML.

const $ = (id) => document.getElementById(id);

/** Make an element: el("a", {href, class, title}, child, "text", …). */
function el(name, attributes = {}, ...children) {
  const node = name.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4))
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "colour") node.style.setProperty("--c", value);
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function link(url, text) {
  if (!url || !url.startsWith("https://")) return document.createTextNode(text);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

const chip = (type) => el("span", { class: "chip", colour: colours[type] ?? "#777777" }, type);
const counted = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
const say = (text) => { $("status").textContent = text; };
const complain = (text) => { $("problem").textContent = text; };

let colours = {};

async function ask(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...(options.headers ?? {}), ...(token ? { authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service does not answer: is it still running?");
  }
  if (answer.status === 401) $("token-form").hidden = false;
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    const later = answer.headers.get("retry-after");
    throw new Error((said.error_message ?? `The service said ${answer.status}.`) + (later ? ` (${later} s)` : ""));
  }
  return answer;
}

let latest = 0;

/** Run what a button began; say what it does and what went wrong. Only the latest may say so. */
async function doing(what, work) {
  const mine = ++latest;
  const end = (text) => { if (mine === latest) say(text); };
  say(what);
  complain("");
  try {
    end((await work()) ?? "");
  } catch (error) {
    if (error.name === "AbortError") return;
    end("");
    complain(error.message);
  }
}

// -- tabs -------------------------------------------------------------------------------

const tabs = [$("tab-texts"), $("tab-graph")];

function show(tab, { focus = false } = {}) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => { location.hash = tab.id === "tab-graph" ? "#graph" : ""; });
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const other = tabs[1 - tabs.indexOf(tab)];
    other.click();
    other.focus();
  });
}

// -- texts and papers -------------------------------------------------------------------

const EXAMPLE =
  "Losartan lowered AGTR1 expression in mice, while captopril inhibited ACE. In patients " +
  "with melanoma, BRAF V600E was common; A375 cells responded to arginine depletion.";

let asked = null; // path and options of the last question
let found = { documents: [], links: {} };
const off = new Set(); // types that are not shown

/** The PMIDs of a text that holds nothing else: numbers, PMID: numbers, PubMed's addresses. */
function pmids(text) {
  const plain = text
    .replace(/https?:\/\/(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov\/pubmed)\/(\d+)\/?/gi, " $1 ")
    .replace(/\b(?:pmids?|pubmed)\s*:\s*/gi, " ");
  return /^[\d\s,;]*$/.test(plain) ? plain.match(/\d+/g) : null;
}

function question(text) {
  const numbers = pmids(text);
  if (numbers) return ["v1/papers/" + numbers.join(","), {}];
  const body = JSON.stringify({ text });
  return ["v1/annotate", { method: "POST", body, headers: { "content-type": "application/json" } }];
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("input").value;
  if (!text.trim()) {
    complain("There is nothing to annotate: write or paste a text, or PMIDs.");
    $("input").focus();
    return;
  }
  doing("Annotating …", async () => {
    asked = question(text);
    found = await (await ask(...asked)).json();
    showFound();
    const failed = found.failures.map((f) => `${f.document_id}: ${f.stage}: ${f.reason}`);
    if (failed.length) complain(failed.join(" · "));
    const mentions = found.documents.reduce((n, d) => n + (d.mentions ?? []).length, 0);
    return `${counted(mentions, "mention")} in ${counted(found.documents.length, "document")}.`;
  });
});
$("input").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("ask").requestSubmit();
});
$("example").addEventListener("click", () => { $("input").value = EXAMPLE; $("ask").requestSubmit(); });

function showFound() {
  const any = found.documents.length > 0;
  $("copy-pubtator").disabled = $("copy-json").disabled = !any;
  showTypes();
  drawDocuments();
}

function showTypes() {
  const counts = new Map();
  for (const d of found.documents) for (const m of d.mentions ?? []) counts.set(m.type, (counts.get(m.type) ?? 0) + 1);
  const boxes = [...counts].sort((a, b) => b[1] - a[1]).map(([type, count]) => {
    const box = el("input", { type: "checkbox" });
    box.checked = !off.has(type);
    box.addEventListener("change", () => {
      if (box.checked) off.delete(type); else off.add(type);
      drawDocuments();
    });
    return el("label", {}, box, el("span", { class: "swatch", colour: colours[type] ?? "#777777" }), `${type} (${count})`);
  });
  $("types").replaceChildren(el("legend", {}, "Types"), ...boxes);
  $("types").hidden = boxes.length === 0;
}

function drawDocuments() {
  $("details").hidden = true;
  $("documents").replaceChildren(...found.documents.map(drawn));
  const rows = new Map();
  for (const d of found.documents) {
    for (const m of (d.mentions ?? []).filter((m) => !off.has(m.type))) {
      const key = (m.concepts ?? []).join(" ") || m.text;
      const row = rows.get(m.type + " " + key) ?? { mention: m, texts: new Set(), count: 0 };
      row.texts.add(m.text);
      row.count += 1;
      rows.set(m.type + " " + key, row);
    }
  }
  const body = [...rows.values()].sort((a, b) => b.count - a.count).map(({ mention, texts, count }) =>
    el("tr", {},
      el("td", {}, chip(mention.type)), el("td", {}, ...identifiers(mention)),
      el("td", {}, attribute(mention, "name") ?? ""), el("td", {}, [...texts].slice(0, 8).join(", ")),
      el("td", { class: "number" }, String(count))));
  $("concepts").tBodies[0].replaceChildren(...body);
  $("concepts").hidden = body.length === 0;
}

const attribute = (mention, name) => (mention.attributes ?? []).find(([key]) => key === name)?.[1];

function identifiers(mention) {
  const ids = mention.concepts ?? [];
  if (!ids.length) return ["no identifier"];
  return ids.flatMap((id, i) => [...(i ? [", "] : []), link(found.links[id], id)]);
}

function drawn(record) {
  const mentions = (record.mentions ?? []).filter((m) => !off.has(m.type));
  const isPmid = /^\d{1,9}$/.test(record.id);
  const head = isPmid ? link(`https://pubmed.ncbi.nlm.nih.gov/${record.id}/`, `PMID ${record.id}`) : record.id;
  const parts = [];
  let start = 0;
  for (const passage of record.passages) {
    // Offsets count code points; JavaScript's own count halves of surrogate pairs.
    const points = Array.from(passage.text);
    const name = passage.section === "title" ? "strong" : "span";
    parts.push(el("p", {}, el(name, {}, ...marked(points, mentions, start))));
    start += points.length + 1;
  }
  return el("article", { class: "document" }, el("h2", {}, head), ...parts);
}

/** Cut a passage where mentions begin and end; those that hold others open first. */
function marked(points, mentions, offset) {
  const here = mentions
    .map((m) => ({ mention: m, start: Math.max(0, m.start - offset), end: Math.min(points.length, m.end - offset) }))
    .filter((m) => m.start < m.end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const edges = [...new Set([0, points.length, ...here.flatMap((m) => [m.start, m.end])])].sort((a, b) => a - b);
  const out = [];
  let stack = [];
  edges.slice(0, -1).forEach((edge, i) => {
    const over = here.filter((m) => m.start <= edge && m.end > edge);
    let kept = 0;
    while (kept < stack.length && kept < over.length && stack[kept].item === over[kept]) kept += 1;
    stack = stack.slice(0, kept);
    for (const item of over.slice(kept)) {
      const node = markOf(item.mention, over.length - stack.length - 1);
      (stack.at(-1)?.node ?? { append: (n) => out.push(n) }).append(node);
      stack.push({ item, node });
    }
    const text = points.slice(edge, edges[i + 1]).join("");
    if (stack.length) stack.at(-1).node.append(text); else out.push(text);
  });
  return out;
}

function facts(mention) {
  const name = attribute(mention, "name");
  const score = (value) => (value === undefined || value === null ? "" : ` (${value.toFixed(2)})`);
  return [
    `${mention.type}: ${mention.text}`,
    (mention.concepts ?? []).length ? mention.concepts.join(" ") + (name ? ` (${name})` : "") : "no identifier",
    mention.method && mention.method !== "unlinked" ? `linked by ${mention.method}${score(mention.link_score)}` : null,
    `recognized by ${mention.recognizer}${score(mention.score)}`,
  ].filter(Boolean);
}

function markOf(mention, depth) {
  const linked = (mention.concepts ?? []).length > 0;
  const node = el("mark", {
    class: linked ? null : "unlinked", colour: colours[mention.type] ?? "#777777", title: facts(mention).join("\n"),
    tabindex: "0", "aria-description": facts(mention).slice(1).join(", "), "data-type": mention.type,
  });
  node.style.setProperty("--d", depth);
  const tell = (event) => { event.stopPropagation(); detail(mention); };
  for (const kind of ["mouseover", "focus", "click"]) node.addEventListener(kind, tell);
  return node;
}

function detail(mention) {
  const [first, , ...rest] = facts(mention);
  const name = attribute(mention, "name");
  $("details").replaceChildren(
    el("p", {}, chip(first), " · ", ...identifiers(mention), name ? ` (${name})` : ""),
    el("p", {}, rest.join(" · ")));
  $("details").querySelector(".chip").style.setProperty("--c", colours[mention.type] ?? "#777777");
  $("details").hidden = false;
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https, browsers keep the clipboard from pages: the old way.
    const area = el("textarea", { class: "hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("The browser does not let the page copy.");
  }
  return `Copied as ${what}.`;
}

$("copy-json").addEventListener("click", () => doing("Copying …", () => copy(JSON.stringify(found.documents, null, 1), "JSON")));
$("copy-pubtator").addEventListener("click", () => doing("Copying …", async () => {
  const [path, options] = asked;
  return copy(await (await ask(`${path}?format=pubtator`, options)).text(), "PubTator");
}));

// -- graph ------------------------------------------------------------------------------

let searching = null;
let current = null;
let shown = 0;

$("search").addEventListener("submit", (event) => { event.preventDefault(); search(); });
$("query").addEventListener("input", () => { clearTimeout(searching?.timer); searching?.stop.abort(); searching = { timer: setTimeout(search, 150), stop: new AbortController() }; });

/** Say how many papers of the store the graph does not have yet. */
function tellBehind(answer) {
  const n = answer.documents_behind ?? 0;
  $("behind").hidden = !n;
  $("behind").textContent = n ? `The graph does not have ${counted(n, "paper")} of the store yet.` : "";
}

function search() {
  const stop = searching?.stop ?? new AbortController();
  return doing("", async () => {
    const q = encodeURIComponent($("query").value.slice(0, 200));
    const answer = await (await ask(`v1/concepts?limit=12&q=${q}`, { signal: stop.signal })).json();
    tellBehind(answer);
    $("found-count").textContent = answer.total ? `${counted(answer.total, "concept")}${answer.total > answer.items.length ? `, the first ${answer.items.length}` : ""}` : "No concept is called so.";
    $("found").replaceChildren(...answer.items.map((item) => el("li", {}, el("button", { type: "button", onclick: () => visit(item.concept_id) },
      item.name, item.matched ? ` (${item.matched})` : "", " ", el("small", {}, chip(item.type), ` ${counted(item.documents, "paper")}`)))));
  });
}

function visit(id) { location.hash = `#graph=${encodeURIComponent(id)}`; }

async function openConcept(id) {
  await doing("Opening …", async () => {
    current = id;
    const path = `v1/concepts/${encodeURIComponent(id)}`;
    const concept = await (await ask(path)).json();
    current = concept.concept_id;
    tellBehind(concept);
    $("concept").hidden = false;
    $("concept-name").textContent = concept.name;
    const also = (concept.synonyms ?? []).filter((s) => s.toLowerCase() !== concept.name.toLowerCase()).slice(0, 6);
    $("concept-facts").replaceChildren(chip(concept.type), " · ", link(concept.url, concept.concept_id), ` · ${counted(concept.documents, "paper")}`, also.length ? ` · also ${also.join(", ")}` : "");
    const kinds = Object.entries(concept.neighbors);
    $("near-type").replaceChildren(el("option", { value: "" }, "all types"), ...kinds.map(([type, n]) => el("option", { value: type }, `${type} (${n})`)));
    const here = current;
    await Promise.all([neighbors(), network(path), papers(path)]);
    if (here !== current) return "";
    $("concept-name").focus({ preventScroll: true });
    return `${concept.name} is open.`;
  });
}

$("near-type").addEventListener("change", () => doing("", () => neighbors()));
$("near-more").addEventListener("click", () => doing("", () => neighbors(shown)));

async function neighbors(start = 0) {
  const type = encodeURIComponent($("near-type").value);
  const here = current;
  const answer = await (await ask(`v1/concepts/${encodeURIComponent(here)}/neighbors?limit=20&start=${start}&types=${type}`)).json();
  if (here !== current) return; // somebody opened another concept meanwhile
  const rows = answer.items.map((item) => el("tr", {},
    el("td", {}, el("button", { type: "button", class: "link", onclick: () => visit(item.concept_id) }, item.name)),
    el("td", {}, chip(item.type)),
    el("td", {}, (item.direction === "in" ? "← " : item.direction === "out" ? "→ " : "") + item.predicate.replaceAll("_", " ")),
    el("td", { class: "number" }, item.documents.toLocaleString("en")),
    el("td", { class: "number" }, item.score === null ? "" : item.score.toFixed(2)),
    el("td", {}, el("button", { type: "button", "aria-label": `Evidence for ${item.name}`, onclick: () => doing("", () => evidence(item)) }, "Read"))));
  const body = $("near").tBodies[0];
  if (start) body.append(...rows); else body.replaceChildren(...rows);
  shown = start + rows.length;
  $("near-count").textContent = counted(answer.total, "neighbor");
  $("near-more").hidden = shown >= answer.total;
}

function quote(item, names) {
  const points = Array.from(item.text ?? "");
  const parts = [];
  let place = 0;
  for (const mark of item.marks) {
    if (mark.begin < place) continue;
    parts.push(points.slice(place, mark.begin).join(""));
    parts.push(el("mark", { colour: colours[names[mark.concept_id]] ?? "#777777" }, points.slice(mark.begin, mark.end).join("")));
    place = mark.end;
  }
  parts.push(points.slice(place).join(""));
  const cues = ["negated", "hedged"].filter((cue) => item[cue]);
  const source = [item.journal, item.year, ...cues].filter(Boolean).join(" · ");
  return el("li", {}, ...(item.text ? parts : ["The text is not at hand."]), el("small", {}, link(item.url, item.pmid ? `PMID ${item.pmid}` : item.document_id), source ? ` · ${source}` : ""));
}

async function evidence(near) {
  const answer = await (await ask(`v1/associations/${encodeURIComponent(current)}/${encodeURIComponent(near.concept_id)}?limit=20`)).json();
  const names = Object.fromEntries([answer.source, answer.target].map((c) => [c.concept_id, c.type]));
  $("evidence-head").textContent = `${answer.source.name} and ${answer.target.name}: ${counted(answer.evidence_total, "sentence")}`;
  $("evidence").replaceChildren(...answer.evidence.map((item) => quote(item, names)));
  $("evidence-head").focus({ preventScroll: true });
}

async function papers(path) {
  const here = current;
  const answer = await (await ask(`${path}/documents?limit=10`)).json();
  if (here !== current) return;
  $("evidence-head").textContent = `${counted(answer.total, "paper")}${answer.total > 10 ? ", the newest 10" : ""}`;
  $("evidence").replaceChildren(...answer.items.map((item) => quote(item, { [answer.concept.concept_id]: answer.concept.type })));
}

async function network(path) {
  const here = current;
  const { nodes, edges } = await (await ask(`${path}/network?limit=12`)).json();
  if (here !== current) return;
  const places = new Map(nodes.map((node, i) => {
    if (!i) return [node.concept_id, [0, 0]];
    const angle = (2 * Math.PI * (i - 1)) / (nodes.length - 1) - Math.PI / 2;
    return [node.concept_id, [235 * Math.cos(angle), 175 * Math.sin(angle)]];
  }));
  const most = Math.max(1, ...edges.map((edge) => edge.documents));
  const lines = edges.map((edge) => {
    const [[x1, y1], [x2, y2]] = [places.get(edge.source), places.get(edge.target)];
    return el("svg:line", { x1, y1, x2, y2, "stroke-width": 1 + (5 * edge.documents) / most });
  });
  const dots = nodes.map((node, i) => {
    const [x, y] = places.get(node.concept_id);
    const short = node.name.length > 22 ? node.name.slice(0, 21) + "…" : node.name;
    const go = () => visit(node.concept_id);
    const dot = el("svg:a", { tabindex: "0", role: "link", "aria-label": `${node.name}, ${node.type}, ${counted(node.documents, "paper")}`, onclick: go },
      el("svg:circle", { cx: x, cy: y, r: i ? 11 : 16, colour: colours[node.type] ?? "#777777" }),
      el("svg:text", { x, y: y + (i && y < 0 ? -18 : 30), "text-anchor": "middle" }, short));
    dot.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
    return dot;
  });
  $("network").replaceChildren(...lines, ...dots);
}

// -- the whole page ---------------------------------------------------------------------

function route() {
  const [name, id] = location.hash.slice(1).split("=");
  show(name === "graph" ? tabs[1] : tabs[0]);
  if (name !== "graph") return;
  if (!$("found").childElementCount) search();
  if (!id) return;
  try {
    openConcept(decodeURIComponent(id));
  } catch {
    complain("The address names no concept: it is cut off or mistyped.");
  }
}

async function begin() {
  await doing("", async () => {
    colours = await (await ask("v1/types")).json();
    const about = await (await ask("version")).json();
    $("versions").textContent = `kgbuild ${about.kgbuild} · ${about.stages.recognize ?? ""}`;
    $("token-form").hidden = true;
    route();
  });
}

$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", $("token").value);
  begin();
});
window.addEventListener("hashchange", route);
begin();
