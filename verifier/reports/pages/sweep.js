/* Which boards are shown: a word in their names or answers, a verdict, a vendor. */
"use strict";
const rows = [...document.querySelectorAll("#boards tbody tr")];
const form = document.getElementById("controls");
const count = document.getElementById("count");
function show() {
  const word = form.elements.word.value.toLowerCase();
  const verdict = form.elements.verdict.value;
  const vendor = form.elements.vendor.value;
  let shown = 0;
  for (const row of rows) {
    const isShown = (!verdict || row.dataset.verdict === verdict) && (!vendor || row.dataset.vendor === vendor) &&
      row.textContent.toLowerCase().includes(word);
    row.hidden = !isShown;
    shown += isShown;
  }
  count.textContent = shown + " of " + rows.length + " boards";
}
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
for (const each of document.querySelectorAll(".scripted")) { each.hidden = false; }
show();
