// The report's table of associations: sorted, filtered and saved without a request.
// Everything is put on the page as text, never as HTML.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("associations").textContent);
  const form = document.getElementById("find");
  const body = document.getElementById("rows");
  const said = document.getElementById("said");
  const heads = [...document.querySelectorAll("#table th[data-column]")];
  const SHOWN = 100;
  let order = data.columns.indexOf("score");
  let down = true;
  form.hidden = false;

  const concept = (place) => data.concepts[place];
  const pair = (row) => [concept(row[0])[1], concept(row[1])[1]].sort().join(" – ");
  const value = (row, column) =>
    column < 2 ? concept(row[column])[2].toLowerCase() : row[column];

  const select = form.elements.pair;
  for (const name of [...new Set(data.rows.map(pair))].sort()) {
    select.append(new Option(name, name));
  }

  function matching() {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const documents = Number(form.elements.documents.value) || 0;
    const score = Number(form.elements.score.value) || 0;
    const at = (name) => data.columns.indexOf(name);
    const found = data.rows.filter((row) => {
      const names = concept(row[0]).concat(concept(row[1])).join(" ").toLowerCase();
      return words.every((word) => names.includes(word)) &&
        (!select.value || pair(row) === select.value) &&
        row[at("documents")] >= documents && (!score || row[at("score")] >= score);
    });
    const side = down ? -1 : 1;
    return found.sort((a, b) => {
      const one = value(a, order), other = value(b, order);
      if (one === null || other === null) return (one === null) - (other === null);
      return side * (one < other ? -1 : one > other ? 1 : 0);
    });
  }

  function cell(text, name) {
    const made = document.createElement("td");
    made.textContent = text;
    made.className = name;
    return made;
  }

  function named(place) {
    const [id, type, name, url] = concept(place);
    const made = document.createElement("td");
    const link = document.createElement(url ? "a" : "span");
    link.textContent = name;
    link.title = `${type} ${id}`;
    if (url) {
      link.href = url;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
    made.append(link);
    return made;
  }

  function shown(number, name) {
    if (number === null) return "";
    if (typeof number !== "number" || Number.isInteger(number)) return String(number);
    return name === "q_value" ? number.toPrecision(2) : number.toFixed(3);
  }

  function draw() {
    const found = matching();
    body.replaceChildren(...found.slice(0, SHOWN).map((row) => {
      const line = document.createElement("tr");
      line.append(named(row[0]), named(row[1]), cell(pair(row), "soft"));
      data.columns.slice(2).forEach((name, place) =>
        line.append(cell(shown(row[place + 2], name), "n")));
      return line;
    }));
    const first = found.length > SHOWN ? `, the first ${SHOWN} are shown` : "";
    const noun = found.length === 1 ? "association" : "associations";
    said.textContent = `${found.length.toLocaleString("en")} ${noun}${first}`;
    for (const head of heads) {
      const mine = data.columns.indexOf(head.dataset.column) === order;
      head.setAttribute("aria-sort", mine ? (down ? "descending" : "ascending") : "none");
    }
  }

  // A spreadsheet takes what begins so for a formula.
  const quoted = (text) =>
    `"${String(text ?? "").replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

  function save() {
    const names = data.columns.slice(2);
    const head = ["source", "source_type", "source_name", "target", "target_type",
      "target_name", ...names];
    const lines = matching().map((row) =>
      [...concept(row[0]).slice(0, 3), ...concept(row[1]).slice(0, 3)].map(quoted)
        .concat(row.slice(2).map((v) => (typeof v === "number" ? v : quoted(v)))).join(","));
    const link = document.createElement("a");
    const text = [head.join(","), ...lines, ""].join("\r\n");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = "associations.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  for (const head of heads) {
    // All of the cell is to click; its button, whose clicks come here, is for keys.
    head.addEventListener("click", () => {
      const column = data.columns.indexOf(head.dataset.column);
      // The first click shows the strongest first: of q the least, of others the most.
      down = column === order ? !down : column > 1 && head.dataset.column !== "q_value";
      order = column;
      draw();
    });
  }
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("save").addEventListener("click", save);
  draw();
})();
